package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// migration is one numbered file.
type migration struct{ name, checksum, text string }

// migrations reads the .sql files of all folders, in the order of their names.
func migrations(files fs.FS) (all []migration, err error) {
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".sql" {
			return err
		}
		text, err := fs.ReadFile(files, name)
		sum := sha256.Sum256(text)
		all = append(all, migration{path.Base(name), hex.EncodeToString(sum[:8]), string(text)})
		return err
	})
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all, err
}

// Migrate makes the database if needed and applies every file that has not been applied. Each statement can be run again, so
// a migration that was interrupted is simply repeated. A file that was edited after it was applied is refused.
func (d *DB) Migrate(ctx context.Context, files fs.FS) error {
	all, err := migrations(files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	elsewhere := WithSettings(map[string]any{"database": "default"})
	if err := d.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+identifier(d.o.Database), nil, elsewhere); err != nil {
		return fmt.Errorf("make database %q: %w", d.o.Database, err)
	}
	if err := d.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migrations
		(name String, checksum String, applied_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY name`, nil); err != nil {
		return fmt.Errorf("make table schema_migrations: %w", err)
	}
	applied, err := d.applied(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := d.apply(ctx, m, applied[m.name]); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) apply(ctx context.Context, m migration, checksum string) error {
	if checksum == m.checksum {
		return nil
	}
	if checksum != "" {
		return fmt.Errorf("migration %s was applied as %s but now reads %s: add a new numbered file instead of editing an applied one", m.name, checksum, m.checksum)
	}
	for _, statement := range statements(m.text) {
		if err := d.Exec(ctx, statement, nil); err != nil {
			return fmt.Errorf("apply migration %s: %w", m.name, err)
		}
	}
	err := d.Exec(ctx, "INSERT INTO schema_migrations (name, checksum) SELECT {name:String}, {checksum:String}",
		Params{"name": m.name, "checksum": m.checksum})
	if err != nil {
		return fmt.Errorf("record migration %s: %w", m.name, err)
	}
	return nil
}

func (d *DB) applied(ctx context.Context) (map[string]string, error) {
	var rows []struct {
		Name     string `ch:"name"`
		Checksum string `ch:"checksum"`
	}
	if err := d.Select(ctx, &rows, "SELECT name, any(checksum) AS checksum FROM schema_migrations GROUP BY name", nil); err != nil {
		return nil, fmt.Errorf("read schema_migrations: %w", err)
	}
	applied := make(map[string]string, len(rows))
	for _, r := range rows {
		applied[r.Name] = r.Checksum
	}
	return applied, nil
}

// SchemaCurrent returns an error that names the first file that has not been applied.
func (d *DB) SchemaCurrent(ctx context.Context, files fs.FS) error {
	all, err := migrations(files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	applied, err := d.applied(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if applied[m.name] != m.checksum {
			return fmt.Errorf("migration %s has not been applied", m.name)
		}
	}
	return nil
}

// statements splits a file at semicolons that are outside of quotes and comments.
func statements(text string) (all []string) {
	start, hasCode := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "--"):
			i += endOf(text[i:], "\n") - 1
		case strings.HasPrefix(text[i:], "/*"):
			i += endOf(text[i:], "*/") - 1
		case c == '\'' || c == '"' || c == '`':
			i, hasCode = closing(text, i), true
		case c == ';':
			if hasCode {
				all = append(all, strings.TrimSpace(text[start:i]))
			}
			start, hasCode = i+1, false
		case c != ' ' && c != '\n' && c != '\t' && c != '\r':
			hasCode = true
		}
	}
	if hasCode {
		all = append(all, strings.TrimSpace(text[start:]))
	}
	return all
}

// endOf is the length of text up to and including the mark, or all of it.
func endOf(text, mark string) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i + len(mark)
	}
	return len(text)
}

// closing is the index of the quote that closes the one at i.
func closing(text string, i int) int {
	for quote, j := text[i], i+1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			j++
		case quote:
			return j
		}
	}
	return len(text) - 1
}
