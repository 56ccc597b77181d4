package query

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

var (
	//go:embed sql/system_tables.sql
	systemTablesSQL string
	//go:embed sql/system_engine.sql
	systemEngineSQL string
	//go:embed sql/system_watermark.sql
	systemWatermarkSQL string
)

// Process is what only the process around this room knows of itself.
type Process struct {
	Version string
	Prefix  func() string
	Checks  func(context.Context) []Check
	Spool   func() SpoolState
}

// Check is one condition of readiness, with what to do when it does not hold.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// SpoolState is the durable queue in front of the engine.
type SpoolState struct {
	Bytes          int64  `json:"bytes"`
	MaxBytes       int64  `json:"maxBytes"`
	WaitingRecords uint64 `json:"waitingRecords"`
	Damaged        int    `json:"damaged"`
}

// system is the whole state of the server. What the engine would have to tell is null, or empty, while it is away.
type system struct {
	Version   string        `json:"version"`
	StartedAt time.Time     `json:"startedAt"`
	Timezone  string        `json:"timezone"`
	Prefix    string        `json:"prefix"`
	Checks    []Check       `json:"checks"`
	Spool     SpoolState    `json:"spool"`
	Watermark watermark     `json:"watermark"`
	Engine    *engineState  `json:"engine"`
	Tables    []storedTable `json:"tables"`
}

type watermark struct {
	CompleteTo   *schema.Millis `json:"completeTo"` // receipt time; everything before it is in the numbers
	LagMs        *int64         `json:"lagMs"`      // how long ago that is while loads wait, else 0
	WaitingLoads uint64         `json:"waitingLoads"`
	WaitingRows  uint64         `json:"waitingRows"`
	// RawDataFrom is the first metric day of which all raw events are there. Earlier days keep their numbers and cannot be computed again. Null while
	// none were dropped.
	RawDataFrom *string `json:"rawDataFrom"`
}

type engineState struct {
	Version   string `ch:"version" json:"version"`
	Uptime    uint64 `ch:"uptime" json:"uptimeSeconds"`
	Memory    uint64 `ch:"memory" json:"memoryBytes"`
	DiskFree  uint64 `ch:"disk_free" json:"diskFreeBytes"`
	DiskTotal uint64 `ch:"disk_total" json:"diskTotalBytes"`
}

type storedTable struct {
	Name  string `ch:"name" json:"name"`
	Rows  uint64 `ch:"row_count" json:"rows"`
	Parts uint64 `ch:"part_count" json:"parts"`
	Bytes uint64 `ch:"size" json:"bytes"`
	Plain uint64 `ch:"plain" json:"uncompressedBytes"`
}

func (a *API) systemRoutes() []route {
	return []route{{"GET", "system", a.getSystem}}
}

// getSystem tells how the server is, also while the engine is away.
func (a *API) getSystem(c *call) (any, error) {
	s := system{
		Version: a.Process.Version, StartedAt: a.started, Timezone: a.Zone(), Tables: []storedTable{},
		Checks: []Check{},
	}
	if a.Process.Prefix != nil {
		s.Prefix = a.Process.Prefix()
	}
	if a.Process.Checks != nil {
		s.Checks = a.Process.Checks(c)
	}
	if a.Process.Spool != nil {
		s.Spool = a.Process.Spool()
	}
	if err := a.askEngine(c, &s); err != nil && !errors.Is(err, store.ErrAway) {
		return nil, err
	}
	return s, nil
}

func (a *API) askEngine(ctx context.Context, s *system) error {
	var engines []engineState
	if err := a.DB.Select(ctx, &engines, systemEngineSQL, nil); err != nil {
		return err
	}
	if len(engines) == 1 {
		s.Engine = &engines[0]
	}
	if err := a.DB.Select(ctx, &s.Tables, systemTablesSQL, nil); err != nil {
		return err
	}
	return a.readWatermark(ctx, &s.Watermark)
}

func (a *API) readWatermark(ctx context.Context, w *watermark) error {
	var completeTo int64
	var rawFrom string
	err := a.DB.Row(ctx, systemWatermarkSQL, nil).Scan(&completeTo, &w.WaitingLoads, &w.WaitingRows, &rawFrom)
	if rawFrom != "" {
		w.RawDataFrom = &rawFrom
	}
	if err != nil || completeTo <= 0 {
		return err
	}
	at, lag := schema.Millis(completeTo), int64(0)
	if w.WaitingLoads > 0 {
		lag = a.Now().UnixMilli() - completeTo
	}
	w.CompleteTo, w.LagMs = &at, &lag
	return nil
}
