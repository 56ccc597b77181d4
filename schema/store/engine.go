package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// EngineOptions configure the embedded engine; the zero value of each field but Dir means its default.
type EngineOptions struct {
	Dir         string   // its folder: configuration, log, and the tables under data/
	Library     string   // libchdb.so: [FindLibrary]
	Command     []string // what runs [ChildMain]: this executable's "engine"
	MemoryBytes uint64   // most memory it may take: half of the machine's
	Log         *slog.Logger
}

// Engine is ClickHouse as a child process, started again whenever it dies.
type Engine struct {
	o    EngineOptions
	lock *flock.Flock

	mu    sync.Mutex
	dsn   string        // "" while it is away
	ready chan struct{} // closed while it is up
}

// NewEngine locks the engine's folder. It starts nothing; [Engine.Run] does, and frees the folder at its end.
func NewEngine(o EngineOptions) (*Engine, error) {
	if err := o.fillDefaults(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "data"), 0o700); err != nil {
		return nil, fmt.Errorf("make engine folder %q: %w", o.Dir, err)
	}
	l := flock.New(filepath.Join(o.Dir, "engine.lock"))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock engine folder %q: %w", o.Dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("the engine folder %q is in use by another process: one folder has one engine; stop that one or use another folder", o.Dir)
	}
	return &Engine{o: o, lock: l, ready: make(chan struct{})}, nil
}

func (o *EngineOptions) fillDefaults() (err error) {
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return fmt.Errorf("find engine folder: %w", err)
	}
	if o.Library == "" {
		if o.Library, err = FindLibrary(); err != nil {
			return err
		}
	}
	if len(o.Command) == 0 {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find own executable: %w", err)
		}
		o.Command = []string{exe, "engine"}
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = machineMemory() / 2
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return nil
}

// Run keeps the engine running until ctx ends, then stops it cleanly.
func (e *Engine) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, e.lock.Unlock()) }()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		started := time.Now()
		err := e.life(ctx)
		if ctx.Err() != nil {
			return err
		}
		if time.Since(started) > time.Minute {
			pause = 100 * time.Millisecond
		}
		e.o.Log.Error("the engine has ended and is started again; requests are spooled meanwhile", "error", err, "pause", pause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// life is one process from start to end.
func (e *Engine) life(ctx context.Context) error {
	c, err := e.start()
	if err != nil {
		return err
	}
	defer c.alive.Close()
	defer e.publish("")
	if dsn, ok := e.await(ctx, c); ok {
		e.publish(dsn)
		select {
		case <-ctx.Done():
		case err := <-c.ended:
			return c.failure(err)
		}
	}
	return c.stop(e)
}

// child is one process.
type child struct {
	cmd      *exec.Cmd
	ended    chan error
	alive    io.Closer // the end of the pipe whose closing ends the child
	stderr   *lastLines
	password string
}

func (e *Engine) start() (*child, error) {
	c := &child{password: secret(), ended: make(chan error, 1), stderr: new(lastLines)}
	if err := writeConfig(e.o.Dir, c.password, e.o.MemoryBytes); err != nil {
		return nil, fmt.Errorf("configure engine: %w", err)
	}
	pipe, alive, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	args := append(append([]string{}, e.o.Command[1:]...), e.o.Library)
	c.cmd = exec.Command(e.o.Command[0], append(args, commandLine(e.o.Dir)...)...)
	c.cmd.Dir, c.cmd.ExtraFiles, c.cmd.Stderr, c.cmd.Stdout = e.o.Dir, []*os.File{pipe}, c.stderr, c.stderr
	c.cmd.Env = childEnv()
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C in the terminal is the parent's alone
	err = c.cmd.Start()
	pipe.Close()
	if err != nil {
		alive.Close()
		return nil, fmt.Errorf("start engine: %w", err)
	}
	c.alive = alive
	go func() { c.ended <- c.cmd.Wait() }()
	return c, nil
}

// await waits until the engine answers our user, and returns its address.
func (e *Engine) await(ctx context.Context, c *child) (dsn string, ok bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if dsn = e.address(c.password); dsn != "" && ping(ctx, dsn) == nil {
			return dsn, true
		}
		select {
		case <-ctx.Done():
			return "", false
		case err := <-c.ended:
			c.ended <- err
			return "", false
		case <-tick.C:
		}
	}
}

// address reads the ports that the engine wrote down, "" before it has.
func (e *Engine) address(password string) string {
	text, err := os.ReadFile(filepath.Join(e.o.Dir, portsFile))
	tcp, http, ok := strings.Cut(strings.TrimSpace(string(text)), "\t")
	if err != nil || !ok || tcp == "" || !strings.HasSuffix(string(text), "\n") {
		return ""
	}
	return (&url.URL{Scheme: "http", User: url.UserPassword(user, password), Host: "127.0.0.1:" + http}).String()
}

func ping(ctx context.Context, dsn string) error {
	db, err := Open(Options{DSN: dsn, Database: "default"})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping(ctx)
}

// stop ends the keep-alive query, which runs as no user, on which the script ends by itself; a child that does not is terminated, then killed.
func (c *child) stop(e *Engine) error {
	if dsn := e.address(c.password); dsn != "" {
		if db, err := Open(Options{DSN: dsn, Database: "default"}); err == nil {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			// The answer does not matter: the engine may end before it gives one.
			_ = db.Exec(ctx, "KILL QUERY WHERE user != currentUser() ASYNC", nil)
			cancel()
			db.Close()
		}
	}
	for _, s := range []struct {
		patience time.Duration
		signal   syscall.Signal
	}{{20 * time.Second, syscall.SIGTERM}, {5 * time.Second, syscall.SIGKILL}} {
		select {
		case <-c.ended:
			return nil
		case <-time.After(s.patience):
			c.cmd.Process.Signal(s.signal)
		}
	}
	<-c.ended
	return nil
}

func (c *child) failure(err error) error {
	text := c.stderr.String()
	if err == nil {
		err = errors.New("exit status 0")
	}
	if text == "" {
		return fmt.Errorf("engine: %w", err)
	}
	return fmt.Errorf("engine: %w: %s", err, text)
}

// publish makes the address known, or that there is none.
func (e *Engine) publish(dsn string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	was := e.dsn
	e.dsn = dsn
	switch {
	case was == "" && dsn != "":
		close(e.ready)
	case was != "" && dsn == "":
		e.ready = make(chan struct{})
	}
}

// DSN is where the engine is now, false while it is away. The address and the password are new at each start.
func (e *Engine) DSN() (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dsn, e.dsn != ""
}

// Ready returns a channel that is closed once the engine is up.
func (e *Engine) Ready() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ready
}

// lastLines keeps the end of what the child writes.
type lastLines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lastLines) Write(p []byte) (int, error) {
	const keep = 4096
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	l.text = l.text[max(len(l.text)-keep, 0):]
	return len(p), nil
}

func (l *lastLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(string(l.text))
}

// machineMemory is the machine's memory, or 4 GiB where it cannot be told.
func machineMemory() uint64 {
	var kib uint64
	text, _ := os.ReadFile("/proc/meminfo")
	if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kib); err != nil {
		return 4 << 30
	}
	return kib << 10
}
