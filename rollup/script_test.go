package rollup

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
)

var rewrite = flag.Bool("rewrite", false, "write what the engine answers into the scripts; read the difference before you believe it")

// TestScripts runs testdata/*.txt. A script is sections separated by empty lines, each begun by its verb:
//
//	zone NAME            the project's zone
//	metric {json}        a metric as in the Console API
//	experiment {json}    an experiment; start and end may be written as times under "start" and "end"
//	events [spool=N]     one load of events:    TIME USER NAME [VALUE] [key=value …]
//	exposures [spool=N]  one load of exposures: TIME UNIT EXPERIMENT RULE [key=value …]
//	rollup               one cycle
//	select …             a query, then "----" and the table it must give
//
// "-" is an empty field. Keys of events and exposures are columns: anonymous_id=a, environment=staging, message_id=m1,
// properties={"a":1} (without spaces), unit_ids=companyid:c1. Lines that begin with # are comments.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			runScript(t, file)
		})
	}
}

func runScript(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	var out []string
	var r *Runner
	for _, section := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		section = strings.Trim(section, "\n")
		lines := uncommented(section)
		if len(lines) == 0 {
			out = append(out, section)
			continue
		}
		verb, rest, _ := strings.Cut(lines[0], " ")
		switch verb {
		case "zone":
			if w.zone, err = time.LoadLocation(rest); err != nil {
				t.Fatal(err)
			}
		case "metric":
			w.metrics = append(w.metrics, readMetric(t, strings.Join(append([]string{rest}, lines[1:]...), "\n")))
		case "experiment":
			w.setExperiment(readExperiment(t, strings.Join(append([]string{rest}, lines[1:]...), "\n")))
		case "events", "exposures":
			w.loadLines(verb, rest, lines[1:])
		case "rollup":
			if r == nil {
				r = w.runner()
			}
			w.cycle(r)
		case "select":
			section = w.compare(file, section)
		default:
			t.Fatalf("%s: unknown verb %q", file, verb)
		}
		out = append(out, section)
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func uncommented(section string) []string {
	var lines []string
	for _, l := range strings.Split(section, "\n") {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	return lines
}

func readMetric(t *testing.T, text string) schema.Metric {
	t.Helper()
	m := schema.Metric{Version: 1}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

func readExperiment(t *testing.T, text string) schema.Experiment {
	t.Helper()
	x := struct {
		schema.Experiment
		Start, End string
	}{Experiment: schema.Experiment{Run: 1, Status: schema.Active, StartTime: 1}}
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if x.Start != "" {
		x.StartTime = millis(t, x.Start)
	}
	if x.End != "" {
		x.EndTime = millis(t, x.End)
	}
	if err := x.Validate(); err != nil {
		t.Fatal(err)
	}
	return x.Experiment
}

// setExperiment defines an experiment, or changes it.
func (w *world) setExperiment(x schema.Experiment) {
	for i := range w.experiments {
		if w.experiments[i].ID == x.ID {
			w.experiments[i] = x
			return
		}
	}
	w.experiments = append(w.experiments, x)
}

func (w *world) loadLines(table, options string, lines []string) {
	w.t.Helper()
	spool := uint64(7)
	if n, ok := strings.CutPrefix(options, "spool="); ok {
		var err error
		if spool, err = strconv.ParseUint(n, 10, 64); err != nil {
			w.t.Fatal(err)
		}
	}
	var rows []row
	for i, line := range lines {
		r := row{"message_id": fmt.Sprintf("%d-%d-%d", spool, w.seq[spool], i)}
		places := []string{"time", "user_id", "name", "value"}
		if table == "exposures" {
			places = []string{"time", "user_id", "name", "rule"}
		}
		for n, field := range strings.Fields(line) {
			key, value, named := strings.Cut(field, "=")
			switch {
			case !named && n < len(places):
				key, value = places[n], field
			case !named:
				w.t.Fatalf("%q: what is %q?", line, field)
			}
			r.set(w.t, key, value)
		}
		rows = append(rows, r)
	}
	w.load(spool, table, rows)
}

func (r row) set(t testing.TB, key, value string) {
	t.Helper()
	switch {
	case value == "-":
	case key == "time":
		r[key] = strings.Replace(value, "T", " ", 1)
	case key == "value" && r["rule"] == nil:
		f, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		r[key] = f
	case key == "unit_ids":
		kind, id, _ := strings.Cut(value, ":")
		r[key] = map[string]string{kind: id}
	default:
		r[key] = value
	}
}

// compare runs a select section and returns it with the answer it got.
func (w *world) compare(file, section string) string {
	w.t.Helper()
	question, want, _ := strings.Cut(section, "\n----")
	sql := strings.Join(uncommented(question), "\n")
	got := strings.Join(w.table(sql), "\n")
	want = strings.Trim(want, "\n")
	if got != want && !*rewrite {
		w.t.Errorf("%s: %s\nwant:\n%s\ngot:\n%s", file, question, want, got)
	}
	return strings.TrimRight(question+"\n----\n"+got, "\n")
}
