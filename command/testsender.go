package command

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/terminal"
	"logskiff/preview/testsender"
)

func testSender(fs *flag.FlagSet) action {
	file := fs.String("c", "", "configuration `FILE` that has the senders")
	limit := fs.Duration("timeout", 10*time.Second, "longest `TIME` for one endpoint")
	asJSON := fs.Bool("json", false, "print one JSON object for each endpoint")
	return func(rest []string) int {
		switch {
		case *file == "":
			return usageError("test-sender", "a configuration is wanted: -c FILE")
		case *limit <= 0:
			return usageError("test-sender", "--timeout must be more than 0s")
		}
		cfg, err := conf.Load(*file, kinds.All())
		if err != nil {
			return badConfig(err)
		}
		for _, name := range rest {
			if _, code := senderOf(cfg, "test-sender", *file, name); code != exitOK {
				return code
			}
		}
		show := showTried
		if *asJSON {
			show = showTriedJSON
		}
		return trySenders(cfg, rest, *limit, show)
	}
}

// senderOf returns the sender of a name; a code that is not exitOK was explained, as a wrong use of a command.
func senderOf(cfg *conf.Config, command, file, name string) (conf.Sender, int) {
	var names []string
	for _, s := range cfg.Senders {
		if s.Name == name {
			return s, exitOK
		}
		names = append(names, s.Name)
	}
	return conf.Sender{}, usageError(command, "%s has no sender %q; there are: %s", file, name, strings.Join(names, ", "))
}

// senderEnv is for senders that are tried from the command line: what they would log is said in what they return.
func senderEnv() kinds.SenderEnv {
	return kinds.SenderEnv{Log: slog.New(slog.DiscardHandler), Version: builtFrom().String()}
}

// trySenders tries those with the names, or all.
func trySenders(cfg *conf.Config, names []string, limit time.Duration, show func(io.Writer, testsender.Tried)) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	code := exitOK
	for _, s := range cfg.Senders {
		if len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		err := testsender.Run(ctx, s, senderEnv(), limit, func(t testsender.Tried) {
			show(os.Stdout, t)
			if t.Problem != "" {
				code = exitFailed
			}
		})
		if err != nil {
			return failed(err)
		}
	}
	return code
}

func showTried(w io.Writer, t testsender.Tried) {
	fmt.Fprintf(w, "%s  %s\n", terminal.Escape(t.Sender), terminal.Escape(t.Endpoint))
	for _, s := range t.Steps {
		fmt.Fprintf(w, "  %s\n", terminal.Escape(s))
	}
	if t.Problem != "" {
		fmt.Fprintf(w, "  FAILED: %s\n", terminal.Escape(t.Problem))
		return
	}
	fmt.Fprintln(w, "  ok")
}

func showTriedJSON(w io.Writer, t testsender.Tried) {
	_ = json.NewEncoder(w).Encode(t) // the reader has gone; there is nobody to tell
}
