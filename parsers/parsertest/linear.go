// Package parsertest is the contract of parsers.Parser as a test (Run), and what else tests of
// parsers share. Its own tests hold the smallest parser to it. It must not be imported by
// anything but tests.
package parsertest

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tooLong is what no linear parser needs for a few megabytes, with the race detector
// on the slowest machine, and any quadratic one does for a single one.
const tooLong = time.Minute

// Linear fails the test when fn needs more processor time than work that is linear in a
// few megabytes can. It does not count the time that others have the processor.
func Linear(t *testing.T, what string, fn func()) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := spent(t)
	fn()
	if took := spent(t) - before; took > tooLong {
		t.Errorf("%.40q took %v of processor time", what, took)
	}
}

// spent returns the processor time that this thread has used.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// AccessPattern reads access logs as people write it.
const AccessPattern = `^(?P<ip>\S+) \S+ (?P<user>[^ ]+) \[(?P<t>[^\]]+)\] "(?P<m>\w+) (?P<p>\S*) [^"]*" (?P<s>\d{3}) (?P<b>\d+|-)`

// LongLines returns patterns, each with a line of about size bytes that does not match and on which an engine that only went back would
// need quadratic time or more.
func LongLines(size int) []struct{ Pattern, Line string } {
	return []struct{ Pattern, Line string }{
		{AccessPattern, strings.Repeat("\x00", size)},
		{AccessPattern, `1.2.3.4 - - [x] "` + strings.Repeat("a", size)},
		{`(?<a>\w+\s*)+:`, strings.Repeat("ab ", size/3)},
		{`(?<a>.*?)b(?<b>.*?)c(?<c>.*?)d!`, strings.Repeat("bcd", size/3)},
		{`(?<a>\S+) (?<b>\d+)x`, strings.Repeat("7", size)},
		{`"(?<a>(?:[^"\\]|\\.)*)"`, strings.Repeat(`\`, size)},
		{`(?<a>(?:x+x+)+y)`, strings.Repeat("x", size)},
		{`^(?<a>(?:(?:\S+),)*)$`, strings.Repeat("col,", 10_000) + `"`},
	}
}
