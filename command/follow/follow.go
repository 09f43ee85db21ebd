// Package follow reads a growing log for a person at a terminal. It is the one user
// of hpcloud/tail, which may end the process and has no offsets, so nothing that must
// not lose a line may use this package (docs/decisions/001-own-tailer.md).
package follow

import (
	"context"
	"fmt"
	"io"

	"github.com/hpcloud/tail"
)

// Options say what to follow.
type Options struct {
	Path  string
	Lines int // last lines to show first
}

// Run hands lines to show until ctx is done or the file cannot be followed. A file that
// does not exist yet is waited for, and one that is rotated is followed under
// its name.
func Run(ctx context.Context, o Options, show func(line string) error) error {
	start, err := lastLines(o.Path, o.Lines)
	if err != nil {
		return fmt.Errorf("cannot follow %s: %w", o.Path, err)
	}
	t, err := tail.TailFile(o.Path, tail.Config{
		Follow: true, ReOpen: true, Logger: tail.DiscardingLogger,
		Location: &tail.SeekInfo{Offset: start, Whence: io.SeekStart},
	})
	if err != nil {
		return fmt.Errorf("cannot follow %s: %w", o.Path, err)
	}
	defer t.Cleanup()
	defer func() {
		go func() { // Stop waits for the sender of a line nobody reads any more
			for range t.Lines {
			}
		}()
		t.Stop() //nolint:errcheck // why it ended was returned already
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-t.Lines:
			if !ok {
				return fmt.Errorf("cannot follow %s any longer: %w", o.Path, t.Err())
			}
			if line.Err != nil {
				return fmt.Errorf("cannot follow %s any longer: %w", o.Path, line.Err)
			}
			if err := show(line.Text); err != nil {
				return err
			}
		}
	}
}
