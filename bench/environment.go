package bench

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Environment is where a report was made: numbers of different environments do not compare, ratios may.
type Environment struct {
	CPU         string    `json:"cpu"`
	Cores       int       `json:"cores"`
	MemoryBytes int64     `json:"memoryBytes"`
	OS          string    `json:"os"`
	Go          string    `json:"go"`
	ClickHouse  string    `json:"clickHouse,omitempty"`
	Commit      string    `json:"commit,omitempty"`
	Scale       Scale     `json:"scale"`
	Seed        uint64    `json:"seed"`
	Rounds      int       `json:"rounds"`
	Load        string    `json:"loadAverage,omitempty"`
	Made        time.Time `json:"made"`
}

func environment(o Options) Environment {
	return Environment{
		CPU: processor(), Cores: runtime.NumCPU(), MemoryBytes: memory(), OS: kernel(), Go: runtime.Version(), Commit: commit(),
		Scale: o.Scale, Seed: o.Seed, Rounds: o.Rounds, Load: firstFields("/proc/loadavg", 3), Made: o.Now().UTC().Truncate(time.Second),
	}
}

// sameMachine says that times, not only ratios, may be compared.
func (e Environment) sameMachine(o Environment) bool {
	return e.CPU == o.CPU && e.Cores == o.Cores && e.Scale == o.Scale
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func memory() int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "MemTotal:" {
			return atoi(f[1]) << 10
		}
	}
	return 0
}

func atoi(s string) (n int64) {
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int64(c-'0')
	}
	return n
}

func kernel() string {
	if release := firstFields("/proc/sys/kernel/osrelease", 1); release != "" {
		return runtime.GOOS + " " + release
	}
	return runtime.GOOS
}

func firstFields(file string, n int) string {
	text, err := os.ReadFile(file)
	f := strings.Fields(string(text))
	if err != nil || len(f) < n {
		return ""
	}
	return strings.Join(f[:n], " ")
}

// commit is what the binary was built from, else what the working folder has checked out.
func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value[:min(len(s.Value), 12)]
			}
		}
	}
	out, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// engineVersion asks the suite's engine, if it started one.
func (e *Env) engineVersion(ctx context.Context) string {
	if e.engine == nil {
		return ""
	}
	db, err := store.Open(store.Options{Engine: e.engine, Database: "default"})
	if err != nil {
		return ""
	}
	defer db.Close()
	v, err := db.Version(ctx)
	if err != nil {
		return ""
	}
	return v
}
