package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"logskiff/bench/chart"
)

// results is what one session measured.
type results struct {
	machine string
	lines   uint64
	speeds  []speed
	delays  []delay
	flows   []flow
	rests   []rest
	crashes []crash
	absent  []string // peers that are not here
}

// markdown writes the results as tables.
func (r *results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s.\n", time.Now().UTC().Format("2 January 2006"), r.machine)
	r.speedTable(&b)
	r.delayTable(&b)
	r.flowTable(&b)
	r.restTable(&b)
	r.crashTable(&b)
	return b.String()
}

func (r *results) speedTable(b *strings.Builder) {
	if len(r.speeds) == 0 {
		return
	}
	fmt.Fprintf(b, "\nA file of %d lines, each verified at the sink:\n\n", r.lines)
	b.WriteString("| what | who | MB/s | of the bare copy | to rsyslog's | goal | CPU-s/GB | goal | peak MiB | goal | sent per byte | sink CPU-s/GB | repeated |\n" +
		"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	rsyslog, bare := r.of("rsyslog"), r.of(copyName)
	for _, s := range r.speeds {
		share, ratio, goalMBs, goalCPU, goalPeak := "", "", "", "", ""
		if bare != nil {
			share = fmt.Sprintf("%.2f", s.mbs/bare.mbs)
		}
		if rsyslog != nil {
			ratio = fmt.Sprintf("%.1f ×", s.mbs/rsyslog.mbs)
		}
		if s.goalMBs > 0 {
			goalMBs = fmt.Sprintf("≥ %.0f %s", s.goalMBs, reached(s.mbs >= s.goalMBs))
		}
		if s.goalCPU > 0 {
			goalCPU = fmt.Sprintf("≤ %.1f %s", s.goalCPU, reached(s.cpu <= s.goalCPU))
		}
		if s.subject == "logskiff" {
			goalPeak = fmt.Sprintf("< %d %s", maxPeak>>20, reached(s.peak < maxPeak))
		}
		fmt.Fprintf(b, "| %s | %s | %.0f | %s | %s | %s | %.2f | %s | %.1f | %s | %.2f | %.2f | %d |\n", s.title, s.subject, s.mbs, share, ratio,
			goalMBs, s.cpu, goalCPU, mib(s.peak), goalPeak, s.wire, s.sinkCPU, s.report.Repeated)
	}
	if len(r.absent) > 0 {
		fmt.Fprintf(b, "\nNot on PATH: %s.\n", strings.Join(r.absent, ", "))
	}
}

func (r *results) delayTable(b *strings.Builder) {
	if len(r.delays) == 0 {
		return
	}
	b.WriteString("\nA line appended to a quiet file, until the sink has it:\n\n" +
		"| who | lines | median ms | goal | p99 ms | goal | longest ms |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, d := range r.delays {
		goal50, goal99 := "", ""
		if d.subject == "logskiff" {
			goal50 = fmt.Sprintf("≤ %.0f %s", ms(goalMedian), reached(d.median <= goalMedian))
			goal99 = fmt.Sprintf("≤ %.0f %s", ms(goalP99), reached(d.p99 <= goalP99))
		}
		fmt.Fprintf(b, "| %s | %d | %.2f | %s | %.2f | %s | %.2f |\n", d.subject, d.lines, ms(d.median), goal50, ms(d.p99), goal99, ms(d.most))
	}
}

func (r *results) flowTable(b *strings.Builder) {
	if len(r.flows) == 0 {
		return
	}
	b.WriteString("\nLines that come at a steady rate, each by a write of its own:\n\n" +
		"| lines/s | files | who | CPU µs a line | lines a request | median ms | p99 ms | goal |\n|--:|--:|---|--:|--:|--:|--:|--:|\n")
	for _, f := range r.flows {
		goal, request := "", "–"
		if f.subject == "logskiff" {
			goal = fmt.Sprintf("< %.0f %s", ms(goalSteadyP99), reached(f.p99 < goalSteadyP99))
		}
		if f.request > 0 {
			request = fmt.Sprintf("%.0f", f.request)
		}
		fmt.Fprintf(b, "| %d | %d | %s | %.2f | %s | %.1f | %.1f | %s |\n", f.rate, f.files, f.subject, f.cpu, request, ms(f.median), ms(f.p99), goal)
	}
}

func (r *results) restTable(b *strings.Builder) {
	if len(r.rests) == 0 {
		return
	}
	fmt.Fprintf(b, "\nFiles that nobody writes to (%d lines each; CPU over %s):\n\n", linesPerQuiet, r.rests[0].watching)
	b.WriteString("| files | where | who | start | MiB | goal | of files | peak MiB | % of one core | goal | all lines came |\n|--:|---|---|---|--:|--:|--:|--:|--:|--:|---|\n")
	for _, q := range r.rests {
		goalRSS, goalCPU := "", ""
		if q.subject == "logskiff" {
			goalRSS = fmt.Sprintf("< %d %s", q.goal>>20, reached(q.rss < q.goal))
			goalCPU = fmt.Sprintf("≤ %.2f %s", 100*q.goalCPU, reached(q.cpu <= q.goalCPU))
		}
		fmt.Fprintf(b, "| %d | %s | %s | %s | %.1f | %s | %.1f | %.1f | %.3f | %s | %s |\n", q.files, q.layout, q.subject, q.start(), mib(q.rss), goalRSS, mib(q.mapped), mib(q.peak), 100*q.cpu,
			goalCPU, map[bool]string{true: "yes", false: "no"}[q.allCame])
	}
}

func (r *results) crashTable(b *strings.Builder) {
	if len(r.crashes) == 0 {
		return
	}
	fmt.Fprintf(b, "\nRenamed every %s, killed with -9 every %s on average:\n\n", rotateEvery, killEvery)
	b.WriteString("| who | kills | lines | lost | goal | repeated | % | goal |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range r.crashes {
		goalLost, goalTwice, share := "", "", float64(c.repeated)/float64(c.lines)
		if c.subject == "logskiff" {
			goalLost = "0 " + reached(c.lost == 0)
			goalTwice = fmt.Sprintf("< %.0f %% %s", 100*goalRepeats, reached(share < goalRepeats))
		}
		fmt.Fprintf(b, "| %s | %d | %d | %d | %s | %d | %.2f | %s |\n", c.subject, c.kills, c.lines, c.lost, goalLost, c.repeated, 100*share, goalTwice)
	}
}

func reached(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}

// of returns what a subject that only has one speed came to, or nil.
func (r *results) of(subject string) *speed {
	for i := range r.speeds {
		if r.speeds[i].subject == subject {
			return &r.speeds[i]
		}
	}
	return nil
}

// chart draws the speeds.
func (r *results) chart() []byte {
	fast := chart.Panel{Title: "MB of log per second (more is better)", Format: "%.0f"}
	cheap := chart.Panel{Title: "CPU seconds per GB of log (less is better)", Format: "%.2f"}
	for _, s := range r.speeds {
		label, ours := s.subject+", "+s.title, s.subject == "logskiff"
		fast.Bars = append(fast.Bars, chart.Bar{Label: label, Value: s.mbs, Strong: ours})
		cheap.Bars = append(cheap.Bars, chart.Bar{Label: label, Value: s.cpu, Strong: ours})
	}
	return chart.SVG([]chart.Panel{fast, cheap})
}

const (
	markBegin = "<!-- bench:begin -->"
	markEnd   = "<!-- bench:end -->"
)

// write puts the tables between the marks of performance.md in dir, and the
// chart beside it.
func (r *results) write(dir string) error {
	path := filepath.Join(dir, "performance.md")
	page, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	page, err = replaceMarked(page, r.markdown())
	if err != nil {
		return fmt.Errorf("cannot write results to %s: %w", path, err)
	}
	if err := os.WriteFile(path, page, 0o644); err != nil {
		return fmt.Errorf("cannot write results: %w", err)
	}
	if len(r.speeds) == 0 {
		return nil
	}
	if err := os.WriteFile(filepath.Join(dir, "performance.svg"), r.chart(), 0o644); err != nil {
		return fmt.Errorf("cannot write chart: %w", err)
	}
	return nil
}

// replaceMarked replaces what stands between the marks.
func replaceMarked(page []byte, text string) ([]byte, error) {
	before, rest, ok1 := bytes.Cut(page, []byte(markBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(markEnd))
	if !ok1 || !ok2 {
		return nil, errors.New("it has no " + markBegin + " … " + markEnd)
	}
	return fmt.Appendf(nil, "%s%s\n\n%s\n%s%s", before, markBegin, text, markEnd, after), nil
}
