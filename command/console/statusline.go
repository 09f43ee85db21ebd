// Package console is what a person sees in a terminal: the status line of a
// running agent, and tables.
//
// It reads the agent's state and writes text; it decides nothing.
package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"logskiff/agent"
	"logskiff/preview/terminal"
)

// Console shows a running agent to a person: which files it follows, and a line
// of figures that is refreshed on a terminal and repeated, when it changed, in
// a pipe. It is also an io.Writer for log lines, so that both share one screen.
type Console struct {
	mu       sync.Mutex
	out      io.Writer
	width    func() int // columns; 0: not a terminal
	line     string     // what stands on the screen now
	seen     map[string]bool
	last     agent.Totals
	lastAt   time.Time
	printed  string
	interval time.Duration
}

const maxFilesShown = 20

// New returns a Console on f.
func New(f *os.File) *Console {
	c := &Console{out: f, seen: map[string]bool{}, interval: 5 * time.Second}
	c.width = func() int { return Width(f) }
	if c.width() > 0 {
		c.interval = 500 * time.Millisecond
	}
	return c
}

// Write prints log text above the status line.
func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	n, err := c.out.Write(p)
	c.draw(c.line)
	return n, err
}

// Say prints one line for a person.
func (c *Console) Say(format string, args ...any) {
	fmt.Fprintf(c, format+"\n", args...)
}

// Show follows a's state until ctx is done.
func (c *Console) Show(ctx context.Context, a *agent.Agent) {
	tick := time.NewTicker(c.interval)
	defer tick.Stop()
	for {
		c.Refresh(a.Totals(), time.Now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Refresh shows new figures.
func (c *Console) Refresh(t agent.Totals, now time.Time) {
	for _, f := range t.Files {
		c.announce(f)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	rate := 0.0
	if d := now.Sub(c.lastAt).Seconds(); !c.lastAt.IsZero() && d > 0 {
		rate = float64(t.DeliveredBytes-c.last.DeliveredBytes) / d
	}
	c.last, c.lastAt = t, now
	if w := c.width(); w > 0 {
		c.clear()
		c.draw(fitting(t, rate, w))
		return
	}
	if figures := Line(t, 0); figures != c.printed {
		c.printed = figures
		fmt.Fprintln(c.out, Line(t, rate))
	}
}

// announce names a file when it is first read. One that cannot be read is in the
// figures and in the log, and is named here once it can.
func (c *Console) announce(f agent.File) {
	if c.seen[f.Name] || f.Problem != "" {
		return
	}
	c.seen[f.Name] = true
	switch n := len(c.seen); {
	case n <= maxFilesShown:
		size := Bytes(f.Size)
		if f.Entries {
			size = number(f.Size, "entry", "entries")
		}
		c.Say("following %s (%s, %s)", terminal.Escape(f.Name), f.Source, size)
	case n == maxFilesShown+1:
		c.Say("following more than %d files; the rest is not listed", maxFilesShown)
	}
}

// fitting returns the longest form of the status line that fits in a terminal,
// or the shortest.
func fitting(t agent.Totals, rate float64, width int) string {
	full := Line(t, rate)
	if utf8.RuneCountInString(full) < width {
		return full
	}
	end := ending(t)
	short := fmt.Sprintf("%s  read %s  delivered %s%s", files(t), Thousands(t.ReadLines), Thousands(t.DeliveredLines), end)
	if utf8.RuneCountInString(short) < width {
		return short
	}
	return Thousands(t.DeliveredLines) + " delivered" + end
}

// Line is the status line: what was read, what was delivered, what is left.
func Line(t agent.Totals, rate float64) string {
	speed := ""
	if rate >= 1 {
		speed = "  " + Bytes(int64(rate)) + "/s"
	}
	return fmt.Sprintf("%s  read %s lines %s  delivered %s lines %s%s%s", files(t),
		Thousands(t.ReadLines), Bytes(t.ReadBytes), Thousands(t.DeliveredLines), Bytes(t.DeliveredBytes), speed, ending(t))
}

func files(t agent.Totals) string {
	unreadable := 0
	for _, f := range t.Files {
		if f.Problem != "" {
			unreadable++
		}
	}
	if unreadable > 0 {
		return fmt.Sprintf("%s (%s cannot be read)", count(len(t.Files), "file"), Thousands(int64(unreadable)))
	}
	return count(len(t.Files), "file")
}

// amount is a number of bytes and one of entries, as far as there are some.
func amount(bytes, entries int64) string {
	switch {
	case entries == 0:
		return Bytes(bytes)
	case bytes == 0:
		return number(entries, "entry", "entries")
	}
	return Bytes(bytes) + " and " + number(entries, "entry", "entries")
}

func number(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// ending is what every form of the line ends with: what is left, and what is wrong.
func ending(t agent.Totals) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  lag %s", amount(t.LagBytes, t.LagEntries))
	if t.Lag >= time.Second {
		fmt.Fprintf(&b, " %s", t.Lag.Round(time.Second))
	}
	if t.ParseErrors > 0 {
		fmt.Fprintf(&b, "  %s not parsed (sent raw)", Thousands(t.ParseErrors))
	}
	if t.DroppedLines > 0 {
		fmt.Fprintf(&b, "  %s dropped", Thousands(t.DroppedLines))
	}
	if t.QuarantinedLines > 0 {
		fmt.Fprintf(&b, "  %s quarantined", Thousands(t.QuarantinedLines))
	}
	if t.GivenUpRecords > 0 {
		fmt.Fprintf(&b, "  %d lines given up", t.GivenUpRecords)
	}
	if t.LostBytes > 0 {
		fmt.Fprintf(&b, "  %s gone from the disk unread", Bytes(t.LostBytes))
	}
	if t.LostEntries > 0 {
		fmt.Fprintf(&b, "  %s gone unread", number(t.LostEntries, "entry", "entries"))
	}
	if t.Trouble != "" {
		fmt.Fprintf(&b, "  ! %s", terminal.Escape(t.Trouble))
	}
	return b.String()
}

// Close leaves the last figures on a line of their own.
func (c *Console) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.width() > 0 && c.line != "" {
		fmt.Fprintln(c.out)
		c.line = ""
	}
}

func (c *Console) clear() {
	if c.line != "" {
		io.WriteString(c.out, "\r\x1b[K")
	}
}

func (c *Console) draw(line string) {
	if w := c.width(); w > 0 && line != "" {
		if r := []rune(line); len(r) >= w {
			line = string(r[:w-1])
		}
		io.WriteString(c.out, line)
		c.line = line
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Thousands(int64(n)) + " " + what + "s"
}

// Thousands writes 1234567 as 1,234,567.
func Thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a size with three figures: 1.23 MB. Powers of 1000, as rates are.
func Bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		v /= 1000
		if v < 999.5 {
			break
		}
	}
	if v >= 100 {
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}
