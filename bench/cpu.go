package bench

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTick is the unit of processor times in /proc. Linux has shown 100 a second to programs since 2.6, on every architecture.
const clockTick = 10 * time.Millisecond

// CPUTime is the processor time, user and system, that this process and its living descendants have used. Our own part comes from
// getrusage, which counts microseconds; that of the others, the engine, from /proc, where there is one, in hundredths of a second: let a
// round take a second or more when the engine's share matters.
func CPUTime() time.Duration { return ownCPU() + childrenCPU() }

func ownCPU() time.Duration {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return 0
	}
	return time.Duration(own.Utime.Nano() + own.Stime.Nano())
}

func childrenCPU() (total time.Duration) {
	for _, p := range descendants(os.Getpid()) {
		total += p.cpu
	}
	return total
}

// RSS is the resident memory of this process and its descendants, 0 where it cannot be told.
func RSS() (bytes int64) {
	self := os.Getpid()
	for _, p := range append(descendants(self), process{pid: self}) {
		bytes += RSSOf(p.pid)
	}
	return bytes
}

type process struct {
	pid, parent int
	cpu         time.Duration
}

// descendants lists the living children, their children, and so on.
func descendants(root int) (found []process) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []process
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p, ok := readProcess(pid); ok {
				all = append(all, p)
			}
		}
	}
	parents := map[int]bool{root: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if parents[p.parent] && !parents[p.pid] {
				parents[p.pid], grown = true, true
				found = append(found, p)
			}
		}
	}
	return found
}

// readProcess reads /proc/PID/stat: the name in parentheses may hold anything, the fields behind it are fixed.
func readProcess(pid int) (p process, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	i := bytes.LastIndexByte(text, ')')
	if err != nil || i < 0 {
		return p, false
	}
	const parent, user, system = 1, 11, 12 // counted from behind the name
	fields := strings.Fields(string(text[i+1:]))
	if len(fields) <= system {
		return p, false
	}
	number := func(n int) int64 { v, _ := strconv.ParseInt(fields[n], 10, 64); return v }
	return process{pid, int(number(parent)), time.Duration(number(user)+number(system)) * clockTick}, true
}

// RSSOf is the resident memory of one process, 0 where it cannot be told.
func RSSOf(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
