package idlist

import (
	"context"
	"fmt"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// followed is a list as this process knows it: up to a published head, never beyond.
type followed struct {
	head   head
	file   file
	hashes set
	small  []string // its units, when they are few and somebody asked; see [Lists.Small]
	listed bool     // small is that of head.Version

	retired time.Time // when another file took its place
}

func (f *followed) status() Status {
	return Status{
		List: f.head.List, Count: f.head.Count, FileID: fileID(f.head.File), Size: f.head.Lines * lineBytes,
		CreationTime: schema.Millis(f.head.Created), Version: f.head.Version, ChangedTime: schema.Millis(f.head.Changed),
	}
}

// fileID is how a file is called outside.
func fileID(n uint64) string { return fmt.Sprintf("%016x", n) }

// follow reads what is published and brings files and sets up to it.
func (l *Lists) follow(ctx context.Context) error {
	heads, err := l.heads(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := l.followOne(ctx, h); err != nil {
			return err
		}
	}
	l.expire()
	l.mu.Lock()
	l.ready = true
	l.mu.Unlock()
	return nil
}

// followOne brings one list up to a head. Only the lines that are new are read; of a new file all.
func (l *Lists) followOne(ctx context.Context, h head) error {
	l.following.Lock()
	defer l.following.Unlock()
	l.mu.RLock()
	old := l.followed[h.List]
	l.mu.RUnlock()
	switch {
	case old != nil && old.head.Version >= h.Version:
		return nil
	case h.Deleted:
		l.replace(h, nil)
		return nil
	case old == nil || old.head.File != h.File:
		fresh, err := l.newFollowed(h)
		if err != nil {
			return err
		}
		if err := l.extend(ctx, fresh, h); err != nil {
			fresh.file.close(l.o.Log)
			return err
		}
		l.replace(h, fresh)
		return nil
	default:
		return l.extend(ctx, old, h)
	}
}

func (l *Lists) newFollowed(h head) (*followed, error) {
	f, err := l.createFile(fileID(h.File))
	if err != nil {
		return nil, err
	}
	start := h
	start.Lines, start.Version = 0, 0
	return &followed{head: start, file: f}, nil
}

// replace puts another file in the place of the one that is followed; nil takes the list away.
func (l *Lists) replace(h head, fresh *followed) {
	l.mu.Lock()
	old := l.followed[h.List]
	if delete(l.followed, h.List); fresh != nil {
		l.followed[h.List] = fresh
	}
	l.version.Store(max(l.version.Load(), h.Version))
	l.mu.Unlock()
	if old != nil {
		old.hashes = set{}
		l.retire(old)
	}
}

// linesAtOnce bounds the memory of reading a long file.
const linesAtOnce = 200_000

// extend reads the lines up to a head, some at a time, into the file and the set, and then shows them.
func (l *Lists) extend(ctx context.Context, f *followed, h head) error {
	from := f.head.Lines
	for from < h.Lines {
		to := min(from+linesAtOnce, h.Lines)
		text, err := l.lines(ctx, h.File, from, to)
		if err != nil {
			return err
		}
		if _, err := f.file.WriteAt([]byte(text), int64(from*lineBytes)); err != nil {
			return fmt.Errorf("write file of ID list %q: %w", h.List, err)
		}
		l.mu.Lock()
		f.learn(text)
		f.head.Lines = to // a later attempt goes on from here
		l.mu.Unlock()
		from = to
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f.head, f.listed, f.small = h, false, nil
	l.version.Store(max(l.version.Load(), h.Version))
	return nil
}

// lines reads lines [from, to) of a file. Fewer than that would be a hole, which must never be served.
func (l *Lists) lines(ctx context.Context, file, from, to uint64) (text string, err error) {
	if err := l.one(ctx, "range", store.Params{"file": file, "from": from, "to": to}, &text); err != nil {
		return "", err
	}
	if uint64(len(text)) != (to-from)*lineBytes {
		return "", fmt.Errorf("read lines %d to %d of file %s: there are %d bytes, not %d", from, to, fileID(file), len(text), (to-from)*lineBytes)
	}
	return text, nil
}

// learn puts lines into the set.
func (f *followed) learn(text string) {
	for i := 0; i+lineBytes <= len(text); i += lineBytes {
		h, ok := parseHash([]byte(text[i+1 : i+9]))
		switch {
		case !ok:
		case text[i] == '+':
			f.hashes.add(h)
		default:
			f.hashes.remove(h)
		}
	}
}
