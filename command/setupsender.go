package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/terminal"
	"logskiff/senders"
)

func setupSender(fs *flag.FlagSet) action {
	file := fs.String("c", "", "configuration `FILE` that has the sender")
	limit := fs.Duration("timeout", 30*time.Second, "longest `TIME` for one endpoint")
	return func(rest []string) int {
		switch {
		case len(rest) != 2 || rest[0] != "setup" || *file == "":
			return usageError("sender", "the one thing it can do is: sender setup -c FILE NAME")
		case *limit <= 0:
			return usageError("sender", "--timeout must be more than 0s")
		}
		cfg, err := conf.Load(*file, kinds.All())
		if err != nil {
			return badConfig(err)
		}
		sender, code := senderOf(cfg, "sender", *file, rest[1])
		if code != exitOK {
			return code
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		if err := prepare(ctx, sender, *limit); err != nil {
			return failed(err)
		}
		return exitOK
	}
}

// prepare has the first endpoint of a sender that can do it write what its records want: they are doors to one destination.
func prepare(ctx context.Context, c conf.Sender, limit time.Duration) error {
	s, err := kinds.BuildSender(c.Plugin, senderEnv())
	if err != nil {
		return fmt.Errorf("cannot build sender %q: %w", c.Name, err)
	}
	defer s.Close() // it was not opened
	var all []error
	for _, e := range s.Endpoints {
		p, ok := e.(senders.Preparer)
		if !ok {
			return fmt.Errorf("sender %q: there is nothing to set up for a sender of the kind %s", c.Name, c.Kind)
		}
		within, cancel := context.WithTimeout(ctx, limit)
		err := p.Prepare(within, c.Name, func(step string) {
			fmt.Fprintf(os.Stdout, "%s  %s\n  %s\n", terminal.Escape(c.Name), terminal.Escape(e.Name()), terminal.Escape(step))
		})
		cancel()
		if err == nil {
			return nil
		}
		all = append(all, fmt.Errorf("cannot set up sender %q at %s: %w", c.Name, e.Name(), err))
	}
	return errors.Join(all...)
}
