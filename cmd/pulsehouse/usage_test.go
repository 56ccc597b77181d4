package main

import (
	"bytes"
	"strings"
	"testing"
)

// What cannot be understood ends with exit code 2, and says what was likely meant or how it is used.
func TestUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"srve", `did you mean "serve"?`},
		{"rollup stats", `did you mean "status"?`},
		{"gates evaluate", "there are eval"},
		{"config prnt", `did you mean "print"?`},
		{"completion bsh", "there are bash, fish"},
		{"pulse", "pulsehouse pulse EXPERIMENT"},
		{"unit userID", "pulsehouse unit TYPE ID"},
		{"pulse x --confidnce 90", "did you mean --confidence?"},
		{"pulse x --format xml", "table, json, csv"},
		{"verify --format xml", "table, json"},
		{"pulse x --url localhost:8080", "http://localhost:8080"},
		{"pulse x --with cuped", "NAME=VALUE"},
		{"demo --units -3", "--units -3"},
		{"demo --days 0", "--days 0"},
		{"serve --listen banana", `--listen "banana"`},
		{"serve --spool-bytes much", "8GiB"},
		{"serve --timezone Atlantis", `"Atlantis"`},
		{"serve --engine /nowhere/libchdb.so", "/nowhere/libchdb.so"},
		{"serve --trusted-proxies nobody", "nobody"},
		{"config print --listen banana", `--listen "banana"`},
		{"gates eval", "--specs"},
	} {
		cmd := root()
		cmd.SetArgs(strings.Fields(c.args))
		cmd.SetOut(new(bytes.Buffer))
		err := cmd.Execute()
		if err == nil || exitCode(err, false) != exitUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("pulsehouse %s: %v; want exit code %d and %q", c.args, err, exitUsage, c.want)
		}
	}
}

// Variables that are nearly ours are refused, those of others that begin like ours are let be.
func TestMisspeltEnvironment(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"PULSEHOUSE_LISTN=:1":                    "PULSEHOUSE_LISTEN",
		"PULSEHOUSE_CONSOL_KEY=a":                "PULSEHOUSE_CONSOLE_KEY",
		"PULSEHOUSE_LISTEN=:1":                   "",
		"PULSEHOUSE_WRITE_KEY=a":                 "",
		"PULSEHOUSE_SERVICE_HOST=10.0.0.1":       "", // what Kubernetes leaves for a service of our name
		"PULSEHOUSE_PORT=tcp://10.0.0.1:8080":    "",
		"PULSEHOUSE_PORT_8080_TCP_ADDR=10.0.0.1": "",
		"PULSEHOUSE_ORACLE=all":                  "", // our tests' own
		"PULSEHOUSES=1":                          "",
	} {
		err := misspeltEnvironment(root(), []string{variable})
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), "did you mean "+want+"?") {
			t.Errorf("%s: %v, want a refusal that names %q", variable, err, want)
		}
	}
}

func TestSizeFlag(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{"0": 0, "1024": 1024, "8GiB": 8 << 30, "500MB": 500_000_000} {
		var got uint64
		if err := (size{&got}).Set(text); err != nil || got != want {
			t.Errorf("%s is %d (%v), want %d", text, got, err, want)
		}
	}
}
