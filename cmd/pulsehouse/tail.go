package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pulsehouse/pulsehouse/ingest"
	"github.com/pulsehouse/pulsehouse/query"
	"github.com/pulsehouse/pulsehouse/query/client"
	"github.com/pulsehouse/pulsehouse/schema"
)

// liveLog hands the way in's live log to the way out, which do not know each other.
func liveLog(in *ingest.Ingest) func(string, schema.LiveFilter) (query.LiveReader, error) {
	return func(after string, f schema.LiveFilter) (query.LiveReader, error) { return in.Live(after, f) }
}

// tailOptions are the flags of tail.
type tailOptions struct {
	remote
	Event, Exclude, Fate          []string
	ID, Text, Source, Environment string
	JSON                          bool
}

func tailCommand() *cobra.Command {
	var o tailOptions
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Watch events come in, with what becomes of each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runTail(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	o.remote.flags(f)
	f.StringSliceVar(&o.Event, "event", nil, "only events of these names")
	f.StringSliceVar(&o.Exclude, "exclude", nil, "no events of these names")
	f.StringSliceVar(&o.Fate, "fate", nil, "only these fates: stored, filtered, rejected, duplicate, refused")
	f.StringVar(&o.ID, "id", "", "only events with this unit ID or message id")
	f.StringVar(&o.Text, "text", "", "only events with this text somewhere")
	f.StringVar(&o.Source, "source", "", "only events that came with the key of this id")
	f.StringVar(&o.Environment, "environment", "", "only events of this environment")
	f.BoolVar(&o.JSON, "json", false, "one JSON object a line")
	return cmd
}

func (o *tailOptions) query() url.Values {
	q := url.Values{"event": o.Event, "exclude": o.Exclude, "fate": o.Fate}
	for name, value := range map[string]string{"id": o.ID, "text": o.Text, "source": o.Source, "environment": o.Environment} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// runTail prints entries until interrupted. When the connection breaks it goes on where it was.
func runTail(ctx context.Context, o tailOptions, out, remarks io.Writer) error {
	c, err := o.client()
	if err != nil {
		return err
	}
	p := &tailPrinter{json: o.JSON, out: out, remarks: remarks}
	for {
		err := c.Stream(ctx, o.query(), p.last, p.print)
		var refused *client.Error
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused) && refused.Status != 503, p.last == "" && errors.Is(err, client.ErrUnreachable):
			return reached(err)
		}
		fmt.Fprintf(remarks, "the stream ended (%v); going on\n", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil
		}
	}
}

// tailPrinter prints what a stream says.
type tailPrinter struct {
	json         bool
	out, remarks io.Writer
	last         string
	dropped      uint64
}

func (p *tailPrinter) print(m client.Message) error {
	p.last = m.ID
	if m.Event == "state" {
		return p.state(m.Data)
	}
	if p.json {
		_, err := fmt.Fprintf(p.out, "%s\n", m.Data)
		return err
	}
	var e schema.LiveEntry
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return fmt.Errorf("read live entry: %w", err)
	}
	_, err := fmt.Fprintln(p.out, line(&e))
	return err
}

// state remarks on entries that were missed.
func (p *tailPrinter) state(data []byte) error {
	var s struct{ Dropped uint64 }
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("read live state: %w", err)
	}
	if s.Dropped > p.dropped {
		fmt.Fprintf(p.remarks, "(%d entries or more were missed: they came faster than they were read, or the server was started anew)\n", s.Dropped-p.dropped)
	}
	p.dropped = s.Dropped
	return nil
}

func line(e *schema.LiveEntry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-9s %-32s", e.Received.Local().Format("15:04:05.000"), e.Fate, e.Name)
	add := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
	}
	add("user", e.UserID)
	add("anonymous", e.AnonymousID)
	for t, id := range e.UnitIDs {
		add(t, id)
	}
	if e.Value != nil {
		add("value", fmt.Sprint(*e.Value))
	}
	if e.Environment != schema.Production {
		add("environment", e.Environment)
	}
	add("reason", string(e.Reason))
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	return b.String()
}
