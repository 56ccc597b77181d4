package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestConfigPrint(t *testing.T) {
	t.Setenv("PULSEHOUSE_TIMEZONE", "Europe/Berlin")
	t.Setenv("PULSEHOUSE_LISTEN", ":1")
	t.Setenv("PULSEHOUSE_CLICKHOUSE", "http://me:pass:w@rd@host:8123/db")
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs([]string{"config", "print", "--listen", ":9"})
	cmd.SetOut(&out)
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	f := func(setting, value, from string) {
		t.Helper()
		for line := range strings.Lines(out.String()) {
			if fields := strings.Fields(line); fields[0] == setting {
				if got := strings.Join(fields[1:], " "); got != value+" "+from {
					t.Errorf("%s is shown as %q, want %q from %q", setting, got, value, from)
				}
				return
			}
		}
		t.Errorf("%s is not shown", setting)
	}
	f("--listen", ":9", "command line")
	f("--timezone", "Europe/Berlin", "PULSEHOUSE_TIMEZONE")
	f("--data", "./data", "default")
	f("--clickhouse", "http://me:…@host:8123/db", "PULSEHOUSE_CLICKHOUSE")
}
