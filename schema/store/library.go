package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// platforms names the npm package that carries the library, by GOOS/GOARCH.
var platforms = map[string]string{
	"linux/amd64":  "lib-linux-x64-gnu",
	"linux/arm64":  "lib-linux-arm64-gnu",
	"darwin/arm64": "lib-darwin-arm64",
	"darwin/amd64": "lib-darwin-x64",
}

// FindLibrary finds libchdb.so: named by PULSEHOUSE_ENGINE, beside the executable, or where `make engine` puts it in the
// repository of the executable or of the working directory.
func FindLibrary() (string, error) {
	if path := os.Getenv("PULSEHOUSE_ENGINE"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("find engine: PULSEHOUSE_ENGINE is %q: %w", path, err)
		}
		return path, nil
	}
	name, ok := platforms[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return "", fmt.Errorf("find engine: there is no embedded ClickHouse for %s/%s; use --clickhouse with a server", runtime.GOOS, runtime.GOARCH)
	}
	places := libraryPlaces(name)
	for _, path := range places {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("find engine: the embedded ClickHouse is not installed; run `make engine`, or use --clickhouse with a server. Looked at:\n  " +
		strings.Join(places, "\n  "))
}

func libraryPlaces(name string) (places []string) {
	inRepository := filepath.Join("schema", "store", "engine", "node_modules", "@chdb", name, "libchdb.so")
	if exe, err := os.Executable(); err == nil {
		dir := filepath.Dir(exe)
		places = append(places, filepath.Join(dir, "libchdb.so"), filepath.Join(dir, "..", inRepository))
	}
	if root, ok := moduleRoot(); ok {
		places = append(places, filepath.Join(root, inRepository))
	}
	return places
}

// moduleRoot is the nearest folder above the working directory that holds a go.mod: tests run inside the repository.
func moduleRoot() (string, bool) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, true
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		break
	}
	return "", false
}
