package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"logskiff/agent"
	"logskiff/agent/api"
)

func reload(fs *flag.FlagSet) action {
	where := placeFlags(fs)
	asJSON := fs.Bool("json", false, "print what came of it as JSON")
	return func(rest []string) int {
		if len(rest) > 0 {
			return usageError("reload", "unexpected %q; one configuration is wanted: -c FILE", rest[0])
		}
		dir, code := where.dataDir()
		if code != exitOK {
			return code
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		r, err := agent.RequestReload(ctx, dir)
		if *asJSON && !r.At.IsZero() {
			if code := printJSON(r); code != exitOK {
				return code
			}
		}
		switch bad := (*agent.BadConfig)(nil); {
		case err == nil:
			if !*asJSON {
				fmt.Println("reloaded: " + whatChanged(r))
			}
			return exitOK
		case errors.As(err, &bad):
			fmt.Fprintln(os.Stderr, err)
			return exitBadConfig
		case errors.Is(err, agent.ErrNotRunning):
			failed(fmt.Errorf("cannot reload: no agent is running in data_dir %s, which cannot be changed while it runs", dir))
			return exitUnreachable
		}
		return notAnswered(dir, err)
	}
}

// whatChanged names the pipelines that a reload started, stopped, or restarted.
func whatChanged(r api.Reload) string {
	var parts []string
	for _, one := range []struct {
		word  string
		names []string
	}{{"started", r.Started}, {"stopped", r.Stopped}, {"restarted", r.Restart}} {
		if n := len(one.names); n > 5 {
			parts = append(parts, fmt.Sprintf("%s %s and %d more", one.word, strings.Join(one.names[:5], ", "), n-5))
		} else if n > 0 {
			parts = append(parts, one.word+" "+strings.Join(one.names, ", "))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no pipeline changed"}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d unchanged", r.Kept)), "; ")
}
