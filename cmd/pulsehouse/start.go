package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Files in the data folder, beside the folders spool and engine.
const (
	lockFile           = "pulsehouse.lock"
	keySnapshotFile    = "keys.json"
	filterSnapshotFile = "filters.json"
	consoleKeyFile     = "console.key"
	writeKeyFile       = "write.key"
	serverKeyFile      = "server.key"
	sessionFile        = "session.secret"
	secretsKeyFile     = "secrets.key"
)

// lock makes sure that one process uses the data folder.
func lock(dir string) (unlock func() error, err error) {
	l := flock.New(filepath.Join(dir, lockFile))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data folder %q: %w", dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("the data folder %q is in use by another PulseHouse: stop it, or give this one another --data", dir)
	}
	return l.Unlock, nil
}

// sessionSecret is what seals the console's sessions: kept in the data folder, so that a restart signs nobody out.
func sessionSecret(dir string) ([]byte, error) {
	path := filepath.Join(dir, sessionFile)
	secret, err := os.ReadFile(path)
	if err == nil && len(secret) == 32 {
		return secret, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read session secret: %w", err)
	}
	secret = make([]byte, 32)
	rand.Read(secret)
	if err := os.WriteFile(path, secret, 0o600); err != nil {
		return nil, fmt.Errorf("write session secret: %w", err)
	}
	return secret, nil
}

// prepare brings the tables up to date and makes keys and settings if there are none. While the engine is away it waits, for as
// long as it takes: requests are spooled meanwhile, once keys are known.
func prepare(ctx context.Context, o serveOptions, db *store.DB, k *known, p *project, log *slog.Logger) error {
	for tries := 0; ; tries++ {
		err := prepareOnce(ctx, o, db, k, p, log)
		if err == nil || !errors.Is(err, store.ErrAway) {
			return err
		}
		if tries%100 == 99 {
			log.Warn("waiting for the engine", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// prepareOnce may be repeated after it was cut short anywhere.
func prepareOnce(ctx context.Context, o serveOptions, db *store.DB, k *known, p *project, log *slog.Logger) error {
	if err := db.Ping(ctx); err != nil {
		return err
	}
	if err := db.Migrate(ctx, schema.SQL); err != nil {
		return err
	}
	if err := p.load(ctx); err != nil {
		return err
	}
	if err := k.reloadSettings(ctx); err != nil {
		return err
	}
	given := givenKeys()
	made, err := k.keys.FirstStart(ctx, given)
	if err != nil {
		return err
	}
	for _, kind := range schema.KeyKinds {
		if key, known, _ := k.keys.Find(given[kind]); given[kind] != "" && (!known || key.Kind != kind) {
			log.Warn("a key of the environment is not used: keys are taken from there at the first start only; make another one with POST /console/v1/keys", "variable", keyVariable(kind))
		}
	}
	if len(made) == 0 {
		return nil
	}
	return leaveKeys(o.Data, made, given)
}

// leaveKeys prints the keys, this once, and leaves those that local tools need in files that only this user can read.
func leaveKeys(dir string, made, given map[schema.KeyKind]string) error {
	fmt.Println("These keys are shown once. Keep the server and the console key secret.")
	for _, kind := range schema.KeyKinds {
		if made[kind] == "" {
			continue
		}
		if given[kind] != "" {
			fmt.Printf("  %-12s from %s\n", kind+" key", keyVariable(kind))
			continue
		}
		fmt.Printf("  %-12s %s\n", kind+" key", made[kind])
	}
	var errs []error
	for kind, file := range map[schema.KeyKind]string{
		schema.ConsoleKey: consoleKeyFile, schema.WriteKey: writeKeyFile, schema.ServerKey: serverKeyFile,
	} {
		if made[kind] != "" {
			errs = append(errs, os.WriteFile(filepath.Join(dir, file), []byte(made[kind]+"\n"), 0o600))
		}
	}
	return errors.Join(errs...)
}

// hostName is where this server is, for people.
func hostName(l net.Listener) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return host
	}
	return net.JoinHostPort(host, port)
}

// announce says where things are and how to send the first event.
func announce(log *slog.Logger, o serveOptions, l net.Listener) {
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		port = "8080"
	}
	url := "http://localhost:" + port
	log.Info("PulseHouse is ready", "version", version, "url", url, "admin", "http://"+o.Admin, "data", o.Data)
	fmt.Printf(`
PulseHouse %s serves on %s
  console         %s/ (sign in with the key in %s)
  send an event   curl -u "$(cat %s):" %s/v1/track -d '{"userId":"u1","event":"Hello"}'
  see it          curl -H "STATSIG-API-KEY: $(cat %s)" %s/console/v1/events
  try the demo    pulsehouse demo --url %s --data %s
  health          %s/readyz      metrics http://%s/metrics
`, version, url, url, filepath.Join(o.Data, consoleKeyFile), filepath.Join(o.Data, writeKeyFile), url, filepath.Join(o.Data, consoleKeyFile), url, url, o.Data, url, o.Admin)
}
