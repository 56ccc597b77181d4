package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// running opens a spool and runs it until stop, which returns what Run returned.
func running(t testing.TB, dir string, o Options) (s *Spool, stop func() error) {
	t.Helper()
	o.Log = quiet
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	return s, stop
}

// numbered makes a record that says its own number, so that a mix-up of any kind shows.
func numbered(n int) Record {
	return Record{
		Received: int64(n), RequestID: [16]byte{byte(n)}, Route: uint8(n), Encoding: 1, Decoder: 2, Source: fmt.Sprint("key", n),
		Meta: []byte(fmt.Sprintf(`{"n":%d}`, n)), Body: bytes.Repeat([]byte(fmt.Sprint(n, ",")), n%7),
	}
}

func same(a, b Record) bool {
	return a.Received == b.Received && a.RequestID == b.RequestID && a.Route == b.Route && a.Encoding == b.Encoding &&
		a.Decoder == b.Decoder && a.Source == b.Source && bytes.Equal(a.Meta, b.Meta) && bytes.Equal(a.Body, b.Body)
}

func appendAll(t testing.TB, s *Spool, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		if seq, err := s.Append(t.Context(), numbered(n), n); err != nil || seq != uint64(n) {
			t.Fatalf("append %d: seq %d, %v", n, seq, err)
		}
	}
}

// readAll reads everything; damage is counted.
func readAll(t testing.TB, s *Spool, from uint64) (all []Record, damaged int) {
	t.Helper()
	r := s.Read(from)
	defer r.Close()
	for {
		rec, err := r.Next()
		var damage *DamageError
		switch {
		case err == nil:
			all = append(all, rec)
		case errors.As(err, &damage):
			damaged++
		case errors.Is(err, io.EOF):
			return all, damaged
		default:
			t.Fatal(err)
		}
	}
}

// checkRecords wants whole, unaltered records with rising numbers, and returns how many there are.
func checkRecords(t testing.TB, all []Record) int {
	t.Helper()
	last := uint64(0)
	for _, r := range all {
		if r.Seq <= last || !same(r, numbered(int(r.Seq))) {
			t.Fatalf("record %d after %d is not what was appended: %+v", r.Seq, last, r)
		}
		last = r.Seq
	}
	return len(all)
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var delivered []Delivered
	o := Options{SegmentBytes: 500, Deliver: func(d []Delivered) { delivered = append(delivered, d...) }}
	s, stop := running(t, dir, o)
	id := s.ID()
	appendAll(t, s, 1, 40)
	all, damaged := readAll(t, s, 1)
	if checkRecords(t, all) != 40 || damaged != 0 {
		t.Errorf("%d records, %d damaged", len(all), damaged)
	}
	if some, _ := readAll(t, s, 17); checkRecords(t, some) != 24 || some[0].Seq != 17 {
		t.Errorf("from 17 on there are %d records", len(some))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), numbered(1), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("append after stop: %v", err)
	}
	for i, d := range delivered {
		if d.Seq != uint64(i+1) || d.Attached != i+1 || !same(d.Record, numbered(i+1)) {
			t.Fatalf("delivery %d is %+v", i, d)
		}
	}
	s, _ = running(t, dir, o)
	appendAll(t, s, 41, 50)
	if all, _ := readAll(t, s, 1); checkRecords(t, all) != 50 || s.ID() != id {
		t.Errorf("after reopening there are %d records, id %x (was %x)", len(all), s.ID(), id)
	}
}

// Many who wait share one fsync, and each gets a number of its own.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	fs := &faultyFS{gate: make(chan struct{})}
	s, _ := running(t, t.TempDir(), Options{FS: fs})
	fs.gated.Store(true)
	const writers = 50
	seqs, before := make([]uint64, writers), fs.syncs.Load()
	var wg sync.WaitGroup
	write := func(i int) {
		wg.Go(func() {
			var err error
			if seqs[i], err = s.Append(t.Context(), numbered(i), nil); err != nil {
				t.Error(err)
			}
		})
	}
	write(0)
	for fs.syncs.Load() == before { // until the first is in its fsync
		runtime.Gosched()
	}
	for i := range writers - 1 {
		write(i + 1)
	}
	for s.waiting() < writers-1 { // until all others wait for it
		runtime.Gosched()
	}
	fs.gated.Store(false)
	close(fs.gate)
	wg.Wait()
	seen := map[uint64]bool{}
	for _, seq := range seqs {
		seen[seq] = true
	}
	if len(seen) != writers {
		t.Errorf("%d appends got %d numbers", writers, len(seen))
	}
	if n := fs.syncs.Load() - before; n != 2 {
		t.Errorf("%d appends, of which all but the first waited, took %d fsyncs, want 2", writers, n)
	}
}

func (s *Spool) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending)
}

// written makes a spool of n records in one segment and returns the segment's bytes and the offsets of its frames' ends.
func written(t *testing.T, n int) (content []byte, ends []int) {
	t.Helper()
	dir := t.TempDir()
	s, stop := running(t, dir, Options{})
	appendAll(t, s, 1, n)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	content, err := os.ReadFile(names[0])
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	for off, last := 0, uint64(0); off < len(content); {
		f, _, ok := nextFrame(content, off, last)
		if !ok {
			t.Fatal("the segment has a hole")
		}
		off, last = f.end, f.seq
		ends = append(ends, off)
	}
	return content, ends
}

func withSegment(t *testing.T, content []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "00000000000000000001.seg"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The segment is cut at every byte: all records that are whole are there, and writing goes on.
func TestCutAtEveryByte(t *testing.T) {
	t.Parallel()
	content, ends := written(t, 6)
	for cut := range len(content) + 1 {
		whole := 0
		for _, end := range ends {
			if end <= cut {
				whole++
			}
		}
		s, stop := running(t, withSegment(t, content[:cut]), Options{})
		all, damaged := readAll(t, s, 1)
		if n := checkRecords(t, all); n != whole || damaged != 0 {
			t.Fatalf("cut at %d: %d records, %d damaged, want %d and none", cut, n, damaged, whole)
		}
		appendAll(t, s, whole+1, whole+1)
		if all, _ := readAll(t, s, 1); checkRecords(t, all) != whole+1 {
			t.Fatalf("cut at %d: what is appended afterwards is not read", cut)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
}

// Every byte is damaged in turn: only the record it belongs to may be missing, and the damage is counted and kept.
func TestDamageAnywhere(t *testing.T) {
	t.Parallel()
	content, ends := written(t, 6)
	for at := range content {
		hit := 0
		for hit < len(ends) && ends[hit] <= at {
			hit++
		}
		broken := bytes.Clone(content)
		broken[at] ^= 0x55
		dir := withSegment(t, broken)
		s, err := Open(dir, Options{Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		all, damaged := readAll(t, s, 1)
		if n := checkRecords(t, all); n != len(ends)-1 {
			t.Fatalf("byte %d of record %d damaged: %d records are left, want %d", at, hit+1, n, len(ends)-1)
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "quarantine", "*"))
		if stats := s.Stats(); damaged+stats.Torn != 1 || len(kept) != 1 {
			t.Fatalf("byte %d damaged: %d reported, stats %+v, %d in quarantine", at, damaged, stats, len(kept))
		}
		s.manifest.close()
	}
}

// Garbage between and behind the records, a page of zeros, a record that repeats: what is whole is read, once.
func TestGarbage(t *testing.T) {
	t.Parallel()
	content, ends := written(t, 4)
	f := func(name string, b []byte, want int) {
		t.Helper()
		s, err := Open(withSegment(t, b), Options{Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		defer s.manifest.close()
		if all, _ := readAll(t, s, 1); checkRecords(t, all) != want {
			t.Errorf("%s: %d records, want %d", name, len(all), want)
		}
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	f("zeros behind", join(content, make([]byte, 4096)), 4)
	f("zeros between", join(content[:ends[1]], make([]byte, 4096), content[ends[1]:]), 4)
	f("magic behind", join(content, []byte("PHSPPHSPPHSP")), 4)
	f("the first record again", join(content, content[:ends[0]]), 4)
	f("second and third swapped", join(content[:ends[0]], content[ends[1]:ends[2]], content[ends[0]:ends[1]], content[ends[2]:]), 3)
	f("nothing", nil, 0)
}

// The n-th write or fsync fails, for every n: nothing that was acknowledged is lost, and a failed fsync ends everything.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []fault{{write: true}, {write: true, short: true}, {sync: true}} {
		for n := int64(1); n <= 24; n++ {
			fs := &faultyFS{fault: fault, failAt: n}
			dir := t.TempDir()
			s, err := Open(dir, Options{FS: fs, SegmentBytes: 300, Log: quiet})
			if err != nil {
				continue // the fault was in Open: nothing was acknowledged
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			var acked []uint64
			failures := 0
			for i := 1; i <= 12; i++ {
				seq, err := s.Append(ctx, numbered(int(s.Stats().Last)+1), nil)
				if err == nil {
					acked = append(acked, seq)
				} else {
					failures++
				}
				if err != nil && fault.sync != errors.Is(err, ErrFailed) {
					t.Fatalf("fault %+v at %d: append says %v", fault, n, err)
				}
			}
			if fault.write && failures > 1 {
				t.Fatalf("one failing write refused %d appends", failures)
			}
			cancel()
			<-ended
			again, stop := running(t, dir, Options{})
			all, damaged := readAll(t, again, 1)
			checkRecords(t, all)
			have := map[uint64]bool{}
			for _, r := range all {
				have[r.Seq] = true
			}
			for _, seq := range acked {
				if !have[seq] {
					t.Fatalf("fault %+v at %d: acknowledged record %d is lost (damaged %d)", fault, n, seq, damaged)
				}
			}
			stop()
		}
	}
}

// A full disk is answered as such, and once there is room writing goes on.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	fs := &faultyFS{}
	s, _ := running(t, t.TempDir(), Options{FS: fs})
	appendAll(t, s, 1, 3)
	fs.full.Store(true)
	if _, err := s.Append(t.Context(), numbered(4), nil); !errors.Is(err, ErrFull) {
		t.Errorf("on a full disk append says %v", err)
	}
	fs.full.Store(false)
	appendAll(t, s, 4, 5)
	if all, damaged := readAll(t, s, 1); checkRecords(t, all) != 5 || damaged != 0 {
		t.Errorf("%d records, %d damaged", len(all), damaged)
	}
}

// A spool that was full takes records again when what is in it is done, however small its limit is.
func TestLimit(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{MaxBytes: 200, SegmentBytes: 100}, {MaxBytes: 2000}} {
		testLimit(t, o)
	}
}

func testLimit(t *testing.T, o Options) {
	t.Helper()
	s, _ := running(t, t.TempDir(), o)
	for n := 1; ; n++ {
		_, err := s.Append(t.Context(), numbered(n), nil)
		if errors.Is(err, ErrFull) {
			break
		}
		if err != nil || n > 100 {
			t.Fatalf("append %d: %v", n, err)
		}
	}
	last := s.Stats().Last
	if err := s.Done(Cut{First: 1, Last: last}); err != nil {
		t.Fatal(err)
	}
	appendAll(t, s, int(last)+1, int(last)+1)
}

// Cuts, attempts and numbers survive a restart, wherever the manifest was cut.
func TestManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, stop := running(t, dir, Options{SegmentBytes: 200})
	appendAll(t, s, 1, 30)
	cuts := make([]Cut, 3)
	for i := range cuts {
		first := uint64(10*i + 1)
		cuts[i] = Cut{First: first, Last: first + 9, Loads: []Load{{Batch: s.NextBatch(), Table: "events", First: first, Last: first + 9, Rows: 5, Days: []int32{20000}}}}
		if err := s.Intend(cuts[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Retry(2, 7), s.Done(cuts[0])); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "00000000000000000001.seg")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first segment is done and still there (%v)", err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "manifest"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(s *Spool) {
		t.Helper()
		p := s.Pending()
		if len(p) != 2 || p[0].First != 11 || p[0].Loads[0].Attempt != 7 || p[1].Last != 30 || s.Resume() != 31 || s.NextBatch() != 4 {
			t.Errorf("pending %+v, resume %d", p, s.Resume())
		}
	}
	for range 2 { // the second time from a compacted manifest
		s, stop := running(t, dir, Options{SegmentBytes: 200})
		check(s)
		appendAll(t, s, int(s.Stats().Last)+1, int(s.Stats().Last)+1)
		stop()
	}
	for cut := range whole {
		path := filepath.Join(t.TempDir(), "manifest")
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := openManifest(path, osFS{})
		if err != nil {
			t.Fatalf("manifest cut at %d: %v", cut, err)
		}
		for i, c := range m.pending {
			if c.Loads[0].Rows != 5 || i > 0 && c.First != m.pending[i-1].Last+1 {
				t.Fatalf("manifest cut at %d: pending %+v", cut, m.pending)
			}
		}
		m.close()
	}
}

// With everything done and deleted the numbers still go up.
func TestNumbersNeverGoBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, stop := running(t, dir, Options{})
	appendAll(t, s, 1, 5)
	batch := s.NextBatch()
	cut := Cut{First: 1, Last: 5, Loads: []Load{{Batch: batch}}}
	if err := errors.Join(s.Intend(cut), s.Done(cut), stop()); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	for _, name := range names {
		os.Remove(name)
	}
	s, _ = running(t, dir, Options{})
	appendAll(t, s, 6, 6)
	if s.NextBatch() <= batch {
		t.Error("a batch number is used twice")
	}
}

func FuzzReader(f *testing.F) {
	var b []byte
	for n := 1; n <= 3; n++ {
		r := numbered(n)
		payload, err := r.appendPayload(nil)
		if err != nil {
			f.Fatal(err)
		}
		b = appendFrame(b, uint64(n), payload)
	}
	f.Add(b)
	f.Add(b[:len(b)-3])
	f.Add([]byte("PHSP\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		last := uint64(0)
		for off := 0; ; {
			fr, start, ok := nextFrame(b, off, last)
			if !ok {
				return
			}
			if fr.seq <= last || start < off || fr.end <= start || fr.end > len(b) {
				t.Fatalf("frame %+v at %d after %d", fr, start, off)
			}
			parseRecord(fr.seq, fr.payload)
			off, last = fr.end, fr.seq
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			s, _ := running(b, b.TempDir(), Options{})
			r := Record{Body: make([]byte, 17<<10), Meta: []byte("{}")}
			b.SetBytes(int64(len(r.Body)))
			b.SetParallelism(max(writers/2, 1))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.Append(context.Background(), r, nil); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkRead is records read back, as after a crash.
func BenchmarkRead(b *testing.B) {
	const records = 500
	s, _ := running(b, b.TempDir(), Options{})
	r := Record{Body: make([]byte, 17<<10), Meta: []byte("{}")}
	for range records {
		if _, err := s.Append(b.Context(), r, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(records * int64(len(r.Body)))
	b.ReportAllocs()
	for b.Loop() {
		reader := s.Read(1)
		for n := 0; ; n++ {
			if _, err := reader.Next(); err != nil {
				if n != records {
					b.Fatalf("%d of %d records, then %v", n, records, err)
				}
				break
			}
		}
		reader.Close()
	}
}

// faultyFS is a disk that fails on purpose: the n-th write or sync, or every write while it is full.
type faultyFS struct {
	osFS
	fault         fault
	failAt        int64
	writes, syncs atomic.Int64
	full, gated   atomic.Bool
	gate          chan struct{}
}

// fault is what fails: a write, perhaps after half of it, or a sync.
type fault struct{ write, short, sync bool }

type faultyFile struct {
	File
	fs *faultyFS
}

func (fs *faultyFS) OpenFile(name string, flag int) (File, error) {
	f, err := fs.osFS.OpenFile(name, flag)
	return &faultyFile{f, fs}, err
}

func (f *faultyFile) Write(p []byte) (int, error) {
	switch n := f.fs.writes.Add(1); {
	case f.fs.full.Load():
		n, _ := f.File.Write(p[:len(p)/2])
		return n, syscall.ENOSPC
	case f.fs.fault.write && n == f.fs.failAt && f.fs.fault.short:
		n, _ := f.File.Write(p[:len(p)/2])
		return n, io.ErrShortWrite
	case f.fs.fault.write && n == f.fs.failAt:
		return 0, syscall.EIO
	default:
		return f.File.Write(p)
	}
}

func (f *faultyFile) Sync() error {
	if n := f.fs.syncs.Add(1); f.fs.fault.sync && n == f.fs.failAt {
		return syscall.EIO
	}
	if f.fs.gated.Load() {
		<-f.fs.gate
	}
	return f.File.Sync()
}
