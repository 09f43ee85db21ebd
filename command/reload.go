package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"logskiff/agent"
	"logskiff/conf"
)

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
		_, err = agent.RequestReload(ctx, dir)
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
