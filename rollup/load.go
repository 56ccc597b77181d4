package rollup

import (
	"context"
	"math"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// load is one batch that is known to be in its table.
type load struct {
	Spool      uint64 `ch:"spool_id"`
	Seq        uint64 `ch:"batch_seq"`
	Table      string `ch:"into"`
	Rows       uint32 `ch:"row_count"`
	FirstDay   uint16 `ch:"first_day"`
	LastDay    uint16 `ch:"last_day"`
	ReceivedTo int64  `ch:"received_to"`
	AgeSeconds int64  `ch:"age_seconds"`
}

// watermark is how far a job has come with the loads of one spool.
type watermark struct {
	Job        string `ch:"job"`
	Spool      uint64 `ch:"spool_id"`
	Seq        uint64 `ch:"batch_seq"`
	Definition uint64 `ch:"definition"`
	ReceivedTo int64  `ch:"received_to"`
}

// watermarks are those of all jobs, as of one moment.
type watermarks map[string]map[uint64]watermark

// absorbJob is the job of the watermark behind which everything is marked.
const absorbJob = "absorb"

func (r *Runner) watermarks(ctx context.Context) (watermarks, error) {
	var rows []watermark
	if err := r.all(ctx, "watermarks", &rows, nil); err != nil {
		return nil, err
	}
	all := watermarks{absorbJob: {}}
	for _, w := range rows {
		all.set(w)
	}
	return all, nil
}

func (w watermarks) set(m watermark) {
	if w[m.Job] == nil {
		w[m.Job] = make(map[uint64]watermark)
	}
	w[m.Job][m.Spool] = m
}

// chunk is a stretch of one spool's loads that is absorbed in one go: loads from..to, without a gap.
type chunk struct {
	spool, from, to    uint64
	loads              int
	rows               uint64 // of events
	exposures          uint64 // rows of exposures
	firstDay, lastDay  uint16 // UTC dates of the events
	receivedTo         int64
	jumpedFrom, jumped uint64 // the numbers between which nothing is known, 0 mostly
}

const (
	// chunkRows bounds how many rows one statement of absorb looks at.
	chunkRows = 500_000
	// loadsLimit bounds how many loads are looked at in a cycle's step; there is always another step.
	loadsLimit = 10_000
	// gapSeconds is after how long a missing number is given up. Numbers are recorded in order, so a gap behind a recorded
	// load can only be a replica that lags, or a number that was never used.
	gapSeconds = 600
)

// chunks reads the loads after the watermarks, cut into stretches.
func (r *Runner) chunks(ctx context.Context, done map[uint64]watermark) ([]chunk, error) {
	spools, next := []uint64{}, []uint64{}
	for id, w := range done {
		spools, next = append(spools, id), append(next, w.Seq+1)
	}
	var loads []load
	p := store.Params{"spools": spools, "next": next, "limit": uint64(loadsLimit)}
	if err := r.all(ctx, "loads", &loads, p); err != nil {
		return nil, err
	}
	return cutChunks(loads, done), nil
}

// cutChunks expects loads in order of (spool, seq). A spool's stretch ends before a gap that may still be filled.
func cutChunks(loads []load, done map[uint64]watermark) []chunk {
	var all []chunk
	var open *chunk
	stuck, next := map[uint64]bool{}, map[uint64]uint64{}
	for id, w := range done {
		next[id] = w.Seq + 1
	}
	for _, l := range loads {
		expected, known := next[l.Spool]
		gap := known && l.Seq != expected
		if stuck[l.Spool] || gap && l.AgeSeconds < gapSeconds {
			stuck[l.Spool] = true
			continue
		}
		if open == nil || open.spool != l.Spool || gap || open.rows+open.exposures+uint64(l.Rows) > chunkRows {
			all = append(all, chunk{spool: l.Spool, from: l.Seq, firstDay: math.MaxUint16})
			open = &all[len(all)-1]
			if gap {
				open.jumpedFrom, open.jumped = expected, l.Seq
			}
		}
		open.add(l)
		next[l.Spool] = l.Seq + 1
	}
	return all
}

func (c *chunk) add(l load) {
	c.to, c.loads, c.receivedTo = l.Seq, c.loads+1, max(c.receivedTo, l.ReceivedTo)
	if l.Table != "events" {
		c.exposures += uint64(l.Rows)
		return
	}
	c.rows += uint64(l.Rows)
	c.firstDay, c.lastDay = min(c.firstDay, l.FirstDay), max(c.lastDay, l.LastDay)
}

// params are those of the statements that read a chunk's raw rows.
func (c *chunk) params() store.Params {
	return store.Params{
		"spool": c.spool, "from": c.from, "to": c.to, "first_day": c.firstDay, "last_day": c.lastDay,
	}
}

// advance moves the watermarks of jobs to the end of a stretch.
func (r *Runner) advance(ctx context.Context, all watermarks, to watermark, jobs map[string]uint64) error {
	if len(jobs) == 0 {
		return nil
	}
	at, err := r.instant(ctx)
	if err != nil {
		return err
	}
	names, definitions := []string{}, []uint64{}
	for job, definition := range jobs {
		names, definitions = append(names, job), append(definitions, definition)
	}
	err = r.exec(ctx, "advance", store.Params{
		"jobs": names, "definitions": definitions, "spool": to.Spool, "to": to.Seq, "received_to": to.ReceivedTo, "at": at,
	})
	if err != nil {
		return err
	}
	for job, definition := range jobs {
		all.set(watermark{Job: job, Spool: to.Spool, Seq: to.Seq, Definition: definition, ReceivedTo: to.ReceivedTo})
	}
	return nil
}
