package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pulsehouse/pulsehouse/"

// arrows says, room by room, which other rooms may be imported. A package belongs to the longest name that matches.
var arrows = map[string][]string{
	"schema":         {},
	"schema/store":   {"schema"},
	"schema/catalog": {"schema", "schema/store"},
	"schema/idlist":  {"schema", "schema/store"},
	"ingest":         {"schema", "schema/store", "schema/catalog", "schema/idlist", "ingest"},
	"rollup":         {"schema", "schema/store", "schema/catalog", "rollup"},
	"pulse":          {"schema", "pulse"},
	"query":          {"schema", "schema/store", "schema/catalog", "schema/idlist", "pulse", "query"},
	"bench":          {"schema", "schema/store", "schema/catalog", "schema/idlist", "ingest", "rollup", "pulse", "query", "bench"},
	"cmd":            {"schema", "schema/store", "schema/catalog", "schema/idlist", "ingest", "rollup", "pulse", "query", "bench", "cmd"},
}

// keepers says which rooms may import a library; bench may import what it measures.
var keepers = map[string][]string{
	"github.com/ClickHouse/clickhouse-go": {"schema/store", "bench"},
	"github.com/ebitengine/purego":        {"schema/store"},
	"github.com/goccy/go-json":            {"ingest", "bench"},
	"github.com/valyala/fasthttp":         {"ingest", "query", "cmd", "bench"},
	"github.com/apache/arrow/go":          {"schema", "schema/idlist", "ingest", "bench"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestArrows(t *testing.T) {
	packages := list(t)
	if len(packages) < len(arrows) {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	for _, p := range packages {
		from := room(strings.TrimPrefix(p.ImportPath, module))
		if from == "" {
			t.Errorf("%s is in no room of DESIGN.md", p.ImportPath)
		}
		for _, imported := range p.Imports {
			checkImport(t, p.ImportPath, from, imported)
		}
	}
}

func checkImport(t *testing.T, path, from, imported string) {
	if own, ok := strings.CutPrefix(imported, module); ok {
		to := room(own)
		if to != from && !slices.Contains(arrows[from], to) {
			t.Errorf("%s imports %s: the arrow %s -> %s is not allowed", path, imported, from, to)
		}
		return
	}
	for library, rooms := range keepers {
		if strings.HasPrefix(imported, library) && !slices.Contains(rooms, from) {
			t.Errorf("%s imports %s, which belongs to %v", path, imported, rooms)
		}
	}
}

// room is the longest room whose folder holds the package.
func room(path string) (longest string) {
	for name := range arrows {
		if (path == name || strings.HasPrefix(path, name+"/")) && len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}

func list(t *testing.T) (packages []goPackage) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
