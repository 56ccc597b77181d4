package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// realSDK is one of Statsig's own SDKs in a process of its own.
type realSDK struct {
	t    *testing.T
	name string
	in   io.WriteCloser
	out  *bufio.Scanner
}

// startSDK starts the SDK go, node, core or js (in a browser), pointed at the server by configuration only. Of a server SDK the poll
// interval can be given, in milliseconds; the default is a second.
func startSDK(t *testing.T, name, url string, poll ...string) *realSDK {
	t.Helper()
	return startSDKIn(t, "", name, url, poll...)
}

// startSDKIn starts the SDK told that it runs in an environment.
func startSDKIn(t *testing.T, tier, name, url string, poll ...string) *realSDK {
	t.Helper()
	clients := filepath.Join(repository(t), "testdata", "clients")
	var cmd *exec.Cmd
	switch name {
	case "go":
		binary := filepath.Join(t.TempDir(), "gates")
		build := exec.Command("go", "build", "-o", binary, "./gates")
		build.Dir = filepath.Join(clients, "go")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build the Go SDK: %v\n%s", err, out)
		}
		cmd = exec.Command(binary, append([]string{url, testServerKey}, poll...)...)
	case "js":
		cmd = exec.Command("node", filepath.Join(clients, "statsig.mjs"), name, url, testClientKey)
	default:
		cmd = exec.Command("node", append([]string{filepath.Join(clients, "statsig.mjs"), name, url, testServerKey}, poll...)...)
	}
	cmd.Stderr, cmd.Env = os.Stderr, append(os.Environ(), "TIER="+tier)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s := &realSDK{t, name, in, bufio.NewScanner(out)}
	s.out.Buffer(nil, 16<<20)
	return s
}

// do gives the SDK an order and decodes its answer.
func (s *realSDK) do(order object, answer any) {
	s.t.Helper()
	text, err := json.Marshal(order)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "%s\n", text); err != nil {
		s.t.Fatalf("%s: %v", s.name, err)
	}
	if !s.out.Scan() {
		s.t.Fatalf("%s ended: %v", s.name, s.out.Err())
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal(s.out.Bytes(), answer); err != nil {
		s.t.Fatalf("%s said %.300s: %v", s.name, s.out.Bytes(), err)
	}
}

// passes asks whether a user passes a gate, without an exposure.
func (s *realSDK) passes(gate string, user object) bool {
	s.t.Helper()
	var answer struct{ Gates map[string]bool }
	s.do(object{"op": "quiet", "user": user, "gates": []string{gate}}, &answer)
	return answer.Gates[gate]
}

// members is a real SDK that asks a gate for those who are in a list.
type members struct{ *realSDK }

func startMembers(t *testing.T, s *server, url, list string, poll ...string) members {
	t.Helper()
	s.console("POST", "/gates", object{"name": "members", "rules": []object{one("members only", 100, object{"type": "passes_segment", "targetValue": []string{list}})}}, nil)
	return members{startSDK(t, "go", url, poll...)}
}

func (m members) has(user string) bool {
	m.t.Helper()
	return m.passes("members", object{"userID": user})
}

// polled is a proxy before a server that counts what SDKs ask of it.
type polled struct {
	URL          string
	specs, lists atomic.Int64
}

func startPolled(t *testing.T, s *server) *polled {
	t.Helper()
	p := new(polled)
	to := must(url.Parse(s.URL))
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "/download_config_specs"):
			p.specs.Add(1)
		case strings.Contains(r.URL.Path, "/get_id_lists"):
			p.lists.Add(1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	p.URL = front.URL
	return p
}

// mark is an instant, as polls see it.
type mark struct {
	*polled
	specs, lists int64
}

// now is to be called when a change has been answered.
func (p *polled) now() mark { return mark{p, p.specs.Load(), p.lists.Load()} }

// within wants something to be true once an SDK has made some polls for specs, and some for lists, since the mark. A poll that was on
// its way then may have been answered before, and the last one is only over when the next begins. The clock only ends a wait for an SDK that
// does not poll at all.
func (m mark) within(t *testing.T, specs, lists int64, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		forSpecs, forLists := m.polled.specs.Load()-m.specs, m.polled.lists.Load()-m.lists
		over := forSpecs > specs+1 && (lists == 0 || forLists > lists+1) || time.Now().After(deadline)
		if done() {
			t.Logf("%s: %d polls for specs and %d for lists have begun", what, forSpecs, forLists)
			return
		}
		if over {
			t.Fatalf("after %d polls for specs and %d for lists it is not true that %s", forSpecs-1, forLists-1, what)
		}
	}
}
