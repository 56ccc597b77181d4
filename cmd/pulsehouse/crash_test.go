package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// producer sends batches of events with ids of their own until told to stop, and remembers which were acknowledged. It
// never sends anything twice, so whatever is acknowledged must be found exactly once.
type producer struct {
	url   string
	batch int
	stop  chan struct{}
	wg    sync.WaitGroup

	mu    sync.Mutex
	acked []string
}

func produce(url string, life, writers, batch int) *producer {
	p := &producer{url: url, batch: batch, stop: make(chan struct{})}
	for w := range writers {
		p.wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-p.stop:
					return
				default:
					p.send(fmt.Sprintf("life%d-writer%d-%d", life, w, n))
				}
			}
		})
	}
	return p
}

func (p *producer) send(name string) {
	var ids, items []string
	for i := range p.batch {
		id := fmt.Sprintf("%s-%d", name, i)
		ids = append(ids, id)
		items = append(items, fmt.Sprintf(`{"type":"track","event":"Crash","userId":"u","messageId":%q}`, id))
	}
	body := fmt.Sprintf(`{"batch":[%s],"writeKey":%q}`, strings.Join(items, ","), testWriteKey)
	res, err := http.Post(p.url+"/v1/batch", "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		return
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		p.mu.Lock()
		p.acked = append(p.acked, ids...)
		p.mu.Unlock()
	}
}

func (p *producer) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acked)
}

// ended stops the producer and returns what was acknowledged.
func (p *producer) ended() []string {
	close(p.stop)
	p.wg.Wait()
	return p.acked
}

// TestKillNine kills the whole process at random moments under load, several times on one data folder. Every acknowledged
// event must be in the table exactly once, and none twice.
func TestKillNine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var acked []string
	for life := range 5 {
		s := launch(t, dir)
		if life == 0 {
			s.waitReady() // later lives are killed before they are ready, too
		}
		p := produce(s.URL, life, 8, 20)
		s.until("something is acknowledged", 60*time.Second, func() bool { return p.count() > 0 })
		time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond) // the random moment, not a wait for something
		s.kill()
		acked = append(acked, p.ended()...)
	}
	s := startServer(t, dir)
	s.waitLoaded()
	s.stop()

	counts := storedIDs(t, dir)
	missing, twice := 0, 0
	for _, id := range acked {
		if counts[id] == 0 {
			missing++
		}
	}
	for _, n := range counts {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d acknowledged, %d stored", len(acked), len(counts))
	if len(acked) == 0 || missing > 0 || twice > 0 {
		t.Errorf("of %d acknowledged events %d are missing; %d ids are stored more than once", len(acked), missing, twice)
	}
}

// TestEngineKilled kills only the engine while events keep coming: ingest must go on acknowledging, the engine must come
// back by itself, and nothing may be lost or doubled.
func TestEngineKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	p := produce(s.URL, 0, 4, 20)
	for range 3 {
		before := p.count()
		s.until("events are acknowledged", 30*time.Second, func() bool { return p.count() > before })
		killEngine(t, s)
		before = p.count()
		s.until("events are acknowledged without the engine", 30*time.Second, func() bool { return p.count() > before })
		s.waitReady()
	}
	acked := p.ended()
	s.waitLoaded()
	s.stop()
	counts := storedIDs(t, dir)
	for _, id := range acked {
		if counts[id] != 1 {
			t.Fatalf("acknowledged event %s is stored %d times", id, counts[id])
		}
	}
	if len(acked) != len(counts) {
		t.Errorf("%d acknowledged, %d stored", len(acked), len(counts))
	}
}
