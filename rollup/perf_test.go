package rollup

import (
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

func TestPerf(t *testing.T) {
	db, err := store.Open(store.Options{DSN: "http://default@127.0.0.1:18990/", Database: "perf"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, zone: time.UTC, seq: map[uint64]uint64{7: 9}, position: 100000000}
	w.define(t)
	w.metrics = append(w.metrics, readMetric(t, `{"name":"views","type":"event_count_custom","metricEvents":[{"name":"view","criteria":[{"type":"metadata","column":"plan","condition":"in","values":["pro"]}]}]}`),
		readMetric(t, `{"name":"clicks","type":"event_count_custom","metricEvents":[{"name":"click"}]}`), readMetric(t, `{"name":"pages","type":"event_count_custom","metricEvents":[{"name":"page"}]}`))
	x := readExperiment(t, `{"id":"exp","groups":[{"name":"control","size":50},{"name":"test","size":50}]}`)
	for _, m := range w.metrics {
		x.PrimaryMetrics = append(x.PrimaryMetrics, m.Ref())
	}
	w.experiments = []schema.Experiment{x}
	r := w.runner()
	r.o.Threads = 1
	at := time.Now()
	took := map[string]time.Duration{}
	n := map[string]int{}
	r.afterEach = func(s string) error { took[s] += time.Since(at); n[s]++; at = time.Now(); return nil }
	show := func() {
		var k []string
		for s := range took {
			k = append(k, s)
		}
		sort.Slice(k, func(i, j int) bool { return took[k[i]] > took[k[j]] })
		for _, s := range k {
			if took[s] > 5*time.Millisecond {
				fmt.Println(s, n[s], took[s].Milliseconds())
			}
		}
		clear(took)
		clear(n)
	}
	at = time.Now()
	sum := w.cycle(r)
	fmt.Println("first", sum.Took, sum.Windows, sum.AsOfDays)
	show()
	for i := 0; i < 2; i++ {
		w.load(7, "events", []row{{"time": "2024-01-10 20:00:00", "user_id": "user-1", "name": "buy", "message_id": fmt.Sprint("n", i), "value": 1.0}})
		at = time.Now()
		sum = w.cycle(r)
		fmt.Println("next", sum.Took, sum.Windows, sum.AsOfDays)
		show()
	}
}
