package bench

import (
	"context"
	"time"
)

// Suite is what is measured of one room.
type Suite struct {
	Name string
	// Open prepares the cases; what they need longer than a case is closed by env.Defer.
	Open func(ctx context.Context, env *Env) ([]Case, error)
}

// Role is what a contestant is to us.
type Role string

// The roles.
const (
	Ours    Role = "ours"
	Peer    Role = "peer"
	Ceiling Role = "ceiling"
)

// Measure is which time of a case counts for ratios and for the comparison with a baseline.
type Measure string

// The measures; the zero value is CPU.
const (
	CPU  Measure = "cpu"
	Wall Measure = "wall"
)

// Case is one question, asked of several contestants in turns.
type Case struct {
	Name string
	// Unit is what Sample.Ops counts: "event", "evaluation", "query".
	Unit string
	By   Measure
	// Rounds overrides the run's, 0 does not. A case of minutes can have few.
	Rounds int
	// Cold leaves out the warm-up, where a round takes long and its first one is as good as any.
	Cold bool
	// Curve and X place the case on a scaling curve, whose X axis is named by XName.
	Curve, XName string
	X            float64
	Contestants  []Contestant
	// Prepare runs before the warm-up, Close after the last round; either may be nil.
	Prepare func(ctx context.Context) error
	Close   func() error
}

// Contestant is one way of doing the case's work.
type Contestant struct {
	Name string
	Role Role
	// Before is not measured, and runs before each round; it may be nil.
	Before func(ctx context.Context) error
	// Run does the work once.
	Run func(ctx context.Context) (Sample, error)
}

// Sample is what one Run did.
type Sample struct {
	Ops float64 // how many units of work
	// Wall and CPU are measured around Run; a contestant that knows better fills them itself.
	Wall, CPU time.Duration
	// Check must be equal among the contestants that fill it: a row count, a checksum.
	Check string
	// Extra are further numbers for the report, e.g. "bytes per event" or "p99 ms". Medians are shown.
	Extra map[string]float64
}

// Scale is how much there is to do.
type Scale string

// The scales. Small takes a minute or two for everything, large hours.
const (
	Small  Scale = "small"
	Medium Scale = "medium"
	Large  Scale = "large"
)

// Scales lists them.
var Scales = []Scale{Small, Medium, Large}

// Pick is the value for the scale.
func Pick[T any](s Scale, small, medium, large T) T {
	switch s {
	case Medium:
		return medium
	case Large:
		return large
	default:
		return small
	}
}
