package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/conf"
	"logskiff/preview/conffiles"
	"logskiff/preview/terminal"
)

// changed is what came of a change, as --json prints it.
type changed struct {
	Source string      `json:"source"`
	File   string      `json:"file"`
	Diff   string      `json:"diff"`
	DryRun bool        `json:"dry_run,omitempty"`
	Reload *api.Reload `json:"reload,omitempty"` // left out when no agent runs
}

// change pauses, resumes, removes a source, or undoes its last change.
func (c *sourceCommand) change(word, name string) int {
	var edit conffiles.Edit
	var err error
	switch word {
	case "pause", "resume":
		edit, err = c.files.Pause(name, word == "pause")
	case "remove":
		edit, err = c.files.Remove(name)
	case "undo":
		edit, err = c.undo(name)
	}
	if err != nil {
		return c.said(err)
	}
	if word == "remove" && !*c.try && !agree(fmt.Sprintf("Remove source %s, which %s has? What it delivered is remembered for a week.", name, edit.File), *c.yes) {
		return failed(fmt.Errorf("source %s was not removed; --yes does so without asking", name))
	}
	return c.apply(name, edit)
}

func (c *sourceCommand) undo(name string) (conffiles.Edit, error) {
	if at, err := c.files.Find(name); err == nil {
		return c.files.Undo(at.File)
	}
	file, err := c.files.Path(name)
	if err != nil {
		return conffiles.Edit{}, err
	}
	return c.files.Undo(file)
}

// apply makes a change, asks where a person wrote what is there, has a running agent take it, and says what came of it.
func (c *sourceCommand) apply(name string, edit conffiles.Edit) int {
	now, err := conffiles.Read(edit.File)
	if err != nil {
		return c.said(err)
	}
	result := changed{Source: name, File: edit.File, Diff: c.files.Diff(edit.File, now, edit.Wanted()), DryRun: *c.try}
	if *c.try {
		if _, err := c.files.Check(conf.Change{File: edit.File, Text: edit.Text, Gone: edit.Gone}); err != nil {
			return c.said(err)
		}
		return c.print(result)
	}
	dir, err := conf.DataDir(c.files.Main)
	if err != nil {
		return badConfig(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	reload := func() error {
		r, err := agent.RequestReload(ctx, dir)
		if errors.Is(err, agent.ErrNotRunning) {
			return nil
		}
		result.Reload = &r
		return err
	}
	err = c.files.Apply(edit, reload)
	if hand := (*conffiles.HandWritten)(nil); errors.As(err, &hand) {
		fmt.Fprintf(os.Stderr, "%s was written by hand. This would change:\n%s", terminal.Escape(hand.File), escaped(hand.Diff))
		if !agree("Change it?", *c.yes) {
			return failed(fmt.Errorf("%s was not changed; --yes does so without asking", hand.File))
		}
		edit.HandWritten = true
		err = c.files.Apply(edit, reload)
	}
	if err != nil {
		return c.said(err)
	}
	return c.print(result)
}

func (c *sourceCommand) print(r changed) int {
	if *c.json {
		return printJSON(r)
	}
	fmt.Print(escaped(r.Diff))
	switch {
	case r.DryRun:
		fmt.Fprintln(os.Stderr, "nothing was written")
	case r.Reload == nil:
		fmt.Fprintf(os.Stderr, "%s is written; no agent runs, the next start takes it. Undo: logskiff source undo %s\n", r.File, r.Source)
	default:
		fmt.Fprintf(os.Stderr, "%s is written and taken: %s. Undo: logskiff source undo %s\n", r.File, whatChanged(*r.Reload), r.Source)
	}
	return exitOK
}

// escaped makes a text of several lines harmless for a terminal.
func escaped(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(terminal.Escape(strings.TrimRight(line, "\r\n")) + "\n")
	}
	return b.String()
}
