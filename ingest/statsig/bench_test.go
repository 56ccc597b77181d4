package statsig

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkDecode is a batch of 100 items as an SDK sends it, every fifth of them a gate exposure.
func BenchmarkDecode(b *testing.B) {
	const items = 100
	var all []string
	for i := range items {
		user := fmt.Sprintf(`"user":{"userID":"user-%d","email":"someone@example.com","country":"DE","customIDs":{"stableID":"st-%d","companyID":"c-%d"},"custom":{"plan":"team"},"statsigEnvironment":{"tier":"production"}}`, i, i, i%7)
		if i%5 == 0 {
			all = append(all, fmt.Sprintf(`{"eventName":"statsig::gate_exposure",%s,"time":%d,"metadata":{"gate":"new_ui","gateValue":"true","ruleID":"r%d","reason":"Network"},"secondaryExposures":[{"gate":"holdout","gateValue":"false","ruleID":"h"}]}`, user, 1767323045678+i, i%3))
		} else {
			all = append(all, fmt.Sprintf(`{"eventName":"add_to_cart",%s,"time":%d,"value":%d.5,"metadata":{"sku":"A-%d","category":"outdoor","price":"19.99","position":"3"}}`, user, 1767323045678+i, i, i))
		}
	}
	body := []byte(`{"events":[` + strings.Join(all, ",") + `],"statsigMetadata":{"sdkType":"js-client","sdkVersion":"3.10.0","sessionID":"s-1","stableID":"st-1"}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		rows, err := Decode(body, Request{Received: 1767323050000})
		if err != nil || len(rows.Events) == 0 || len(rows.Exposures) < items/5 {
			b.Fatal(err, rows)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*items), "ns/event")
}
