package command

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"logskiff/agent"
	"logskiff/command/console"
	"logskiff/conf"
	"logskiff/kinds"
)

func offset(fs *flag.FlagSet) action {
	file := fs.String("c", "", "configuration `FILE` that names the data folder")
	dataDir := fs.String("data-dir", "", "data `DIR` (default ./"+quickstartData+", or the configuration's)")
	asJSON := fs.Bool("json", false, "print JSON")
	return func(rest []string) int {
		if len(rest) != 1 || rest[0] != "show" {
			return usageError("offset", "the one thing it can do is: offset show")
		}
		dir := *dataDir
		if *file != "" {
			found, err := conf.DataDir(*file)
			if err != nil {
				return badConfig(err)
			}
			dir = found
		} else if dir == "" {
			dir = quickstartData
		}
		return showOffsets(dir, *asJSON)
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
