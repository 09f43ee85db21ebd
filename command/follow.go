package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"logskiff/command/follow"
	"logskiff/preview/testparse"
)

func followFile(fs *flag.FlagSet) action {
	var o follow.Options
	v := testparse.Viewer{Out: os.Stdout}
	parser := fs.String("parser", "", "`PARSER`: a name, or with settings as in a [[source]] table (default: chosen by the first line)")
	format := fs.String("format", "", "`FORMAT` of the parser, of nginx if none is named")
	fs.IntVar(&o.Lines, "n", 10, "show the last `N` lines first")
	fs.BoolVar(&v.JSON, "json", false, "show records as they are sent, one JSON object a line")
	return func(rest []string) int {
		if len(rest) != 1 {
			return usageError("follow", "one file is wanted")
		}
		o.Path, v.Path = rest[0], rest[0]
		if err := v.Choose(*parser, *format); err != nil {
			return usageError("follow", "%v", err)
		}
		if _, err := os.Stat(o.Path); errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(os.Stderr, "logskiff: %s is not there yet; waiting for it\n", o.Path)
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		if err := follow.Run(ctx, o, v.Show); err != nil {
			return failed(err)
		}
		return exitOK
	}
}
