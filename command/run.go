package command

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"logskiff/agent"
	"logskiff/command/console"
	"logskiff/conf"
	"logskiff/kinds"
)

func run(fs *flag.FlagSet) action {
	file := fs.String("c", "", "configuration `FILE`")
	return func(rest []string) int {
		if len(rest) > 0 {
			return usageError("run", "unexpected %q; a configuration is given with -c", rest[0])
		}
		if *file == "" {
			return runQuickstart()
		}
		reload := make(chan os.Signal, 1)
		signal.Notify(reload, syscall.SIGHUP) // before anything slow: it would end the process
		cfg, err := conf.Load(*file, kinds.All())
		if err != nil {
			return badConfig(err)
		}
		load := func() (*conf.Config, error) { return conf.LoadWithFiles(*file, kinds.All()) }
		screen := screenOf(cfg)
		var out io.Writer = os.Stderr
		if screen != nil {
			out = screen
		}
		return runAgent(*file, cfg, agent.Options{Log: newLog(out, cfg.Agent.Log), Version: builtFrom().String(), Load: load, File: *file}, reload, screen, nil)
	}
}

// screenOf is where a person looks at an agent that follows files: the terminal that its log goes to, too. nil: nobody does, or its sources
// follow none, so that the line of figures would say nothing.
func screenOf(cfg *conf.Config) *console.Console {
	if console.Width(os.Stderr) == 0 || !slices.ContainsFunc(cfg.Sources, func(s conf.Source) bool { return kinds.FilesOf(s.Reader) != nil }) {
		return nil
	}
	return console.New(os.Stderr)
}

// runAgent runs a configuration, of file if it is in one, until SIGINT or SIGTERM; a second one ends the process at once.
// What comes over reload loads the configuration again. Without a file to load
// SIGHUP stops the agent too, since it says that the terminal was closed.
// opened, if not nil, is called once the data folder is ours.
func runAgent(file string, cfg *conf.Config, o agent.Options, reload <-chan os.Signal, screen *console.Console, opened func() error) int {
	agent.LimitMemory(cfg.Agent.Memory)
	ending := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if o.Load == nil && !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		ending = append(ending, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()
	context.AfterFunc(ctx, stop)

	o.Inherit()
	a, err := agent.New(cfg, o)
	if bad := (*agent.BadConfig)(nil); errors.As(err, &bad) {
		if _, placed := agent.CheckFile(file); file != "" && placed != nil {
			err = placed // the same mistake with its place
		}
		return badConfig(err)
	}
	if err != nil {
		return failed(err)
	}
	if opened != nil {
		if err := opened(); err != nil {
			return failed(err)
		}
	}
	go reloadOn(ctx, reload, a)
	var shown sync.WaitGroup
	if screen != nil {
		shown.Go(func() { screen.Show(ctx, a) })
	}
	o.Log.Info("started", "version", o.Version, "pid", os.Getpid(), "data_dir", cfg.Agent.DataDir)
	err = a.Run(ctx)
	shown.Wait()
	if screen != nil {
		screen.Finish(a)
	}
	if err != nil {
		return failed(err)
	}
	o.Log.Info("stopped")
	return exitOK
}

func reloadOn(ctx context.Context, asked <-chan os.Signal, a *agent.Agent) {
	for {
		select {
		case <-asked:
			a.ReloadFile() //nolint:errcheck // it is logged, and nobody waits for it
		case <-ctx.Done():
			return
		}
	}
}

func newLog(w io.Writer, c conf.Log) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.Level)) //nolint:errcheck // conf has checked it
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
