package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// again starts the server once more where it was, so that clients find it.
func (s *server) again() *server {
	s.t.Helper()
	address := strings.TrimPrefix(s.URL, "http://")
	fresh := launch(s.t, s.dir, "--listen", address)
	fresh.URL = s.URL
	fresh.waitReady()
	return fresh
}

func (s *server) ids(method, path string, ids ...string) (answer struct{ Asked, Added, Removed, Count int }) {
	s.t.Helper()
	s.console(method, path, map[string]any{"ids": append([]string{}, ids...)}, &answer)
	return answer
}

// TestIDListsInRealSDK: a running SDK follows a list through additions, a removal, a CSV file and a reset, each within one poll, through a
// restart and a kill -9.
func TestIDListsInRealSDK(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	s.console("POST", "/segments", map[string]any{"name": "vips", "type": "id_list"}, nil)
	s.ids("PATCH", "/segments/vips/add_ids", "u1", "u2")
	polls := startPolled(t, s)
	sdk := startMembers(t, s, polls.URL, "vips")
	sees := func(what string, check func() bool) {
		t.Helper()
		polls.now().within(t, 1, 1, "the SDK sees "+what, check)
	}
	sees("who was in before it started", func() bool { return sdk.has("u1") && sdk.has("u2") && !sdk.has("u3") })
	if got := s.ids("PATCH", "/segments/vips/id_list", "u3", "u3", "u1"); got.Asked != 3 || got.Added != 1 || got.Count != 3 {
		t.Errorf("adding u3: %+v", got)
	}
	s.ids("PATCH", "/segments/vips/remove_ids", "u1", "never was in")
	sees("an addition and a removal", func() bool { return !sdk.has("u1") && sdk.has("u2") && sdk.has("u3") })

	var csv bytes.Buffer
	csv.WriteString("\xef\xbb\xbfname,userID\n")
	for i := range 5000 {
		fmt.Fprintf(&csv, "\"Somebody, %d\",csv-%d\n", i, i)
	}
	if status, _, text := s.request("POST", "/console/v1/segments/vips/id_list/upload?column=userid", csv.String(), "STATSIG-API-KEY", testConsoleKey, "Content-Type", "text/csv"); status != 200 {
		t.Fatalf("upload: %d %s", status, text)
	}
	sees("a CSV file", func() bool { return sdk.has("csv-0") && sdk.has("csv-4999") && sdk.has("u2") })

	s.ids("POST", "/segments/vips/id_list/reset", "u4")
	sees("a reset", func() bool { return sdk.has("u4") && !sdk.has("u2") && !sdk.has("csv-0") })
	s.stop()
	if !sdk.has("u4") {
		t.Error("the SDK forgot the list while the server was away")
	}
	s = s.again()
	s.ids("PATCH", "/segments/vips/add_ids", "u5")
	sees("an addition after a restart", func() bool { return sdk.has("u4") && sdk.has("u5") })

	acked := addUntilKilled(t, s)
	s = s.again()
	s.until("the SDK sees all that was acknowledged before kill -9", 60*time.Second, func() bool {
		for _, id := range acked {
			if !sdk.has(id) {
				return false
			}
		}
		return sdk.has("u4") && sdk.has("u5")
	})
	t.Logf("%d acknowledged", len(acked))
}

// addUntilKilled adds IDs from several clients at once and kills the server under way; it returns those that were acknowledged.
func addUntilKilled(t *testing.T, s *server) (acked []string) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for client := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("client%d-%d", client, n)
				status, _, _, err := s.try("PATCH", "/console/v1/segments/vips/add_ids", fmt.Sprintf(`{"ids":[%q]}`, id), "STATSIG-API-KEY", testConsoleKey)
				if err != nil || status != 200 {
					return
				}
				mu.Lock()
				acked = append(acked, id)
				mu.Unlock()
			}
		})
	}
	s.until("some additions are acknowledged", 60*time.Second, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(acked) >= 10
	})
	s.kill()
	wg.Wait()
	return acked
}

// TestIDListAPI: what the Console API and the SDK paths say, and how they refuse.
func TestIDListAPI(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	refused := func(method, path, body string, status int, words string) {
		t.Helper()
		got, _, text := s.request(method, "/console/v1"+path, body, "STATSIG-API-KEY", testConsoleKey)
		if got != status || !strings.Contains(text, words) {
			t.Errorf("%s %s: %d %s, want %d with %q", method, path, got, text, status, words)
		}
	}
	s.console("POST", "/segments", map[string]any{"id": "list", "type": "id_list", "idType": "companyID"}, nil)
	s.console("POST", "/segments", map[string]any{"id": "rules", "type": "rule_based"}, nil)
	refused("POST", "/segments", `{"id":"list"}`, 409, "exists")
	refused("POST", "/segments", `{"id":"a b"}`, 400, `"attr":"id"`)
	refused("POST", "/segments", `{"id":"abc","type":"heap"}`, 400, `"attr":"type"`)
	refused("PATCH", "/segments/none/add_ids", `{"ids":["a"]}`, 404, "does not exist")
	refused("PATCH", "/segments/rules/add_ids", `{"ids":["a"]}`, 400, "made of rules")
	refused("PATCH", "/segments/list/add_ids", `{}`, 400, "is missing")
	refused("PATCH", "/segments/list/add_ids", `{"ids":["a",""]}`, 400, "ids[1]")
	refused("PATCH", "/segments/list/add_ids", `{"ids":["a",{}]}`, 400, "ids[1]")
	refused("PATCH", "/segments/list/add_ids", `{"ids":[`+strings.Repeat("1,", 100_000)+`1]}`, 400, "100001 IDs")
	refused("POST", "/segments/list/id_list/upload?column=x", "a,b\n1,2\n", 400, "a, b")
	refused("POST", "/segments/list/id_list/upload?mode=x", "a\n", 400, "mode")
	refused("POST", "/segments/list/id_list/upload", "a\n\"b"+strings.Repeat("c\n", 540_000), 400, "from line 2 on: it is longer than a megabyte")

	if got := s.ids("PATCH", "/segments/list/add_ids", "b", "a", "c"); got.Added != 3 {
		t.Errorf("%+v", got)
	}
	var page struct {
		Name  string
		Count int
		IDs   []string
	}
	s.console("GET", "/segments/list/id_list?limit=2", nil, &page)
	if page.Name != "list" || page.Count != 3 || len(page.IDs) != 2 {
		t.Errorf("members: %+v", page)
	}
	var one struct {
		Member bool
		Since  int64
	}
	s.console("GET", "/segments/list/id_list/a", nil, &one)
	if !one.Member || time.Since(time.UnixMilli(one.Since)) > time.Hour {
		t.Errorf("a: %+v", one)
	}
	s.ids("DELETE", "/segments/list/id_list", "a")
	var shown struct{ Count int }
	s.console("GET", "/segments/list", nil, &shown)
	if shown.Count != 2 {
		t.Errorf("count is %d", shown.Count)
	}
	checkListFile(t, s)
	s.console("DELETE", "/segments/list", nil, nil)
	if lists := sdkLists(t, s, testServerKey); len(lists) != 0 {
		t.Errorf("a deleted list is still told of: %v", lists)
	}
}

// sdkLists asks for ID lists as an SDK does.
func sdkLists(t *testing.T, s *server, key string) (lists map[string]struct {
	URL, FileID        string
	Size, CreationTime int64
},
) {
	t.Helper()
	status, _, text := s.request("POST", "/v1/get_id_lists", "", "STATSIG-API-KEY", key)
	if status != 200 {
		t.Fatalf("get_id_lists: %d %s", status, text)
	}
	unmarshal(t, text, &lists)
	return lists
}

// checkListFile reads the file of "list" (3 lines in, 1 out) whole and in ranges.
func checkListFile(t *testing.T, s *server) {
	t.Helper()
	file := sdkLists(t, s, testServerKey)["list"]
	if file.Size != 40 {
		t.Fatalf("%+v: want 4 lines of 10 bytes", file)
	}
	path := strings.TrimPrefix(file.URL, s.URL)
	_, _, whole := s.request("GET", path, "")
	get := func(bytes string, status int, want, contentRange string) {
		t.Helper()
		got, headers, text := s.request("GET", path, "", "Range", bytes, "Accept-Encoding", "gzip")
		if got != status || text != want || headers.Get("Content-Range") != contentRange || headers.Get("Content-Encoding") != "" {
			t.Errorf("range %q: %d %q %v", bytes, got, text, headers)
		}
		if status != 416 && headers.Get("Content-Length") != fmt.Sprint(len(want)) {
			t.Errorf("range %q: Content-Length %q for %d bytes", bytes, headers.Get("Content-Length"), len(want))
		}
	}
	if len(whole) != 40 || !strings.HasSuffix(whole, "-ypeBEsob\n") { // base64(sha256("a")) = ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=
		t.Fatalf("file is %q", whole)
	}
	get("bytes=0-", 206, whole, "bytes 0-39/40")
	get("bytes=30-", 206, whole[30:], "bytes 30-39/40")
	get("bytes=10-19", 206, whole[10:20], "bytes 10-19/40")
	get("bytes=40-", 416, "", "bytes */40")
	for _, key := range []string{"", testWriteKey, testConsoleKey} {
		if status, _, text := s.request("POST", "/v1/get_id_lists", "", "STATSIG-API-KEY", key); status != 401 && status != 403 {
			t.Errorf("key %q may read ID lists: %d %s", key, status, text)
		}
	}
	if status, _, _ := s.request("GET", "/v1/id_list_files/0123456789abcdef", ""); status != 404 {
		t.Errorf("an unknown file: %d", status)
	}
}

func unmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
