package command

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/command/console"
)

func listErrors(fs *flag.FlagSet) action {
	where := placeFlags(fs)
	asJSON := fs.Bool("json", false, "print the answer of the API as JSON")
	return func(rest []string) int {
		if len(rest) > 0 {
			return usageError("errors", "unexpected %q", rest[0])
		}
		dir, code := where.dataDir()
		if code != exitOK {
			return code
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		var list api.ErrorList
		switch err := agent.Ask(ctx, dir, "api/v1/errors", &list); {
		case err != nil:
			return notAnswered(dir, err)
		case *asJSON:
			return printJSON(list)
		}
		if err := console.WriteErrors(os.Stdout, list, console.Width(os.Stdout)); err != nil {
			return failed(err)
		}
		return exitOK
	}
}
