package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"logskiff/agent"
	"logskiff/agent/api"
	"logskiff/conf"
	"logskiff/preview/terminal"
	"logskiff/preview/testsender"
)

// packagedEnvironment is what the packages' units read variables from.
const packagedEnvironment = "/etc/logskiff/environment"

// checked is what `check` found, as --json prints it.
type checked struct {
	File       string             `json:"file"`
	OK         bool               `json:"ok"` // nothing is wrong; notes may be there
	Sources    int                `json:"sources"`
	Senders    int                `json:"senders"`
	Error      string             `json:"error,omitempty"`
	Mistakes   []api.Mistake      `json:"mistakes"`
	Notes      []string           `json:"notes"`
	Unreadable []unreadable       `json:"unreadable"`        // by --as
	Tried      []testsender.Tried `json:"senders_tried"`     // by --connect
	As         string             `json:"as_user,omitempty"` // who the two were tried as
}

// checking are the options of check.
type checking struct {
	file, environment, as *string
	connect, json         *bool
}

func check(fs *flag.FlagSet) action {
	o := checking{
		file:        fs.String("c", "", "configuration `FILE` (default "+packagedConfig+")"),
		environment: fs.String("env-file", "", "`FILE` of lines NAME=value for ${NAME}, as EnvironmentFile of systemd (default "+packagedEnvironment+" for files of its folder)"),
		connect:     fs.Bool("connect", false, "try each sender, as test-sender does"),
		as:          fs.String("as", "", "try whether this `USER` can read what the sources name; only root can"),
		json:        fs.Bool("json", false, "print what was found as JSON"),
	}
	return func(rest []string) int {
		file := *o.file
		switch {
		case file == "" && len(rest) == 1:
			file, rest = rest[0], nil
		case file == "" && len(rest) == 0 && exists(packagedConfig):
			file = packagedConfig
		}
		if file == "" || len(rest) > 0 {
			return usageError("check", "one configuration is wanted: -c FILE")
		}
		if err := o.load(file, packagedEnvironment); err != nil {
			return failed(err)
		}
		return o.run(file)
	}
}

// load sets the variables of the environment file: of the one that was named, or of the packages' if the configuration is theirs.
func (o checking) load(file, packaged string) error {
	if *o.environment != "" {
		return loadEnvironment(*o.environment)
	}
	if full, err := filepath.Abs(file); err != nil || filepath.Dir(full) != filepath.Dir(packaged) || !exists(packaged) {
		return nil
	}
	err := loadEnvironment(packaged)
	if errors.Is(err, os.ErrPermission) {
		fmt.Fprintf(os.Stderr, "going on without the variables of %s, which is root's: try with sudo\n", packaged)
		return nil
	}
	if err == nil {
		fmt.Fprintln(os.Stderr, "with the variables of "+packaged)
	}
	return err
}

func (o checking) run(file string) int {
	found := checked{File: file, Mistakes: []api.Mistake{}, Notes: []string{}, Unreadable: []unreadable{}, Tried: []testsender.Tried{}, As: *o.as}
	cfg, err := agent.CheckFile(file)
	if err != nil {
		if *o.json {
			found.wrong(err)
			printJSON(found)
		}
		return badConfig(err)
	}
	found.OK, found.Sources, found.Senders = true, len(cfg.Sources), len(cfg.Senders)
	found.Notes = append(found.Notes, notes(cfg)...)
	if !*o.json {
		fmt.Printf("%s is good: %d source(s), %d sender(s)\n", file, found.Sources, found.Senders)
		for _, note := range found.Notes {
			fmt.Println("note: " + note)
		}
	}
	code := exitOK
	if *o.as != "" {
		if found.Unreadable, err = readableBy(*o.as, cfg); err != nil {
			return failed(err)
		}
		if len(found.Unreadable) > 0 {
			code, found.OK = exitFailed, false
		}
		if !*o.json {
			showUnreadable(os.Stdout, *o.as, found.Unreadable)
		}
	}
	if *o.connect {
		show := showTried
		if *o.json {
			show = func(_ io.Writer, t testsender.Tried) { found.Tried = append(found.Tried, t) }
		}
		if tried := trySenders(cfg, nil, 10*time.Second, show); tried != exitOK {
			code, found.OK = tried, false
		}
	}
	if *o.json {
		return max(printJSON(found), code)
	}
	return code
}

// wrong notes what is wrong with the configuration.
func (c *checked) wrong(err error) {
	var all conf.Errors
	if !errors.As(err, &all) {
		c.Error = err.Error()
	}
	c.Mistakes = append(c.Mistakes, api.MistakesOf(all)...)
}

func showUnreadable(w io.Writer, user string, all []unreadable) {
	if len(all) == 0 {
		fmt.Fprintf(w, "%s can read all that the sources find now\n", terminal.Escape(user))
	}
	for _, u := range all {
		fmt.Fprintf(w, "source %s: %s cannot read %s: %s\n  %s\n", terminal.Escape(u.Source), terminal.Escape(user), terminal.Escape(u.Path), terminal.Escape(u.Error), terminal.Escape(u.Advice))
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
