package ingest

import (
	"log/slog"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Options configure the room; the zero value of each field means its default.
type Options struct {
	// Keys finds the source that a key belongs to; ready is false while no key is known yet, on the very first start.
	Keys func(secret string) (key schema.Key, known, ready bool)
	// Names makes shown names; it is called per request because the prefix is known only once settings are loaded.
	Names func() schema.Names
	// Instance is who we are, see schema.Exported; "" recognises nothing.
	Instance string
	// Filter finds the filter of a source, nil when it has none.
	Filter func(source string) *schema.EventFilter
	// Intake is the settings that decoding depends on, asked per request; nil means that none is made.
	Intake func() schema.Intake
	// Resolve finds the name of a gate, experiment or layer by its hash; nil knows none.
	Resolve func(hash string) (name string, ok bool)
	// WebhookSecret is the shared secret that signs Segment's deliveries, "" when signatures are not checked.
	WebhookSecret func() (string, error)

	FlushRows  int           // rows that make a load full: 100 000
	FlushBytes int           // bytes of decoded requests that make a load full: 64 MiB
	FlushEvery time.Duration // age at which a load that is not full goes anyway: 1 s
	FeedBytes  int           // decoded requests kept in memory for the loader: 64 MiB

	RequestBytes int // memory of all requests that are being received and decoded: 96 MiB

	SegmentBody int // largest inflated Segment request: 640 KiB, for 500 KB (decimal) and 512 KiB (binary) client limits with slack
	StatsigBody int // largest inflated SDK request: 8 MiB

	// Now is the clock of receipts; how long things take is not measured by it.
	Now func() time.Time
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	defaultTo(&o.FlushRows, 100_000)
	defaultTo(&o.FlushBytes, 64<<20)
	defaultTo(&o.FlushEvery, time.Second)
	defaultTo(&o.FeedBytes, 64<<20)
	defaultTo(&o.RequestBytes, 96<<20)
	defaultTo(&o.SegmentBody, 640<<10)
	defaultTo(&o.StatsigBody, 8<<20)
	if o.Names == nil {
		o.Names = func() schema.Names { return schema.Names{Prefix: "segment::"} }
	}
	if o.Filter == nil {
		o.Filter = func(string) *schema.EventFilter { return nil }
	}
	if o.Intake == nil {
		o.Intake = func() (none schema.Intake) { return none }
	}
	if o.WebhookSecret == nil {
		o.WebhookSecret = func() (string, error) { return "", nil }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
