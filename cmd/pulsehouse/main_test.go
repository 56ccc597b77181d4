package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store/storetest"
)

// The test binary doubles as pulsehouse itself: started with one of the product's subcommands it is the product, so that
// tests can run, kill and restart a whole server as a process of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		os.Exit(0)
	}
	storetest.Main(m)
}

const (
	testWriteKey   = "test-write-key"
	testServerKey  = "secret-test"
	testConsoleKey = "console-test"
	testClientKey  = "client-test"
)

// server is a PulseHouse in a process of its own.
type server struct {
	t          *testing.T
	dir        string
	URL, admin string
	cmd        *exec.Cmd
	log        *bytes.Buffer
	exited     chan error
}

// startServer starts one on a data folder and waits until it is ready.
func startServer(t *testing.T, dir string, extra ...string) *server {
	t.Helper()
	s := launch(t, dir, extra...)
	s.waitReady()
	return s
}

// launch starts one without waiting.
func launch(t *testing.T, dir string, extra ...string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, log: new(bytes.Buffer), exited: make(chan error, 1)}
	listen, admin := freeAddress(t), freeAddress(t)
	s.URL, s.admin = "http://"+listen, "http://"+admin
	s.cmd = exec.Command(os.Args[0], append([]string{"serve", "--data", dir, "--listen", listen, "--admin", admin}, extra...)...)
	s.cmd.Env = append(os.Environ(), "PULSEHOUSE_WRITE_KEY="+testWriteKey, "PULSEHOUSE_SERVER_KEY="+testServerKey,
		"PULSEHOUSE_CONSOLE_KEY="+testConsoleKey, "PULSEHOUSE_CLIENT_KEY="+testClientKey)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.exited <- s.cmd.Wait() }()
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.kill()
		}
		if t.Failed() {
			t.Logf("server log:\n%s", tail(s.log.String(), 60))
		}
	})
	return s
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(len(all)-lines, 0):], "\n")
}

// port is the last one given to a server. They lie below those that the system gives to connections and to whoever does not care, so that a
// port stays free until its server listens, and while it is away.
var port atomic.Int32

func init() { port.Store(int32(os.Getpid() % 10_000)) } // another run of these tests may go on beside

func freeAddress(t *testing.T) string {
	t.Helper()
	for range 10_000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+port.Add(1)%12_000)
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			return address
		}
	}
	t.Fatal("no port between 20000 and 32000 is free")
	return ""
}

func (s *server) waitReady() {
	s.t.Helper()
	s.until("the server is ready", 60*time.Second, func() bool {
		select {
		case err := <-s.exited:
			s.exited <- err
			s.t.Fatalf("the server ended: %v\n%s", err, tail(s.log.String(), 40))
		default:
		}
		res, err := http.Get(s.URL + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// until polls: what is waited for happens in another process, so there is nothing to wait on but its answers.
func (s *server) until(what string, limit time.Duration, done func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("after %v it is not true that %s\n%s", limit, what, tail(s.log.String(), 40))
		}
	}
}

// kill is kill -9.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	s.exited <- <-s.exited
}

// stop asks politely and wants a clean end.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.exited:
		s.exited <- err
		if err != nil {
			s.t.Fatalf("the server did not end cleanly: %v\n%s", err, tail(s.log.String(), 40))
		}
	case <-time.After(60 * time.Second):
		s.t.Fatal("the server did not end within a minute of SIGTERM")
	}
}

// try sends a request with headers, given as name and value in turn, and returns status, headers and text of the answer.
func (s *server) try(method, path, body string, headers ...string) (int, http.Header, string, error) {
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(text), err
}

// request is try against a server that is there.
func (s *server) request(method, path, body string, headers ...string) (int, http.Header, string) {
	s.t.Helper()
	status, h, text, err := s.try(method, path, body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, h, text
}

// post sends JSON with a write key and returns status and answer.
func (s *server) post(path, key, body string) (int, string) {
	s.t.Helper()
	var headers []string
	if key != "" {
		headers = []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))}
	}
	status, _, text := s.request("POST", path, body, headers...)
	return status, text
}

// console asks the Console API and decodes the answer's data.
func (s *server) console(method, path string, body, data any) {
	s.t.Helper()
	var payload []byte
	if body != nil {
		payload = must(json.Marshal(body))
	}
	status, _, text := s.request(method, "/console/v1"+path, string(payload), "STATSIG-API-KEY", testConsoleKey)
	if status >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if data == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), &struct{ Data any }{data}); err != nil {
		s.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

// gauge reads one value of /metrics, 0 when it is not there.
func (s *server) gauge(name string) (value float64) {
	s.t.Helper()
	res, err := http.Get(s.admin + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			fmt.Sscan(rest, &value)
		}
	}
	return value
}

// waitLoaded waits until everything in the spool is in its tables.
func (s *server) waitLoaded() {
	s.t.Helper()
	s.until("the spool is loaded", 60*time.Second, func() bool { return s.gauge("pulsehouse_spool_waiting_records") == 0 })
}

// run runs one of the product's other commands against the server.
func (s *server) run(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...)
	if err != nil {
		s.t.Fatalf("pulsehouse %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// command is run for a command that may be refused.
func (s *server) command(args ...string) (string, error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PULSEHOUSE_URL="+s.URL, "PULSEHOUSE_CONSOLE_KEY="+testConsoleKey,
		"PULSEHOUSE_WRITE_KEY="+testWriteKey, "PULSEHOUSE_SERVER_KEY="+testServerKey)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return out.String(), nil
}

// repository is the module's root.
func repository(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
