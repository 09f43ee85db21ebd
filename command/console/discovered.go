package console

import (
	"fmt"
	"io"
	"strings"

	"logskiff/preview/discover"
	"logskiff/preview/terminal"
)

// Discovered shows the logs of a host as a table of at most width columns (0: any
// number) on out, and what must be said about them on messages.
func Discovered(out, messages io.Writer, width int, found discover.Found) error {
	rows := [][]string{{"LOG", "SIZE", "GROWS", "PARSER", "SCORE", "ROTATION", "FOUND"}}
	for _, l := range found.Logs {
		rows = append(rows, []string{l.Path + filesOf(l), Bytes(l.Size), grows(l), l.Parser.Name(), score(l), rotation(l), strings.Join(l.Found, ", ")})
	}
	if len(found.Logs) > 0 {
		if err := Table(out, width, rows); err != nil {
			return err
		}
	}
	var say strings.Builder
	for i, l := range found.Logs {
		if l.Readable {
			continue
		}
		fmt.Fprintf(&say, "%s cannot be read (%s).", terminal.Escape(l.Path), terminal.Escape(l.Problem))
		if i+1 < len(found.Logs) && found.Logs[i+1].Advice == l.Advice {
			say.WriteByte('\n')
		} else {
			fmt.Fprintf(&say, " Let the agent in:\n  %s\n", terminal.Escape(l.Advice))
		}
	}
	for _, n := range found.Notes {
		fmt.Fprintf(&say, "%s: %s", terminal.Escape(n.Where), terminal.Escape(n.Text))
		if n.Advice != "" {
			fmt.Fprintf(&say, "; %s", terminal.Escape(n.Advice))
		}
		say.WriteByte('\n')
	}
	if len(found.Logs) == 0 {
		say.WriteString("No log was found.\n")
	} else {
		say.WriteString("Ready configuration for all of them: logskiff discover --toml\n")
	}
	_, err := io.WriteString(messages, say.String())
	return err
}

func filesOf(l discover.Log) string {
	if len(l.Files) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d)", len(l.Files))
}

func grows(l discover.Log) string {
	if l.Growth == 0 {
		return "-"
	}
	return "+" + Bytes(l.Growth)
}

// score is how many lines of how many the parser reads.
func score(l discover.Log) string {
	switch p := l.Parser; {
	case !l.Readable:
		return "not readable"
	case p.Lines == 0:
		return "no line"
	case p.Kind == "raw":
		return "-"
	default:
		return fmt.Sprintf("%d of %d", p.Parsed, p.Lines)
	}
}

func rotation(l discover.Log) string {
	if l.Rotation == nil {
		return "-"
	}
	return l.Rotation.String()
}
