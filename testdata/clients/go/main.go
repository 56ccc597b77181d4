// Command clients sends all six calls with analytics-go, changed only in endpoint and key, and prints what it sent as JSON.
//
// usage: clients URL WRITE_KEY RUN
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/segmentio/analytics-go/v3"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: clients URL WRITE_KEY RUN")
		os.Exit(2)
	}
	if err := send(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send(url, key, run string) error {
	results := make(callback, 6)
	client, err := analytics.NewWithConfig(key, analytics.Config{Endpoint: url, BatchSize: 4, Interval: 50 * time.Millisecond, Callback: results})
	if err != nil {
		return err
	}
	calls := calls(run)
	for _, c := range calls {
		if err := client.Enqueue(c); err != nil {
			return err
		}
	}
	for range calls { // closing while a call is being retried would drop it
		if err := <-results; err != nil {
			return err
		}
	}
	if err := client.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(calls)
}

func calls(run string) []analytics.Message {
	user, anonymous := "go-user-"+run, "go-anon-"+run
	at := time.Now().Add(-time.Minute)
	id := func(kind string) string { return "go-" + run + "-" + kind }
	context := &analytics.Context{Locale: "de-DE", Timezone: "Europe/Berlin", Extra: map[string]any{"note": "Grüße 🗻"}}
	return []analytics.Message{
		analytics.Track{MessageId: id("track"), UserId: user, AnonymousId: anonymous, Event: "Order Completed", Timestamp: at, Context: context,
			Integrations: analytics.NewIntegrations().EnableAll(),
			Properties: analytics.NewProperties().SetRevenue(19.5).Set("coupon", `a "quoted" one`).
				Set("items", []map[string]any{{"sku": "x", "n": 2}}).Set("statsigCustomIDs", []string{"companyID", "co-" + run})},
		analytics.Identify{MessageId: id("identify"), UserId: user, AnonymousId: anonymous, Timestamp: at, Context: context,
			Traits: analytics.NewTraits().SetEmail("a@example.org").Set("plan", "pro").Set("age", 41)},
		analytics.Page{MessageId: id("page"), UserId: user, AnonymousId: anonymous, Name: "Home", Timestamp: at, Context: context,
			Properties: analytics.NewProperties().SetURL("https://example.org/docs")},
		analytics.Screen{MessageId: id("screen"), UserId: user, AnonymousId: anonymous, Name: "Settings", Timestamp: at, Context: context,
			Properties: analytics.NewProperties().Set("dark", true)},
		analytics.Group{MessageId: id("group"), UserId: user, AnonymousId: anonymous, GroupId: "group-" + run, Timestamp: at, Context: context,
			Traits: analytics.NewTraits().Set("total billed", 830)},
		analytics.Alias{MessageId: id("alias"), UserId: user, PreviousId: anonymous, Timestamp: at, Context: context},
	}
}

// callback says of each call whether it was delivered or given up.
type callback chan error

func (c callback) Success(analytics.Message)            { c <- nil }
func (c callback) Failure(m analytics.Message, e error) { c <- fmt.Errorf("%T: %w", m, e) }
