package command

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/command/console"
	"logskiff/preview/terminal"
)

func status(fs *flag.FlagSet) action {
	where := placeFlags(fs)
	asJSON := fs.Bool("json", false, "print the snapshot of the API as JSON; with --watch one a line")
	watch := fs.Bool("watch", false, "print it again each second")
	check := fs.Bool("check", false, "be a plugin of a monitoring: one line, exit code 0, 1 or 2")
	return func(rest []string) int {
		switch {
		case len(rest) > 0:
			return usageError("status", "unexpected %q", rest[0])
		case *check && (*watch || *asJSON):
			return usageError("status", "--check goes with neither --watch nor --json")
		}
		dir, code := where.dataDir()
		if code != exitOK {
			if *check {
				fmt.Println("LOGSKIFF CRITICAL - the agent cannot be found")
				return checkCritical
			}
			return code
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		switch {
		case *check:
			return checkStatus(ctx, dir)
		case *watch:
			return watchStatus(ctx, dir, *asJSON)
		}
		return showStatus(ctx, dir, *asJSON)
	}
}

func snapshotOf(ctx context.Context, dir string) (s api.Snapshot, err error) {
	err = agent.Ask(ctx, dir, "api/v1/snapshot", &s)
	return s, err
}

func showStatus(ctx context.Context, dir string, asJSON bool) int {
	s, err := snapshotOf(ctx, dir)
	switch {
	case err != nil:
		return notAnswered(dir, err)
	case asJSON:
		return printJSON(s)
	}
	width := console.Width(os.Stdout)
	if width == 0 {
		fmt.Fprintln(os.Stderr, terminal.Escape(s.Verdict.Text)) // the tables are for a program
	}
	if err := console.WriteStatus(os.Stdout, s, width); err != nil {
		return failed(err)
	}
	return exitOK
}

// watchStatus prints until it is interrupted, or the agent is gone.
func watchStatus(ctx context.Context, dir string, asJSON bool) int {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s, err := snapshotOf(ctx, dir)
		switch {
		case ctx.Err() != nil:
			return exitOK
		case err != nil:
			return notAnswered(dir, err)
		case asJSON:
			err = json.NewEncoder(os.Stdout).Encode(s)
		default:
			err = drawStatus(s)
		}
		if err != nil {
			return failed(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return exitOK
		}
	}
}

// drawStatus prints in one write, over what stood there on a terminal, so that nothing flickers.
func drawStatus(s api.Snapshot) error {
	var b strings.Builder
	width := console.Width(os.Stdout)
	if width > 0 {
		b.WriteString("\x1b[H\x1b[J")
	}
	if err := console.WriteStatus(&b, s, width); err != nil {
		return err
	}
	if width > 0 {
		for _, src := range s.Sources {
			if line := console.Progress(src, width); line != "" {
				b.WriteString("\n" + line)
			}
		}
	}
	b.WriteString("\n")
	_, err := os.Stdout.WriteString(b.String())
	return err
}

// Exit codes of --check, as monitoring systems have them.
const (
	checkOK = iota
	checkWarning
	checkCritical
)

func checkStatus(ctx context.Context, dir string) int {
	s, err := snapshotOf(ctx, dir)
	if errors.Is(err, agent.ErrNotRunning) {
		err = fmt.Errorf("no agent is running in data_dir %s", dir)
	}
	if err != nil {
		fmt.Printf("LOGSKIFF CRITICAL - %s\n", terminal.Escape(err.Error()))
		return checkCritical
	}
	code := map[string]int{api.OK: checkOK, api.Warning: checkWarning, api.Critical: checkCritical}[s.Verdict.Level]
	unparsed, unreadable := api.Count(0), 0
	for _, src := range s.Sources {
		unparsed += src.Unparsed.Lines
		unreadable += src.UnreadableFiles
	}
	// https://www.monitoring-plugins.org/doc/guidelines.html: what stands behind the bar is for graphs.
	fmt.Printf("LOGSKIFF %s - %s | lag_bytes=%dB lag_seconds=%.3fs lines_per_second=%.1f bytes_per_second=%.0f not_parsed=%dc unreadable_files=%d\n",
		strings.ToUpper(s.Verdict.Level), strings.ReplaceAll(terminal.Escape(s.Verdict.Text), "|", "/"), int64(s.Total.LagBytes), float64(s.Total.LagSeconds),
		float64(s.Total.LinesPerSecond), float64(s.Total.BytesPerSecond), int64(unparsed), unreadable)
	return code
}
