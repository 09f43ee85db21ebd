package command

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"logskiff/agent"
	"logskiff/command/console"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/addsource"
	"logskiff/preview/conffiles"
	"logskiff/preview/terminal"
)

// sourceWords are what `source` can do.
var sourceWords = []string{"add", "list", "show", "pause", "resume", "remove", "undo"}

// sourceCommand is one `source ...` with its options.
type sourceCommand struct {
	file           *string
	json, yes, try *bool
	wish           addsource.Wish
	parser         string
	tags           list
	paths          list // --exclude
	sendTo         list
	files          *conffiles.Files
}

// list is an option that may be given several times.
type list []string

func (l *list) String() string     { return strings.Join(*l, ", ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func source(fs *flag.FlagSet) action {
	c := &sourceCommand{
		file: fs.String("c", "", "configuration `FILE` of the agent (default "+packagedConfig+", then ./"+quickstartData+")"),
		json: fs.Bool("json", false, "print JSON"),
		yes:  fs.Bool("yes", false, "do not ask before removing a source, or changing a file that was written by hand"),
		try:  fs.Bool("dry-run", false, "say what would happen, and write nothing"),
	}
	fs.StringVar(&c.wish.Name, "name", "", "add: `NAME` of the source; made of the path when left out")
	fs.StringVar(&c.parser, "parser", "", "add: `PARSER`, as 'nginx = { format = \"combined\" }' or a name alone; the one that reads the log best when left out")
	fs.StringVar(&c.wish.StartAt, "start", "end", "add: `WHERE` to start in files that are there: end, or beginning")
	fs.StringVar(&c.wish.Multiline, "multiline", "", "add: `PRESET` of multiline, where a record has several lines")
	fs.Var(&c.paths, "exclude", "add: `GLOB` of files to leave out; may be given again")
	fs.Var(&c.tags, "tag", "add: `KEY=VALUE`, a field that is the same for every record; may be given again")
	fs.Var(&c.sendTo, "send-to", "add: `SENDER` that it goes to; may be given again, and left out when there is one")
	return c.do
}

func (c *sourceCommand) do(rest []string) int {
	if len(rest) == 0 {
		return usageError("source", "one of %s is wanted", strings.Join(sourceWords, ", "))
	}
	word, rest := rest[0], rest[1:]
	if !slices.Contains(sourceWords, word) {
		return usageError("source", "unknown %q%s", word, meant(word, sourceWords))
	}
	if code := c.find(); code != exitOK {
		return code
	}
	switch {
	case word == "add":
		return c.add(rest)
	case word == "list" && len(rest) == 0:
		return c.list()
	case word == "list":
		return usageError("source", "unexpected %q", rest[0])
	case len(rest) != 1:
		return usageError("source", "%s wants the name of one source", word)
	case word == "show":
		return c.show(rest[0])
	}
	return c.change(word, rest[0])
}

// find finds the configuration, and says which it took when nobody named one.
func (c *sourceCommand) find() int {
	file := *c.file
	if file == "" {
		for _, one := range []string{packagedConfig, filepath.Join(quickstartData, "logskiff.toml")} {
			if exists(one) {
				file = one
				fmt.Fprintln(os.Stderr, "configuration "+file)
				break
			}
		}
	}
	if file == "" {
		return failed(fmt.Errorf("cannot find a configuration: there is neither %s nor ./%s; name it with -c", packagedConfig, quickstartData))
	}
	c.files = &conffiles.Files{Main: file, Kinds: kinds.All(), Now: time.Now,
		Check: func(change conf.Change) (*conf.Config, error) { return agent.CheckChange(file, change) }}
	return exitOK
}

// listed is one row of `source list --json`.
type listed struct {
	Name   string   `json:"name"`
	Paused bool     `json:"paused"`
	Reader string   `json:"reader"`
	Parser string   `json:"parser"`
	SendTo []string `json:"send_to"`
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Made   bool     `json:"made_by_logskiff"`
}

func (c *sourceCommand) list() int {
	all, err := c.files.List()
	if err != nil {
		return badConfig(err)
	}
	rows := [][]string{{"SOURCE", "STATE", "READER", "PARSER", "TO", "WRITTEN IN", "BY"}}
	out := []listed{}
	for _, s := range all {
		out = append(out, listed{s.Name, s.Paused, s.Reader.Kind, s.Parser.Kind, s.SendTo, s.File, s.Line, s.Ours})
		state, by := "on", "hand"
		if s.Paused {
			state = "paused"
		}
		if s.Ours {
			by = "logskiff"
		}
		rows = append(rows, []string{s.Name, state, s.Reader.Kind, s.Parser.Kind, strings.Join(s.SendTo, ","), fmt.Sprintf("%s:%d", s.File, s.Line), by})
	}
	if *c.json {
		return printJSON(out)
	}
	if err := console.Table(os.Stdout, console.Width(os.Stdout), rows); err != nil {
		return failed(err)
	}
	return exitOK
}

func (c *sourceCommand) show(name string) int {
	at, err := c.files.Find(name)
	if err != nil {
		return c.said(err)
	}
	text := conf.Masked(at.File, at.Text, c.files.Kinds)
	if *c.json {
		return printJSON(struct {
			Name string `json:"name"`
			File string `json:"file"`
			Line int    `json:"line"`
			Made bool   `json:"made_by_logskiff"`
			Text string `json:"text"`
		}{name, at.File, at.Line, at.Ours, text})
	}
	fmt.Fprintf(os.Stderr, "%s:%d\n", at.File, at.Line)
	for line := range strings.Lines(text) {
		fmt.Println(terminal.Escape(strings.TrimRight(line, "\r\n")))
	}
	return exitOK
}

// said prints an error of conffiles or addsource, and returns its code.
func (c *sourceCommand) said(err error) int {
	var bad conf.Errors
	var refused *agent.BadConfig
	switch {
	case errors.As(err, &refused):
		fmt.Fprintln(os.Stderr, refused)
		fmt.Fprintln(os.Stderr, "logskiff: the agent refused it; the files are as they were")
		return exitBadConfig
	case errors.As(err, &bad):
		return badConfig(err)
	case errors.Is(err, os.ErrPermission):
		return failed(fmt.Errorf("%w; only who may write the configuration can do this, root for one", err))
	case errors.Is(err, conffiles.ErrUnknown):
		if all, listErr := c.files.List(); listErr == nil {
			var names []string
			for _, s := range all {
				names = append(names, s.Name)
			}
			return failed(fmt.Errorf("%w; there are: %s", err, cmp.Or(strings.Join(names, ", "), "none")))
		}
	}
	return failed(err)
}
