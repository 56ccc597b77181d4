package store

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/ebitengine/purego"
)

// parentPipe is the file descriptor that ends when the parent does.
const parentPipe = 3

// allocator is how the engine's allocator (jemalloc) keeps memory: pages that an insert or a query freed stay for half a minute, and
// large ones are huge pages where the system lets it. A load of 88 MB touched 60 000 fresh pages before, which cost as much as parsing
// it; most loads come a second after the one before.
const allocator = "thp:always,dirty_decay_ms:30000,muzzy_decay_ms:30000"

// childEnv is our own environment, which may say otherwise about the allocator.
func childEnv() []string {
	env := os.Environ()
	if os.Getenv("MALLOC_CONF") == "" {
		env = append(env, "MALLOC_CONF="+allocator)
	}
	return env
}

// ChildMain is the hidden subcommand "engine": args are the library and then clickhouse-local's command line. It returns
// only when the engine has ended.
func ChildMain(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "engine: started by pulsehouse serve, not by hand")
		return 2
	}
	go endWithParent()
	runtime.LockOSThread()
	if err := runLocal(args[0], args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		return 1
	}
	return 0
}

// endWithParent waits for the end of the pipe that only the parent holds open. A committed insert is safe whenever the
// process ends, so ending at once is right; a clean stop is the parent's to ask for.
func endWithParent() {
	var b [1]byte
	pipe := os.NewFile(parentPipe, "parent")
	if _, err := pipe.Read(b[:]); err != nil {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// runLocal runs the whole of clickhouse-local inside this process.
func runLocal(library string, args []string) error {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return fmt.Errorf("load %q: %w", library, err)
	}
	var run func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	var failure func(result unsafe.Pointer) string
	purego.RegisterLibFunc(&run, handle, "chdb_query_cmdline")
	purego.RegisterLibFunc(&failure, handle, "chdb_result_error")
	argv := make([]*byte, 0, len(args)+1)
	for _, a := range args {
		argv = append(argv, &append([]byte(a), 0)[0])
	}
	argv = append(argv, nil)
	result := run(int32(len(args)), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(argv)
	if result == nil {
		return nil
	}
	if text := failure(result); text != "" {
		return fmt.Errorf("clickhouse-local: %s", text)
	}
	return nil
}
