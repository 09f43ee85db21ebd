package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"logskiff/agent"
	"logskiff/agent/checkpoint"
	"logskiff/command/console"
	"logskiff/command/follow"
	"logskiff/command/quickstart"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/terminal"
)

const (
	quickstartRoot = "/var/log"
	quickstartData = "logskiff-data"
)

// runQuickstart is "logskiff run" for someone who has no configuration yet.
func runQuickstart() int {
	data, err := filepath.Abs(quickstartData)
	if err != nil {
		return failed(err)
	}
	screen := console.New(os.Stdout)
	found := quickstart.Find(quickstartRoot, data)
	text := quickstart.Config(found, quickstartRoot, data, freePort("7711"))
	cfg, err := conf.Parse("the built-in configuration", []byte(text), kinds.All())
	if err != nil {
		return badConfig(err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return failed(fmt.Errorf("cannot make the data folder; start it where you may write, or with a configuration: %w", err))
	}
	o := agent.Options{Log: newLog(screen, conf.Log{Level: "warn"}), Version: builtFrom().String()}
	return runAgent("", cfg, o, nil, screen, func() error {
		if err := os.WriteFile(filepath.Join(data, "logskiff.toml"), []byte(text), 0o600); err != nil {
			return fmt.Errorf("cannot write the configuration it runs with: %w", err)
		}
		screen.Introduce(found, quickstartRoot, filepath.Join(quickstartData, "received"), filepath.Join(quickstartData, "logskiff.toml"))
		return nil
	})
}

// freePort returns want, or another free loopback port when that is taken.
func freePort(want string) string {
	for _, port := range []string{want, "0"} {
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		_, got, _ := net.SplitHostPort(l.Addr().String())
		l.Close()
		return got
	}
	return want // the forwarder will say why it cannot listen
}

func check(fs *flag.FlagSet) action {
	given := fs.String("c", "", "configuration `FILE`")
	environment := fs.String("env-file", "", "`FILE` of lines NAME=value for ${NAME}, as EnvironmentFile of systemd")
	return func(rest []string) int {
		if err := loadEnvironment(*environment); err != nil {
			return failed(err)
		}
		file := *given
		if file == "" && len(rest) == 1 {
			file, rest = rest[0], nil
		}
		if file == "" || len(rest) > 0 {
			return usageError("check", "one configuration is wanted: -c FILE")
		}
		cfg, err := agent.CheckFile(file)
		if err != nil {
			return badConfig(err)
		}
		fmt.Printf("%s is good: %d source(s), %d sender(s)\n", file, len(cfg.Sources), len(cfg.Senders))
		for _, note := range notes(cfg) {
			fmt.Println("note: " + note)
		}
		return exitOK
	}
}

func reload(fs *flag.FlagSet) action {
	file := fs.String("c", "", "configuration `FILE` of the agent, which names its data folder")
	return func(rest []string) int {
		if *file == "" || len(rest) > 0 {
			return usageError("reload", "one configuration is wanted: -c FILE")
		}
		dir, err := conf.DataDir(*file)
		if err != nil {
			return badConfig(err)
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		err = agent.RequestReload(ctx, dir)
		switch bad := (*agent.BadConfig)(nil); {
		case err == nil:
			fmt.Println("reloaded")
			return exitOK
		case errors.As(err, &bad):
			fmt.Fprintln(os.Stderr, err)
			return exitBadConfig
		case errors.Is(err, agent.ErrNotRunning):
			failed(fmt.Errorf("cannot reload: no agent is running in data_dir %s, which cannot be changed while it runs", dir))
			return exitUnreachable
		}
		return failed(err)
	}
}

// notes are agent.Notes, if all the folders answer.
func notes(cfg *conf.Config) []string {
	got := make(chan []string, 1)
	go func() { got <- agent.Notes(cfg) }()
	select {
	case notes := <-got:
		return notes
	case <-time.After(5 * time.Second):
		return []string{"a folder of logs does not answer, so what is read there was not looked at"}
	}
}

func followFile(fs *flag.FlagSet) action {
	var o follow.Options
	parser := fs.String("parser", "", "`PARSER`: a name, or with settings as in a [[source]] table (default: chosen by the first line)")
	format := fs.String("format", "", "`FORMAT` of the parser, of nginx if none is named")
	fs.IntVar(&o.Lines, "n", 10, "show the last `N` lines first")
	fs.BoolVar(&o.JSON, "json", false, "show records as they are sent, one JSON object a line")
	return func(rest []string) int {
		if len(rest) != 1 {
			return usageError("follow", "one file is wanted")
		}
		o.Path = rest[0]
		if err := o.Choose(*parser, *format); err != nil {
			return usageError("follow", "%v", err)
		}
		if _, err := os.Stat(o.Path); errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(os.Stderr, "logskiff: %s is not there yet; waiting for it\n", o.Path)
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		if err := follow.Run(ctx, os.Stdout, o); err != nil {
			return failed(err)
		}
		return exitOK
	}
}

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
	case errors.Is(err, checkpoint.ErrLocked), running && err != nil:
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
