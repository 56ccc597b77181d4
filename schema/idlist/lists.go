package idlist

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// InlineBelow is how many units a list may have to be written into the specs themselves; SDKs follow the files of larger ones.
const InlineBelow = 1000

// MaxIDs is how many changes one call may ask for.
const MaxIDs = 100_000

// Options configure the lists; the zero value of each field means its default.
type Options struct {
	// Types tells the unit type of each list, to find units that are to be forgotten; without it nobody is.
	Types func(ctx context.Context) (map[string]schema.UnitType, error)
	// FollowEvery is how often what other processes published is looked for: 1 s.
	FollowEvery time.Duration
	// CompactAbove is how many lines a file may have beyond twice its units before it is written anew: 100 000.
	CompactAbove uint64
	// Shared says that other servers may use the same database: then one of them holds a lease and changes lists.
	Shared bool
	// Name is where this server is, for who is refused by another.
	Name string
	Now  func() time.Time
	Log  *slog.Logger
}

// Lists is all ID lists: written through the engine, followed in memory and in files.
type Lists struct {
	db  *store.DB
	dir string
	o   Options

	owner string      // this process, in leases
	mine  atomic.Bool // it holds the lease, as far as it knows

	write  writer
	orders uint64 // to forget a unit, of those that have been followed

	following sync.Mutex // one at a time: the loop, or whoever has just published

	mu       sync.RWMutex
	followed map[string]*followed
	retired  []*followed
	ready    bool // everything that was published at the start has been followed
	version  atomic.Uint64

	afterEach func(statement string) error // of tests
}

// Open makes the lists, with their files in dir, which is emptied: they are copies. It starts nothing.
func Open(dir string, db *store.DB, o Options) (*Lists, error) {
	if o.FollowEvery == 0 {
		o.FollowEvery = time.Second
	}
	if o.CompactAbove == 0 {
		o.CompactAbove = 100_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	stale, err := filepath.Glob(filepath.Join(dir, "*"+fileSuffix))
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	for _, name := range stale {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		return nil, fmt.Errorf("make folder %q of ID lists: %w", dir, err)
	}
	l := &Lists{db: db, dir: dir, o: o, owner: rand.Text(), followed: make(map[string]*followed)}
	l.write.lists = l
	return l, nil
}

// Run follows what is published until ctx ends, and writes files anew that have grown far beyond their lists.
func (l *Lists) Run(ctx context.Context) error {
	defer l.close()
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		l.write.release(last)
	}()
	tick := time.NewTicker(l.o.FollowEvery)
	defer tick.Stop()
	for {
		err := l.follow(ctx)
		for _, chore := range []func(context.Context) error{l.write.tidy, l.erase} {
			if err == nil && l.mayWrite(ctx) {
				err = chore(ctx)
			}
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrAway) {
			l.o.Log.Warn("ID lists are not up to date; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// mayWrite asks for the lease, if there is one, and says whether this server has it.
func (l *Lists) mayWrite(ctx context.Context) bool {
	l.write.mu.Lock()
	defer l.write.mu.Unlock()
	return l.write.holdLease(ctx) == nil
}

func (l *Lists) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range slices.Concat(slices.Collect(maps.Values(l.followed)), l.retired) {
		f.file.close(l.o.Log)
	}
	l.followed, l.retired = make(map[string]*followed), nil
}

// Status is what is known of a list.
type Status struct {
	List         string        `json:"id"`
	Count        uint64        `json:"count"` // units that are in
	FileID       string        `json:"fileID"`
	Size         uint64        `json:"size"` // bytes of its file
	CreationTime schema.Millis `json:"creationTime"`
	Version      uint64        `json:"version"` // of the last change
	ChangedTime  schema.Millis `json:"lastModifiedTime"`
}

// Status tells of one list; ok is false for one that never had a unit.
func (l *Lists) Status(id string) (s Status, ok bool) {
	if l == nil {
		return Status{}, false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	f, ok := l.followed[id]
	if !ok {
		return Status{}, false
	}
	return f.status(), true
}

// All tells of every list; ready is false until what was published at the start is known.
func (l *Lists) All() (all []Status, ready bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, f := range l.followed {
		all = append(all, f.status())
	}
	return all, l.ready
}

// Version grows with every change of any list.
func (l *Lists) Version() uint64 {
	if l == nil {
		return 0
	}
	return l.version.Load()
}

// Has says whether a unit is in a list, from memory, as an SDK that is up to date would.
func (l *Lists) Has(list, unitID string) bool {
	if l == nil {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	f, ok := l.followed[list]
	return ok && f.hashes.has(HashOf(unitID))
}
