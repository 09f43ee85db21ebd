package console

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"logskiff/agent/api"
	"logskiff/preview/terminal"
)

// cell is one value of the status, as people read it and as a program cuts it.
type cell struct{ shown, plain string }

// statusColumn is one column, left out where a terminal is narrower than least.
type statusColumn struct {
	head, plainHead string
	least           int
}

var (
	sourceColumns = []statusColumn{{"SOURCE", "SOURCE", 0}, {"STATE", "STATE", 0}, {"LINES/S", "LINES_PER_S", 60}, {"BYTES/S", "BYTES_PER_S", 80}, {"LAG", "LAG_BYTES", 0},
		{"LAG AGE", "LAG_S", 110}, {"NOT PARSED", "NOT_PARSED", 60}, {"SINCE", "NOT_PARSED_SINCE", 130}, {"FILES", "FILES", 100}, {"UNREADABLE", "UNREADABLE", 120}, {"TO", "TO", 140}}
	endpointColumns = []statusColumn{{"SENDER", "SENDER", 60}, {"ENDPOINT", "ENDPOINT", 0}, {"STATE", "STATE", 0}, {"SINCE", "SINCE", 80}, {"IN FLIGHT", "IN_FLIGHT", 100},
		{"LAST ANSWER", "LAST_ANSWER", 120}, {"NEXT TRY", "NEXT_TRY", 60}}
)

// WriteStatus writes a snapshot for a terminal of so many columns, or, for 0, as tables whose columns are always there and have no spaces
// within. What stands in it is escaped.
func WriteStatus(w io.Writer, s api.Snapshot, width int) error {
	var b strings.Builder
	if width > 0 {
		introduceStatus(&b, s, width)
	}
	sources := [][]cell{}
	for _, src := range s.Sources {
		sources = append(sources, sourceRow(src, s.At))
	}
	endpoints := [][]cell{}
	for _, d := range s.Senders {
		for _, e := range d.Endpoints {
			endpoints = append(endpoints, endpointRow(d, e, s.At))
		}
		if len(d.Endpoints) == 0 {
			endpoints = append(endpoints, endpointRow(d, api.Endpoint{Name: "-", State: d.State}, s.At))
		}
	}
	for i, one := range []struct {
		columns []statusColumn
		rows    [][]cell
	}{{sourceColumns, sources}, {endpointColumns, endpoints}} {
		if i > 0 && len(one.rows) > 0 {
			b.WriteString("\n")
		}
		if len(one.rows) == 0 {
			continue
		}
		if err := Table(&b, width, shownRows(one.columns, one.rows, width)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// introduceStatus writes whether all is well, what is not, and what else a person asks first.
func introduceStatus(b *strings.Builder, s api.Snapshot, width int) {
	say := func(format string, args ...any) {
		fold(b, terminal.Escape(fmt.Sprintf(format, args...)), width)
	}
	say("%s", s.Verdict.Text)
	for _, f := range s.Verdict.Findings {
		say("  %s: %s: %s", f.Level, strings.TrimSpace(f.What+" "+f.Name), f.Text)
	}
	for _, src := range s.Sources {
		for i, p := range src.Problems {
			if i == 3 {
				say("    and %d more", len(src.Problems)-3)
				break
			}
			say("    %s", p)
		}
		for _, p := range src.Pipelines {
			if why := p.Error + p.Held + p.Waiting; why != "" {
				say("    %s/%s: %s", src.Name, p.Sender, why)
			}
		}
	}
	for _, d := range s.Senders {
		for _, e := range d.Endpoints {
			if e.Error != "" {
				say("    %s: %s", e.Name, e.Error)
			}
		}
		if d.Error != "" {
			say("    %s: %s", d.Name, d.Error)
		}
	}
	say("logskiff %s on %s, up %s, %s", s.Agent.Version, s.Agent.Host, span(s.Agent.UptimeSeconds.Std()), reloadText(s))
	b.WriteString("\n")
}

func reloadText(s api.Snapshot) string {
	switch {
	case s.Reload == nil:
		return "not reloaded since"
	case s.Reload.OK:
		return "reloaded " + span(s.At.Sub(s.Reload.At)) + " ago"
	}
	return "a reload was refused " + span(s.At.Sub(s.Reload.At)) + " ago: " + s.Reload.Error
}

func sourceRow(s api.Source, now time.Time) []cell {
	to := make([]string, len(s.Pipelines))
	for i, p := range s.Pipelines {
		to[i] = p.Sender
	}
	// In the unit that it counts in; of both, which only a forwarder has, a column for programs has the bytes.
	lag := cell{Bytes(int64(s.LagBytes)), strconv.FormatInt(int64(s.LagBytes), 10)}
	rate := cell{Bytes(int64(s.BytesPerSecond)) + "/s", strconv.FormatFloat(float64(s.BytesPerSecond), 'f', 0, 64)}
	if e := s.Entries; e != nil {
		lag.shown = amount(int64(s.LagBytes), int64(e.Lag))
		if !s.CountsBytes() {
			lag.plain = strconv.FormatInt(int64(e.Lag), 10)
			rate = cell{Thousands(int64(e.PerSecond+0.5)) + "/s", strconv.FormatFloat(float64(e.PerSecond), 'f', 0, 64)}
		}
	}
	age := cell{span(s.LagSeconds.Std()), strconv.FormatFloat(float64(s.LagSeconds), 'f', -1, 64)}
	if !s.HasLag {
		lag, age = cell{"-", "-"}, cell{"-", "-"}
	}
	return []cell{
		same(s.Name), same(s.State), {Thousands(int64(s.LinesPerSecond + 0.5)), strconv.FormatFloat(float64(s.LinesPerSecond), 'f', 1, 64)},
		rate, lag, age,
		{Thousands(int64(s.Unparsed.Lines)), strconv.FormatInt(int64(s.Unparsed.Lines), 10)}, since(s.Unparsed.Since, now),
		{Thousands(int64(s.Files)), strconv.Itoa(s.Files)}, {Thousands(int64(s.UnreadableFiles)), strconv.Itoa(s.UnreadableFiles)}, same(strings.Join(to, ",")),
	}
}

func endpointRow(d api.Sender, e api.Endpoint, now time.Time) []cell {
	last, next := same("-"), same("-")
	if a := e.LastAnswer; a != nil {
		word := a.Outcome
		if a.Status != 0 {
			word += "-" + strconv.Itoa(a.Status)
		}
		last = cell{fmt.Sprintf("%s %s ago", strings.ReplaceAll(word, "-", " "), span(now.Sub(a.At))), word}
	}
	if e.NextTryAt != nil {
		in := max(e.NextTryAt.Sub(now), 0)
		next = cell{"in " + span(in), strconv.FormatFloat(in.Seconds(), 'f', 1, 64)}
	}
	return []cell{same(d.Name), same(e.Name), same(e.State), since(e.Since, now), {Thousands(int64(e.InFlight)), strconv.Itoa(e.InFlight)}, last, next}
}

func same(s string) cell { return cell{s, s} }

// since is how long ago something began; programs get the time.
func since(t *time.Time, now time.Time) cell {
	if t == nil {
		return same("-")
	}
	return cell{span(now.Sub(*t)), t.Format(time.RFC3339)}
}

// shownRows leaves out what does not fit. Without a width nothing is, and no cell has a space.
func shownRows(columns []statusColumn, rows [][]cell, width int) [][]string {
	all := make([][]string, len(rows)+1)
	for i, c := range columns {
		if width > 0 && width < c.least {
			continue
		}
		if width == 0 {
			all[0] = append(all[0], c.plainHead)
		} else {
			all[0] = append(all[0], c.head)
		}
		for j, row := range rows {
			text := row[i].shown
			if width == 0 {
				text = strings.ReplaceAll(row[i].plain, " ", `\x20`)
				if text == "" {
					text = "-"
				}
			}
			all[j+1] = append(all[j+1], text)
		}
	}
	return all
}

// span is a length of time with one unit, or two.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f d", d.Hours()/24)
}

// fold writes a text in lines of at most width columns, broken at spaces where there are any.
func fold(b *strings.Builder, text string, width int) {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	r := []rune(text)
	for len(r) > width {
		at := width
		for i := width; i > len(indent)+width/3; i-- {
			if r[i] == ' ' {
				at = i
				break
			}
		}
		b.WriteString(strings.TrimRight(string(r[:at]), " ") + "\n")
		r = []rune(indent + "  " + strings.TrimLeft(string(r[at:]), " "))
	}
	b.WriteString(string(r) + "\n")
}

// Progress is the line of a source that has far to go: how much of what was found is settled, and when all will be.
func Progress(s api.Source, width int) string {
	if len(s.Pipelines) == 0 {
		return ""
	}
	l, rate, text := s.Pipelines[0].Ledger, s.BytesPerSecond, Bytes
	if e := s.Pipelines[0].Entries; l == nil && e != nil && s.Entries != nil {
		in := api.Ledger(*e)
		l, rate, text = &in, s.Entries.PerSecond, Thousands
	}
	if l == nil || l.Found == 0 || l.ToGo == 0 {
		return ""
	}
	done := l.Found - l.ToGo
	share := float64(done) / float64(l.Found)
	const bars = 10
	full := int(share * bars)
	line := fmt.Sprintf("%s  %s%s %3.0f%%  %s of %s  %s/s", terminal.Escape(s.Name), strings.Repeat("█", full), strings.Repeat("░", bars-full), 100*share,
		text(int64(done)), text(int64(l.Found)), text(int64(rate)))
	if rate >= 1 {
		line += "  ETA " + span(time.Duration(float64(l.ToGo)/float64(rate)*float64(time.Second)))
	}
	if r := []rune(line); width > 0 && len(r) > width {
		line = string(r[:width])
	}
	return line
}
