package command

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/command/console"
	"logskiff/kinds"
)

func offset(fs *flag.FlagSet) action {
	where := placeFlags(fs)
	asJSON := fs.Bool("json", false, "print JSON")
	to := fs.String("to", "", "of set: `PLACE` to go on at: beginning, end, a number of bytes, a time, or 24h for a day ago")
	source := fs.String("source", "", "of set: only what the source of this `NAME` reads")
	sender := fs.String("sender", "", "of set: only what goes to the sender of this `NAME`")
	yes := fs.Bool("yes", false, "of set: do it without asking")
	return func(rest []string) int {
		switch {
		case len(rest) == 1 && rest[0] == "show" && (*to != "" || *source != "" || *sender != "" || *yes):
			return usageError("offset", "--to, --source, --sender and --yes are of offset set FILE")
		case len(rest) == 1 && rest[0] == "show":
			dir, code := where.dataDir()
			if code != exitOK {
				return code
			}
			return showOffsets(dir, *asJSON)
		case len(rest) == 2 && rest[0] == "set" && *to != "":
			at, err := placeText(*to, time.Now())
			if err != nil {
				return usageError("offset", "%v", err)
			}
			file, err := filepath.Abs(rest[1])
			if err != nil {
				return failed(err)
			}
			dir, code := where.dataDir()
			if code != exitOK {
				return code
			}
			return setOffset(offsetSetting{dir: dir, file: where.configuration(), yes: *yes, json: *asJSON,
				wish: api.OffsetWish{File: file, To: at, Source: *source, Sender: *sender}})
		}
		return usageError("offset", "it is: offset show, or offset set FILE --to beginning|end|BYTES|TIME")
	}
}

// showOffsets prints each checkpoint as it comes: a hundred thousand are not kept.
func showOffsets(dir string, asJSON bool) int {
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	print := printOffsets(out)
	if asJSON {
		print = printOffsetsJSON(out)
	}
	n := 0
	var broken error
	running, err := agent.EachOffset(context.Background(), dir, func(o agent.Offset) bool {
		n++
		broken = print(&o)
		return broken == nil
	})
	switch {
	case n > 0 || err == nil: // of a damaged store, what is sound is shown, and then the error
		broken = errors.Join(broken, print(nil), out.Flush())
	}
	switch {
	case running && err != nil:
		failed(err)
		return exitUnreachable
	case err != nil && n == 0:
		return failed(err)
	}
	if !asJSON {
		where := "stored by an agent that does not run now"
		if running {
			where = "of the running agent"
		}
		fmt.Fprintf(os.Stderr, "%d checkpoint(s) in %s, %s\n", n, dir, where)
	}
	if err := errors.Join(broken, err); err != nil {
		return failed(err)
	}
	return exitOK
}

// printOffsetsJSON returns what prints one list, member by member; nil ends it.
func printOffsetsJSON(out *bufio.Writer) func(*agent.Offset) error {
	var one []byte
	between := "[\n  "
	return func(o *agent.Offset) error {
		switch {
		case o != nil:
			b, err := o.MarshalJSON() // by way of an encoder, it would be checked, compacted and indented besides
			if err != nil {
				return err
			}
			one = console.AppendIndented(append(one[:0], between...), b, "  ")
			between = ",\n  "
			_, err = out.Write(one)
			return err
		case between[0] == '[':
			_, err := out.WriteString("[]\n")
			return err
		}
		_, err := out.WriteString("\n]\n")
		return err
	}
}

// printOffsets returns what prints one row of a table; nil ends it.
func printOffsets(out io.Writer) func(*agent.Offset) error {
	table := console.NewColumns(out, "PIPELINE", "FILE", "UNIT", "FOUND", "READ TO", "DELIVERED TO", "LAG", "DELIVERED", "SKIPPED", "QUARANTINED", "LOST", "STATE", "STREAM")
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return func(l *agent.Offset) error {
		if l == nil {
			return table.Flush()
		}
		return table.Row(l.Pipeline, l.Path, l.Unit.String(), number(l.Size), number(l.Read), number(l.Offset), number(l.Size-l.Offset),
			number(l.Delivered), number(l.Skipped), number(l.Quarantined), number(l.Lost), state(l), l.ID)
	}
}

func state(l *agent.Offset) string {
	switch {
	case l.Problem != "":
		return l.Problem
	case kinds.Explain(l.State).Where != "":
		return kinds.Explain(l.State).Where
	case l.Name != l.Path && l.Name != "":
		return "now " + l.Name
	default:
		return "here"
	}
}
