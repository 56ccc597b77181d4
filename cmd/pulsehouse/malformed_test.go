package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// malformed is one request of testdata/malformed; its README says what the fields mean.
type malformed struct {
	Why, Method, Path string
	Headers           map[string]string
	Body, Hex         string
	Gzip, Zstd        bool
	Cut               int
	Status            int
	Answer            []string
	Rejected          map[string]int
	id                string
}

// Everything that can be wrong with a request, through the HTTP port: each gets its answer and its fates, and the good events
// beside it and after it arrive.
func TestMalformed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, dir)
	var want []string
	rejected := map[string]int{}
	for file, cases := range readMalformed(t) {
		for i, m := range cases {
			m.id = fmt.Sprintf("%s-%d", file, i)
			if status, answer := s.sendMalformed(m); !fits(m, status, answer) {
				t.Errorf("%s %d, %s: %d %.200q, want %d with %q", file, i, m.Why, status, answer, m.Status, m.Answer)
			}
			if strings.Contains(m.Body+m.Path, "{{ID}}") {
				want = append(want, m.id)
			}
			for reason, n := range m.Rejected {
				rejected[reason] += n
			}
			neighbour := m.id + "-neighbour"
			if status, answer := s.post("/v1/track", testWriteKey, fmt.Sprintf(`{"event":"A","userId":"u","messageId":%q}`, neighbour)); status != http.StatusOK {
				t.Errorf("%s %d: the good event behind it is answered %d %s", file, i, status, answer)
			}
			want = append(want, neighbour)
		}
	}
	s.waitLoaded()
	l := s.ledger("step=day")
	for reason, n := range rejected {
		if l.Total.Reasons[reason] != n {
			t.Errorf("the ledger has %d items rejected as %s, want %d", l.Total.Reasons[reason], reason, n)
		}
	}
	if l.Total.Balanced == nil || !*l.Total.Balanced {
		t.Errorf("the ledger is not balanced: %+v", l.Total)
	}
	s.stop()
	stored := storedIDs(t, dir)
	for _, id := range want {
		if stored[id] != 1 {
			t.Errorf("the good event %s is stored %d times", id, stored[id])
		}
	}
}

func readMalformed(t *testing.T) map[string][]malformed {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository(t), "testdata", "malformed", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no malformed requests: %v", err)
	}
	all := make(map[string][]malformed, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []malformed
		if err := json.Unmarshal(text, &cases); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = cases
	}
	return all
}

func fits(m malformed, status int, answer string) bool {
	for _, part := range m.Answer {
		if !strings.Contains(answer, part) {
			return false
		}
	}
	return status == m.Status
}

var repeat = regexp.MustCompile(`\{\{(.)\*(\d+)\}\}`)

// fill replaces what stands in double braces.
func (m *malformed) fill(text string) string {
	basic := func(key string) string { return base64.StdEncoding.EncodeToString([]byte(key + ":")) }
	text = strings.NewReplacer("{{KEY}}", testWriteKey, "{{SERVER}}", testServerKey, "{{ID}}", m.id,
		"{{KEY_BASIC}}", basic(testWriteKey), "{{SERVER_BASIC}}", basic(testServerKey)).Replace(text)
	return repeat.ReplaceAllStringFunc(text, func(s string) string {
		parts := repeat.FindStringSubmatch(s)
		n, _ := strconv.Atoi(parts[2])
		return strings.Repeat(parts[1], n)
	})
}

func (m *malformed) bytes(t *testing.T) []byte {
	t.Helper()
	body := []byte(m.fill(m.Body))
	if m.Hex != "" {
		body = must(hex.DecodeString(m.Hex))
	}
	var packed bytes.Buffer
	var w io.WriteCloser
	switch {
	case m.Gzip:
		w = gzip.NewWriter(&packed)
	case m.Zstd:
		w = must(zstd.NewWriter(&packed))
	default:
		return body
	}
	must(w.Write(body))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()[:packed.Len()-m.Cut]
}

func (s *server) sendMalformed(m malformed) (int, string) {
	s.t.Helper()
	if m.Path == "" {
		m.Path = "/v1/batch"
	}
	if m.Method == "" {
		m.Method = http.MethodPost
	}
	req, err := http.NewRequest(m.Method, s.URL+m.fill(m.Path), bytes.NewReader(m.bytes(s.t)))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range m.Headers {
		req.Header.Set(name, m.fill(value))
	}
	switch {
	case m.Headers != nil:
	case strings.Contains(m.Path, "webhook") || strings.Contains(m.Path, "log_") || strings.Contains(m.Path, "rgstr"):
		req.Header.Set("Statsig-Api-Key", testServerKey)
	default:
		req.SetBasicAuth(testWriteKey, "")
	}
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatalf("%s: %v", m.Why, err)
	}
	defer res.Body.Close()
	return res.StatusCode, string(must(io.ReadAll(res.Body)))
}
