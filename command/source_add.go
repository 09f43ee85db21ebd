package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"logskiff/command/console"
	"logskiff/conf"
	"logskiff/preview/addsource"
	"logskiff/preview/discover"
	"logskiff/preview/terminal"
)

// agentUser is whom the packages run the agent as.
const agentUser = "logskiff"

// add makes a source of paths, which may be globs.
func (c *sourceCommand) add(paths []string) int {
	if len(paths) == 0 {
		return usageError("source", "add wants a file or a glob; logskiff discover lists the logs of this host")
	}
	cfg, err := c.files.Load()
	if err != nil {
		return badConfig(err)
	}
	data, err := filepath.Abs(cfg.Agent.DataDir)
	if err != nil {
		return failed(err)
	}
	engine := addsource.New(addsource.Options{Files: c.files, DataDir: data, User: agentUser, Now: time.Now})
	ctx := context.Background()
	if code := c.complete(ctx, engine, cfg, paths); code != exitOK {
		return code
	}
	plan, err := engine.Plan(ctx, c.wish)
	if err != nil {
		return c.said(err)
	}
	if !*c.json {
		c.explain(plan)
	}
	if len(plan.Mistakes) > 0 {
		for _, m := range plan.Mistakes {
			fmt.Fprintln(os.Stderr, m.Text)
		}
		return exitBadConfig
	}
	return c.apply(c.wish.Name, plan.Edit(plan.ETag, false))
}

// complete fills in what the options left out of the wish.
func (c *sourceCommand) complete(ctx context.Context, engine *addsource.Engine, cfg *conf.Config, paths []string) int {
	w := &c.wish
	for _, p := range paths {
		full, err := addsource.Absolute(p)
		if err != nil {
			return failed(err)
		}
		if exists(full) { // a file of that name, whatever it looks like
			full = discover.EscapeGlob(full)
		}
		w.Paths = append(w.Paths, full)
	}
	taken := map[string]bool{}
	for _, s := range cfg.Sources {
		taken[s.Name] = true
	}
	if w.Name == "" {
		w.Name = discover.SourceName(w.Paths[0], taken)
	}
	w.Exclude, w.SendTo = c.paths, c.sendTo
	for _, tag := range c.tags {
		key, value, ok := strings.Cut(tag, "=")
		if !ok || key == "" {
			return usageError("source", "--tag wants KEY=VALUE, not %q", tag)
		}
		if w.Tags == nil {
			w.Tags = map[string]string{}
		}
		w.Tags[key] = value
	}
	if kind, settings, ok := strings.Cut(c.parser, "="); ok {
		w.Parser = addsource.Format{Kind: strings.TrimSpace(kind), Settings: strings.TrimSpace(settings)}
	} else if c.parser != "" {
		w.Parser.Kind = c.parser
	} else if found, ok := engine.Best(ctx, w.Paths); ok {
		w.Parser = found.Format
		if w.Multiline == "" {
			w.Multiline = found.Preset
		}
	}
	return exitOK
}

// explain says on standard error what was found out, and what would happen.
func (c *sourceCommand) explain(p addsource.Plan) {
	say := func(format string, args ...any) {
		fmt.Fprintln(os.Stderr, terminal.Escape(fmt.Sprintf(format, args...)))
	}
	if p.Matched > 0 {
		say("%d file(s) match; %s of them would be sent first", p.Matched, console.Bytes(p.Bytes))
	}
	for _, f := range p.Files {
		if f.Problem != "" {
			say("%s: %s", f.Path, f.Problem)
			if f.Advice != "" {
				say("  let the agent in: %s", f.Advice)
			}
		}
	}
	for _, note := range p.Notes {
		say("note: %s", note)
	}
}
