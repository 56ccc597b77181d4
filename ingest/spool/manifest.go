package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
)

// Load is one insert: rows of one table and partition.
type Load struct {
	Batch     uint64  `json:"batch"` // number within the spool, never used twice
	Table     string  `json:"table"`
	Partition string  `json:"partition"`
	First     uint64  `json:"first"` // records it covers
	Last      uint64  `json:"last"`
	Rows      uint32  `json:"rows"`
	Checksum  uint64  `json:"checksum"`
	Attempt   uint32  `json:"attempt"`
	Days      []int32 `json:"days"` // UTC dates of its rows, since 1970-01-01
}

// Cut is a run of records that is loaded together.
type Cut struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	Loads []Load `json:"loads"`
}

// entry is the payload of a manifest frame: one field is set.
type entry struct {
	Base   *base    `json:"base,omitempty"`
	Intend *Cut     `json:"intend,omitempty"`
	Retry  *attempt `json:"retry,omitempty"`
	Done   *uint64  `json:"done,omitempty"` // the last record of the cut that is done
}

type base struct {
	Done  uint64 `json:"done"`
	Batch uint64 `json:"batch"`
}

type attempt struct {
	Batch   uint64 `json:"batch"`
	Attempt uint32 `json:"attempt"`
}

// manifest is the log of cuts, and its state in memory.
type manifest struct {
	path string
	fs   FS

	mu      sync.Mutex
	file    File
	size    int64
	seq     uint64
	done    uint64
	batch   uint64 // the last number handed out
	pending []Cut
	failed  error
}

// compactAt is the size at which the manifest is written anew.
const compactAt = 4 << 20

func openManifest(path string, fs FS) (*manifest, error) {
	m := &manifest{path: path, fs: fs}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	for off := 0; off < len(b); {
		f, _, ok := nextFrame(b, off, m.seq)
		if !ok {
			break
		}
		var e entry
		if err := json.Unmarshal(f.payload, &e); err != nil {
			return nil, fmt.Errorf("read manifest %s: entry %d: %w", path, f.seq, err)
		}
		m.apply(e)
		m.seq, off = f.seq, f.end
	}
	return m, m.compact()
}

func (m *manifest) apply(e entry) {
	switch {
	case e.Base != nil:
		m.done, m.batch = e.Base.Done, max(m.batch, e.Base.Batch)
	case e.Intend != nil:
		m.pending = append(m.pending, *e.Intend)
		for _, l := range e.Intend.Loads {
			m.batch = max(m.batch, l.Batch)
		}
	case e.Retry != nil:
		for _, c := range m.pending {
			for i := range c.Loads {
				if c.Loads[i].Batch == e.Retry.Batch {
					c.Loads[i].Attempt = e.Retry.Attempt
				}
			}
		}
	case e.Done != nil:
		m.done = max(m.done, *e.Done)
		m.pending = slices.DeleteFunc(m.pending, func(c Cut) bool { return c.Last <= m.done })
	}
}

// compact writes a manifest that says only what still matters, and opens it for appending.
func (m *manifest) compact() error {
	entries := []entry{{Base: &base{m.done, m.batch}}}
	for i := range m.pending {
		entries = append(entries, entry{Intend: &m.pending[i]})
	}
	var b []byte
	for _, e := range entries {
		m.seq++
		b = appendFrame(b, m.seq, e.text())
	}
	if err := writeFile(m.fs, m.path, b); err != nil {
		return err
	}
	f, err := m.fs.OpenFile(m.path, os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("open manifest: %w", err)
	}
	old := m.file
	m.file, m.size = f, int64(len(b))
	if old != nil {
		return old.Close()
	}
	return nil
}

func (e entry) text() []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic("BUG: a manifest entry does not marshal: " + err.Error())
	}
	return text
}

// write makes an entry durable. After a failure the manifest is not written to any more: its end is unknown.
func (m *manifest) write(e entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed != nil {
		return m.failed
	}
	frame := appendFrame(nil, m.seq+1, e.text())
	_, err := m.file.Write(frame)
	if err == nil {
		err = m.file.Sync()
	}
	if err != nil {
		m.failed = fmt.Errorf("%w: write manifest: %w", ErrFailed, err)
		return m.failed
	}
	m.seq++
	m.size += int64(len(frame))
	m.apply(e)
	if m.size > compactAt {
		return m.compact()
	}
	return nil
}

func (m *manifest) doneThrough() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.done
}

// covered is the last record that any cut covers.
func (m *manifest) covered() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.pending); n > 0 {
		return m.pending[n-1].Last
	}
	return m.done
}

func (m *manifest) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed == nil {
		m.failed = ErrClosed
	}
	return m.file.Close()
}
