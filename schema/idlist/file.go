package idlist

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const fileSuffix = ".list"

// lineBytes is the length of a line.
const lineBytes = 10

// file is a copy of a list's log on this machine, served to SDKs.
type file struct{ *os.File }

func (l *Lists) createFile(id string) (file, error) {
	f, err := os.OpenFile(filepath.Join(l.dir, id+fileSuffix), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return file{}, fmt.Errorf("make file of an ID list: %w", err)
	}
	return file{f}, nil
}

// close forgets the file; readers that have it open still read it to their end.
func (f file) close(log *slog.Logger) {
	if f.File == nil {
		return
	}
	name := f.Name()
	if err := f.Close(); err != nil {
		log.Warn("close file of an ID list", "file", name, "error", err)
	}
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		log.Warn("remove file of an ID list", "file", name, "error", err)
	}
}

// keepRetired is how long a file is served after another took its place: an SDK that was told of it just before still finds it. One
// that reads something else in its place forgets the list.
const keepRetired = 5 * time.Minute

// retire keeps a file for those who were told of it.
func (l *Lists) retire(f *followed) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.retired = l.o.Now()
	l.retired = append(l.retired, f)
}

// expire forgets files that were retired long ago.
func (l *Lists) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.retired = slices.DeleteFunc(l.retired, func(f *followed) bool {
		old := l.o.Now().Sub(f.retired) > keepRetired
		if old {
			f.file.close(l.o.Log)
		}
		return old
	})
}

// OpenFile opens bytes [from, to) of a list's file, as far as there are any; size is that of the whole file. ok is false when no list
// has that file, nor had it a moment ago.
func (l *Lists) OpenFile(id string, from, to uint64) (r io.ReadCloser, size uint64, ok bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, f := range slices.Concat(slices.Collect(maps.Values(l.followed)), l.retired) {
		s := f.status()
		if s.FileID != id {
			continue
		}
		opened, err := os.Open(f.file.Name())
		if err != nil {
			return nil, 0, false, fmt.Errorf("read file of ID list %q: %w", s.List, err)
		}
		to = min(to, s.Size)
		return section{io.NewSectionReader(opened, int64(from), int64(max(to, from)-from)), opened}, s.Size, true, nil
	}
	return nil, 0, false, nil
}

// section is a part of a file that closes the file.
type section struct {
	io.Reader
	io.Closer
}
