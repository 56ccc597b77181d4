package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// Options configure a spool; the zero value of each field means its default.
type Options struct {
	SegmentBytes int64 // size at which a new segment begins: 64 MiB, at most an eighth of MaxBytes: the one that is written is kept when all in it is done
	MaxBytes     int64 // size at which Append answers ErrFull: 8 GiB
	GroupBytes   int   // most bytes that share one fsync: 4 MiB, at most an eighth of MaxBytes
	// Coming tells how many records are about to be appended: a group waits a moment for them, since they share its fsync. nil: none.
	Coming func() int
	// Deliver is given what has become durable, in order, by the writing goroutine: it must not block.
	Deliver func([]Delivered)
	FS      FS
	Log     *slog.Logger
}

// Delivered is a durable record with what its Append attached to it.
type Delivered struct {
	Record
	Attached any
}

// What Append answers when it cannot make a record durable.
var (
	// ErrFull: there is no room, in the limit or on the disk. Later there may be.
	ErrFull = errors.New("the spool is full")
	// ErrClosed: the spool is stopping.
	ErrClosed = errors.New("the spool is closed")
	// ErrFailed: the disk failed in a way after which nothing can be promised until the process is started again.
	ErrFailed = errors.New("the spool has failed")
)

// DamageError is bytes in a segment that are no record.
type DamageError struct {
	Segment string
	Offset  int64
	Bytes   int64
	// After is the number of the last whole record before it.
	After uint64
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("spool segment %s: %d damaged bytes at offset %d, after record %d", e.Segment, e.Bytes, e.Offset, e.After)
}

// Spool is the queue. Its methods may be called from many goroutines.
type Spool struct {
	dir  string
	o    Options
	id   uint64
	wake chan struct{}

	mu       sync.Mutex
	pending  []*waiter
	segments []segment // in order; the last one is written to
	file     File      // of the last segment
	last     uint64    // last record written
	state    error     // ErrClosed or ErrFailed
	manifest *manifest
	damaged  int
	torn     int
}

// segment is one file of records.
type segment struct {
	name    string
	first   uint64
	durable int64 // bytes that may be read
}

// Stats is the state of a spool.
type Stats struct {
	Bytes, MaxBytes int64
	// Waiting is how many records are not in their tables yet.
	Waiting uint64
	Last    uint64
	// Damaged counts damaged places met since the start, Torn the unfinished tails that Open cut off.
	Damaged, Torn int
	Failed        bool
}

// Open reads what is there and makes it ready. It starts nothing; [Spool.Run] does.
func Open(dir string, o Options) (*Spool, error) {
	s := &Spool{dir: dir, o: o.withDefaults(), wake: make(chan struct{}, 1)}
	if err := os.MkdirAll(filepath.Join(dir, "quarantine"), 0o700); err != nil {
		return nil, fmt.Errorf("make spool folder: %w", err)
	}
	var err error
	if s.id, err = s.readID(); err != nil {
		return nil, err
	}
	if s.manifest, err = openManifest(filepath.Join(dir, "manifest"), s.o.FS); err != nil {
		return nil, err
	}
	if err := s.readSegments(); err != nil {
		return nil, err
	}
	s.last = max(s.last, s.manifest.covered())
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 8 << 30
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = min(64<<20, o.MaxBytes/8)
	}
	if o.GroupBytes == 0 {
		o.GroupBytes = int(min(4<<20, o.MaxBytes/8))
	}
	if o.Deliver == nil {
		o.Deliver = func([]Delivered) {}
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// ID is the spool's name in the tables: random, so that a wiped folder never meets rows of its own numbers.
func (s *Spool) ID() uint64 { return s.id }

func (s *Spool) readID() (uint64, error) {
	path := filepath.Join(s.dir, "id")
	text, err := os.ReadFile(path)
	if err == nil {
		id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 16, 64)
		if err != nil {
			return 0, fmt.Errorf("read spool id in %s: %w (a damaged file; restore it from the spool_id of the rows in loads)", path, err)
		}
		return id, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Errorf("read spool id: %w", err)
	}
	id := rand.Uint64() | 1
	return id, writeFile(s.o.FS, path, []byte(fmt.Sprintf("%016x\n", id)))
}

// writeFile replaces a file as a whole, durably.
func writeFile(fs FS, path string, content []byte) error {
	f, err := fs.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fs.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := fs.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// readSegments lists the segments and cuts a torn tail off the last one.
func (s *Spool) readSegments() error {
	names, err := filepath.Glob(filepath.Join(s.dir, "*.seg"))
	if err != nil {
		return fmt.Errorf("list spool segments: %w", err)
	}
	sort.Strings(names)
	for i, name := range names {
		first, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(name), ".seg"), 10, 64)
		if err != nil {
			return fmt.Errorf("read spool segment %s: its name is not a number: %w", name, err)
		}
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("read spool segment: %w", err)
		}
		g := segment{name, first, info.Size()}
		s.last = max(s.last, first-1)
		if i == len(names)-1 {
			if err := s.recoverTail(&g); err != nil {
				return err
			}
		}
		s.segments = append(s.segments, g)
	}
	return nil
}

// recoverTail finds the last whole record of the last segment and cuts off what follows it.
func (s *Spool) recoverTail(g *segment) error {
	b, err := os.ReadFile(g.name)
	if err != nil {
		return fmt.Errorf("read spool segment: %w", err)
	}
	end := 0
	for {
		f, _, ok := nextFrame(b, end, s.last)
		if !ok {
			break
		}
		s.last, end = f.seq, f.end
	}
	if g.durable = int64(end); end == len(b) {
		return nil
	}
	s.torn++
	s.o.Log.Warn("cut off the unfinished end of the spool; nobody was told that it was stored", "segment", g.name, "offset", end, "bytes", len(b)-end)
	if err := s.quarantine(g.name, end, b[end:]); err != nil {
		return err
	}
	if err := os.Truncate(g.name, int64(end)); err != nil {
		return fmt.Errorf("cut off torn end of %s: %w", g.name, err)
	}
	return nil
}

func (s *Spool) quarantine(segment string, offset int, b []byte) error {
	path := filepath.Join(s.dir, "quarantine", fmt.Sprintf("%s-%d", filepath.Base(segment), offset))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("quarantine damage: %w", err)
	}
	return nil
}

// SetAside keeps a record's body, and why it was set aside, in the quarantine.
func (s *Spool) SetAside(r *Record, reason string) (path string, err error) {
	path = filepath.Join(s.dir, "quarantine", fmt.Sprintf("record-%d", r.Seq))
	if err := errors.Join(os.WriteFile(path, r.Body, 0o600), os.WriteFile(path+".reason", []byte(reason+"\n"), 0o600)); err != nil {
		return path, fmt.Errorf("set aside spool record %d: %w", r.Seq, err)
	}
	return path, nil
}

// Stats tells the state.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Bytes: s.bytes(), MaxBytes: s.o.MaxBytes, Last: s.last, Waiting: s.last - min(s.manifest.doneThrough(), s.last),
		Damaged: s.damaged, Torn: s.torn, Failed: errors.Is(s.state, ErrFailed),
	}
}

func (s *Spool) bytes() (n int64) {
	for _, g := range s.segments {
		n += g.durable
	}
	return n
}
