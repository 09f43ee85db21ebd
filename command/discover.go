package command

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"logskiff/command/console"
	"logskiff/preview/discover"
)

func discoverLogs(fs *flag.FlagSet) action {
	var o discover.Options
	asTOML := fs.Bool("toml", false, "print a configuration that follows them")
	asJSON := fs.Bool("json", false, "print one JSON object a line: logs, then notes")
	fs.DurationVar(&o.Watch, "watch", time.Second, "`TIME` between the two looks that show what grows; 0 for one look")
	fs.StringVar(&o.Root, "root", "/", "`DIR` that is taken as /, say the file system of another host")
	fs.StringVar(&o.User, "user", "logskiff", "`NAME` of the user that the agent runs as, for advice")
	return func(rest []string) int {
		switch {
		case len(rest) > 0:
			return usageError("discover", "unexpected %q", rest[0])
		case *asTOML && *asJSON:
			return usageError("discover", "--toml and --json at once")
		case o.Watch < 0 || o.Watch > time.Hour:
			return usageError("discover", "--watch must be from 0 to 1h")
		}
		return printDiscovered(o, *asTOML, *asJSON)
	}
}

func printDiscovered(o discover.Options, asTOML, asJSON bool) int {
	if info, err := os.Stat(o.Root); err != nil {
		return failed(fmt.Errorf("cannot look below --root: %w", err))
	} else if !info.IsDir() {
		return failed(fmt.Errorf("cannot look below --root: %s is no folder", o.Root))
	}
	if data, err := filepath.Abs(quickstartData); err == nil {
		o.Skip = data
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	found, err := discover.Find(ctx, o)
	if err != nil {
		return failed(fmt.Errorf("cannot finish looking: %w", err))
	}
	switch {
	case asTOML:
		_, err = fmt.Print(discover.TOML(found))
	case asJSON:
		err = printDiscoveredJSON(found)
	default:
		err = console.Discovered(os.Stdout, os.Stderr, console.Width(os.Stdout), found)
		if os.Geteuid() == 0 && err == nil {
			fmt.Fprintf(os.Stderr, "What can be read was tried as root. An agent that runs as %s sees less: sudo -u %s logskiff discover\n", o.User, o.User)
		}
	}
	if err != nil {
		return failed(err)
	}
	return exitOK
}

func printDiscoveredJSON(found discover.Found) error {
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	for _, l := range found.Logs {
		if err := e.Encode(l); err != nil {
			return err
		}
	}
	for _, n := range found.Notes {
		if err := e.Encode(n); err != nil {
			return err
		}
	}
	return nil
}
