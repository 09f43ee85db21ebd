package console

import (
	"io"
	"strconv"
	"strings"
	"time"

	"logskiff/agent/api"
	"logskiff/preview/terminal"
)

// troubleWords say what a kind of trouble is, and what its count counts.
var troubleWords = map[string]struct{ text, one, many string }{
	api.NotRunning:   {"does not run", "time", "times"},
	api.Held:         {"is held until somebody acts", "time", "times"},
	api.Waiting:      {"some of its records wait at the destination", "time", "times"},
	api.Lost:         {"was gone before it was read", "byte or entry", "bytes or entries"},
	api.Quarantined:  {"lines were refused for good", "line", "lines"},
	api.Unreadable:   {"files cannot be read", "file", "files"},
	api.Away:         {"folders do not answer", "folder", "folders"},
	api.NotParsed:    {"lines are not parsed, and sent raw", "line", "lines"},
	api.NotListening: {"cannot receive", "time", "times"},
	api.TakesNothing: {"takes no batches", "failed attempt", "failed attempts"},
	api.Down:         {"no endpoint takes batches", "failed attempt", "failed attempts"},
	api.NotOpen:      {"cannot be opened", "time", "times"},
	api.Checkpoints:  {"checkpoints are not stored", "time", "times"},
	api.Refused:      {"a reload was refused; the configuration before it goes on", "time", "times"},
}

// textLines is how many lines of a text are shown.
const textLines = 8

// WriteErrors writes what goes wrong for a terminal of so many columns, or, for 0, as a table whose columns have no spaces within.
func WriteErrors(w io.Writer, list api.ErrorList, width int) error {
	if width == 0 {
		return plainErrors(w, list)
	}
	var b strings.Builder
	if len(list.Errors) == 0 {
		fold(&b, "Nothing goes wrong, and nothing did in the last 15 minutes.", width)
	}
	for i, t := range list.Errors {
		over := t.OverAt != nil
		switch {
		case i == 0 && !over:
			b.WriteString("Now\n")
		case over && (i == 0 || list.Errors[i-1].OverAt == nil):
			if i > 0 {
				b.WriteString("\n")
			}
			b.WriteString("In the last 15 minutes\n")
		}
		writeTrouble(&b, t, list.At, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTrouble(b *strings.Builder, t api.Trouble, now time.Time, width int) {
	words := troubleWords[t.Kind]
	who := strings.TrimSpace(t.What + " " + t.Name)
	if t.Endpoint != "" {
		who = "sender " + t.Name + ": " + t.Endpoint
	}
	if t.Sender != "" {
		who += ", to sender " + t.Sender
	}
	fold(b, terminal.Escape("  "+t.Level+": "+who+": "+words.text), width)
	when := "for " + span(t.LastAt.Sub(t.Since)) + ", last " + span(now.Sub(t.LastAt)) + " ago"
	if t.OverAt == nil {
		when = "for " + span(now.Sub(t.Since))
	}
	fold(b, "      "+when+", "+number(int64(t.Count), words.one, words.many), width)
	n := 0
	for line := range strings.Lines(t.Text) {
		if n++; n > textLines {
			b.WriteString("      …\n")
			break
		}
		fold(b, "      "+terminal.Escape(strings.TrimRight(line, "\n")), width)
	}
}

func plainErrors(w io.Writer, list api.ErrorList) error {
	rows := [][]string{{"STATE", "LEVEL", "KIND", "WHAT", "NAME", "TO", "SINCE", "LAST", "COUNT", "TEXT"}}
	word := func(s string) string {
		if s == "" {
			return "-"
		}
		return strings.ReplaceAll(s, " ", `\x20`)
	}
	for _, t := range list.Errors {
		state := "now"
		if t.OverAt != nil {
			state = "over"
		}
		rows = append(rows, []string{state, t.Level, t.Kind, t.What, word(t.Name), word(t.Endpoint + t.Sender), t.Since.Format(time.RFC3339), t.LastAt.Format(time.RFC3339),
			strconv.FormatInt(int64(t.Count), 10), word(t.Text)})
	}
	return Table(w, 0, rows)
}
