package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/bench"
	"github.com/pulsehouse/pulsehouse/schema/idlist"
)

// TestLargeList fills a list, half by requests of 100 000 and half by a CSV file, replaces it, and tells what that takes: time, memory of server
// and engine, disk. Of 10 million with PULSEHOUSE_LIST=10000000, which takes many minutes.
func TestLargeList(t *testing.T) {
	t.Parallel()
	n := 120_000
	if text := os.Getenv("PULSEHOUSE_LIST"); text != "" {
		n = must(strconv.Atoi(text))
	}
	s := startServer(t, t.TempDir())
	s.console("POST", "/segments", object{"id": "large", "type": "id_list"}, nil)
	took := func(what string, ids int, do func()) {
		t.Helper()
		started := time.Now()
		do()
		server, engine := s.resident()
		t.Logf("%s: %v, %.0f IDs/s; the server has %d MB, the engine %d MB, the data folder %d MB", what, time.Since(started).Round(time.Millisecond),
			float64(ids)/time.Since(started).Seconds(), server>>20, engine>>20, folder(t, s.dir)>>20)
	}
	took("by requests", n/2, func() {
		for from := 0; from < n/2; from += idlist.MaxIDs {
			ids := make([]string, min(idlist.MaxIDs, n/2-from))
			for i := range ids {
				ids[i] = largeID(from + i)
			}
			if got := s.ids("PATCH", "/segments/large/add_ids", ids...); got.Added != len(ids) {
				t.Fatalf("of %d IDs %d are added", len(ids), got.Added)
			}
		}
	})
	took("by a file", n/2, func() { s.uploadLarge("add", n/2, n, n) })
	took("replaced by a file", n, func() { s.uploadLarge("replace", 0, n, n) })
	took("one more", 1, func() { s.ids("PATCH", "/segments/large/add_ids", "one more") })
	list := sdkLists(t, s, testServerKey)["large"]
	if int(list.Size) != (n+1)*10 {
		t.Errorf("the file has %d bytes, want %d", list.Size, (n+1)*10)
	}
	var one struct{ Member bool }
	if s.console("GET", "/segments/large/id_list/"+largeID(n-1), nil, &one); !one.Member {
		t.Error("the last ID is not in")
	}
	s.stop()
	s = s.again()
	took("started again and read", n, func() {
		s.until("the list is served", 10*time.Minute, func() bool {
			var shown struct{ Count int }
			s.console("GET", "/segments/large", nil, &shown)
			return shown.Count == n+1
		})
	})
}

func largeID(i int) string { return fmt.Sprintf("user-%010d", i*7919%10_000_000_019) }

// uploadLarge streams a CSV file and wants so many IDs to be in then.
func (s *server) uploadLarge(mode string, from, to, count int) {
	s.t.Helper()
	body, file := io.Pipe()
	go func() {
		w := bufio.NewWriter(file)
		fmt.Fprintln(w, "user_id,plan")
		for i := from; i < to; i++ {
			fmt.Fprintf(w, "%s,pro\n", largeID(i))
		}
		file.CloseWithError(w.Flush())
	}()
	req := must(http.NewRequest("POST", s.URL+"/console/v1/segments/large/id_list/upload?column=user_id&mode="+mode, body))
	req.Header.Set("STATSIG-API-KEY", testConsoleKey)
	res := must(http.DefaultClient.Do(req))
	defer res.Body.Close()
	var answer struct{ Data struct{ Asked, Count int } }
	text := must(io.ReadAll(res.Body))
	unmarshal(s.t, string(text), &answer)
	if res.StatusCode != 200 || answer.Data.Asked != to-from || answer.Data.Count != count {
		s.t.Fatalf("uploading %d IDs with mode=%s: %d %s", to-from, mode, res.StatusCode, text)
	}
}

// resident is the memory of the server and of its engine.
func (s *server) resident() (server, engine int64) {
	server = bench.RSSOf(s.cmd.Process.Pid)
	children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.cmd.Process.Pid))
	if err != nil {
		return server, 0
	}
	for _, name := range children {
		text, _ := os.ReadFile(name)
		var child int
		if _, err := fmt.Sscan(string(text), &child); err == nil {
			engine += bench.RSSOf(child)
		}
	}
	return server, engine
}

// folder is the size of everything in a folder.
func folder(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // merged away meanwhile
		}
		if info, err := d.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
