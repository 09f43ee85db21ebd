package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/command/console"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/terminal"
)

// offsetSetting is what `offset set` was asked to do.
type offsetSetting struct {
	dir, file string // of the agent; file may be ""
	wish      api.OffsetWish
	yes, json bool
}

// setOffset shows what would be done, asks, and does it: through the agent, or in the store of one that does not run.
func setOffset(s offsetSetting) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	do := func(w api.OffsetWish) (api.OffsetMoves, error) { return agent.RequestOffsets(ctx, s.dir, w) }
	plan := s.wish
	plan.DryRun = true
	moves, err := do(plan)
	if errors.Is(err, agent.ErrNotRunning) {
		cfg, code := s.config()
		if code != exitOK {
			return code
		}
		if err := becomeOwner(s.dir); err != nil {
			return failed(err)
		}
		do = func(w api.OffsetWish) (api.OffsetMoves, error) { return agent.MoveStored(s.dir, cfg, w) }
		moves, err = do(plan)
	}
	if err != nil {
		return notAnswered(s.dir, err)
	}
	if !s.json || !s.yes {
		if err := console.WriteMoves(os.Stderr, moves, console.Width(os.Stderr)); err != nil {
			return failed(err)
		}
	}
	if !s.yes {
		if console.Width(os.Stdin) == 0 {
			return usageError("offset", "this changes what is sent, so without a terminal it needs --yes; nothing was done")
		}
		if !agree("Go on?", false) {
			fmt.Fprintln(os.Stderr, "nothing was done")
			return exitFailed
		}
	}
	if moves, err = do(s.wish); err != nil {
		return notAnswered(s.dir, err)
	}
	return s.done(moves)
}

func (s offsetSetting) done(moves api.OffsetMoves) int {
	code := exitOK
	for _, m := range moves.Moves {
		if m.Error != "" {
			code = failed(fmt.Errorf("%s: the cursor stays at %d: %s", m.Pipeline, int64(m.From), terminal.Escape(m.Error)))
		} else if !s.json {
			fmt.Printf("%s: the cursor is at %d now\n", terminal.Escape(m.Pipeline), int64(m.To))
		}
	}
	if s.json {
		return max(printJSON(moves), code)
	}
	return code
}

// config is the configuration of the agent that does not run: what cuts and parses its lines.
func (s offsetSetting) config() (*conf.Config, int) {
	file := s.file
	if beside := filepath.Join(s.dir, "logskiff.toml"); file == "" && exists(beside) {
		file = beside // of a run without a configuration
	}
	if file == "" {
		failed(errors.New("no agent is running there, so its configuration is needed: name it with -c"))
		return nil, exitUnreachable
	}
	cfg, err := conf.Load(file, kinds.All())
	if err != nil {
		return nil, badConfig(err)
	}
	return cfg, exitOK
}

// placeText makes a place of what a person typed: a time of this host, or how long ago, is a time of RFC 3339.
func placeText(typed string, now time.Time) (string, error) {
	if typed == "beginning" || typed == "end" {
		return typed, nil
	}
	if _, err := strconv.ParseUint(typed, 10, 63); err == nil {
		return typed, nil
	}
	if ago, err := time.ParseDuration(typed); err == nil && ago > 0 {
		return now.Add(-ago).UTC().Format(time.RFC3339), nil
	}
	if at, err := time.Parse(time.RFC3339, typed); err == nil {
		return at.UTC().Format(time.RFC3339), nil
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, typed, time.Local); err == nil {
			return at.UTC().Format(time.RFC3339), nil
		}
	}
	return "", fmt.Errorf("--to %q is no place: it is beginning, end, a number of bytes, a time like \"2026-11-28 14:00\" or 2026-11-28T14:00:00Z, or 24h for a day ago", typed)
}
