package command

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"text/tabwriter"

	"logskiff/agent"
	"logskiff/conf"
	"logskiff/preview/terminal"
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

func showOffsets(dir string, asJSON bool) int {
	listed, running, err := agent.Offsets(context.Background(), dir)
	switch {
	case running && err != nil:
		failed(err)
		return exitUnreachable
	case err != nil && len(listed) == 0:
		return failed(err)
	}
	// Of a damaged store, what is sound is shown, and then the error.
	print := printOffsets
	if asJSON {
		print = printOffsetsJSON
	}
	if err := errors.Join(print(listed, running, dir), err); err != nil {
		return failed(err)
	}
	return exitOK
}

func printOffsetsJSON(listed []agent.Offset, _ bool, _ string) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(listed)
}

func printOffsets(listed []agent.Offset, running bool, dir string) error {
	where := "stored by an agent that does not run now"
	if running {
		where = "of the running agent"
	}
	fmt.Fprintf(os.Stderr, "%d checkpoint(s) in %s, %s\n", len(listed), dir, where)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "PIPELINE\tFILE\tFOUND\tREAD TO\tDELIVERED TO\tLAG\tDELIVERED\tSKIPPED\tQUARANTINED\tLOST\tSTATE\tSTREAM")
	for _, l := range listed {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", l.Pipeline, terminal.Escape(l.Path), l.Size, l.Read, l.Offset,
			l.Size-l.Offset, l.Delivered, l.Skipped, l.Quarantined, l.Lost, terminal.Escape(state(l)), l.ID)
	}
	return w.Flush()
}

func state(l agent.Offset) string {
	switch {
	case l.Problem != "":
		return l.Problem
	case l.Spool != "":
		return "rest in spool"
	case !l.Gone.IsZero():
		return "gone"
	case l.Name != l.Path && l.Name != "":
		return "now " + l.Name
	default:
		return "here"
	}
}
