// Package command is the command line: one file a command, its options, what it prints
// and its exit code. What the commands do is in agent and preview.
package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"logskiff/conf"
)

// action is a command whose options were parsed; rest is what is not an option.
// It returns the exit code.
type action func(rest []string) int

// command is one row of the table that help, the man page and the completions of
// shells are made of.
type command struct {
	name  string
	args  string   // behind the name, as help shows them
	words []string // what may stand there, when it is not a file
	short string
	more  string // further sentences for --help and the man page
	// examples are command lines, without the program's name.
	examples []string
	// options defines its options and returns what it does.
	options func(*flag.FlagSet) action
}

func table() []command {
	return []command{
		{name: "run", args: "[-c FILE]", short: "run the agent or the forwarder that FILE describes",
			more: "Without a configuration, it follows the logs under /var/log into ./logskiff-data/received.\nWith one, a terminal shows the same line of figures below the log.\nSIGHUP loads the configuration again; SIGTERM and SIGINT stop it.", examples: []string{"run", "run -c /etc/logskiff/logskiff.toml"}, options: run},
		{name: "check", args: "-c FILE", short: "check a configuration, start nothing",
			more:     "Exit code 3 and every mistake with its place when it is bad: a gate for what is rolled out. 1: it is good, and --as\nfound what cannot be read, or --connect a sender that would not take a batch. The packages' environment file is found by itself.",
			examples: []string{"check -c /etc/logskiff/logskiff.toml", "check --as logskiff --connect", "check -c new.toml --json | jq .mistakes"}, options: check},
		{name: "reload", args: "[-c FILE]", short: "have the running agent load its configuration again",
			more:     "Waits until it is done, and says what changed. When the configuration is bad, the old one goes on, and it says\nwhat is wrong with exit code 3. SIGHUP does the same without an answer.",
			examples: []string{"reload", "reload -c /etc/logskiff/logskiff.toml --json"}, options: reload},
		{name: "status", args: "[-c FILE]", short: "show sources, lag and senders of the running agent",
			more:     "The first line says whether all is well. Without a terminal each table has all its columns, none with a space in it,\nsizes in bytes, times in seconds or RFC 3339. Exit code of --check: 0 well, 1 warning, 2 critical or not running.",
			examples: []string{"status", "status --watch", "status --check", "status | awk '$2 != \"running\"'", "status --json | jq .total"}, options: status},
		{name: "errors", args: "[-c FILE]", short: "show what goes wrong now, and did in the last 15 minutes",
			more:     "Per source, sender and endpoint: since when, how often, and what was answered. Without a terminal it is one table,\nwith times in RFC 3339 and no space in a column. What is older is in the agent's log: journalctl -u logskiff.",
			examples: []string{"errors", "errors | awk '$1 == \"now\"'", "errors --json | jq '.errors[].text'"}, options: listErrors},
		{name: "discover", short: "list the logs found on this host, and what reads them", examples: []string{"discover", "discover --toml"}, options: discoverLogs},
		{name: "source", args: "add PATH ... | list | show NAME | pause NAME | resume NAME | remove NAME | undo NAME", words: sourceWords, short: "add, list, pause and remove sources of the configuration",
			more:     "Writes one file a source into conf.d, whole or not at all, checked before, and has the running agent take it; what the\nagent refuses is put back. A file that was written by hand is shown with what would change, and changed after a yes.\nundo takes the last change of a source back. pause keeps its checkpoints, so resume goes on where it was.",
			examples: []string{"source add /var/log/nginx/shop.access.log --dry-run", "source add '/srv/*/log/app.log' --name app --parser json --start beginning --tag env=prod", "source list", "source pause app", "source undo app"}, options: source},
		{name: "follow", args: "FILE", short: "watch a growing log through a parser; needs no agent", examples: []string{"follow /var/log/nginx/access.log"}, options: followFile},
		{name: "test-parse", args: "FILE", short: "show what a parser makes of the lines of a file",
			more: "FILE may be compressed (gzip, zstd), or - for standard input. Without a parser the\none that reads the first lines best is taken. Exit code 0: all lines were parsed;\n1: some were not, or FILE cannot be read.", examples: []string{"test-parse /var/log/nginx/access.log", "test-parse --parser json app.log"}, options: testParse},
		{name: "test-sender", args: "-c FILE [NAME ...]", short: "try the senders of a configuration, step by step, without a record",
			more: "Beside a running agent too. To an endpoint of HTTP it posts an empty body, in a folder it writes nothing.\nExit code 0: nothing is known to be wrong; 1: an endpoint would not take a batch.", examples: []string{"test-sender -c /etc/logskiff/logskiff.toml ingest"}, options: testSender},
		{name: "sender", args: "setup -c FILE NAME", words: []string{"setup"}, short: "write at a destination what records are kept better with",
			more: "For elasticsearch an index template, logskiff-NAME, of all indexes that the sender NAME can write to; what was\nthere under that name is replaced. No agent does this by itself. Of several endpoints the first that takes it is enough.", examples: []string{"sender setup -c /etc/logskiff/logskiff.toml search"}, options: setupSender},
		{name: "offset", args: "show | set FILE --to PLACE", words: []string{"show", "set"}, short: "show how far each file was delivered, or go on elsewhere",
			more:     "PLACE is beginning, end, a number of bytes (the line that has it), a time (\"2026-11-28 14:00\", as the source's parser\nreads its lines), or 24h for a day ago. It goes through the running agent, or, when none runs, into what it stored. What is\npassed by is skipped, and counted so; what is sent again has the identity that it had. It shows what will be done and asks.",
			examples: []string{"offset show", "offset show -c /etc/logskiff/logskiff.toml --json", "offset set /var/log/nginx/access.log --to end", "offset set /var/log/app.log --to 24h --sender archive --yes"}, options: offset},
		{name: "store", args: "check [-c FILE | DIR]", words: []string{"check"}, short: "check what a forwarder stored against its index",
			more: "Reads every file of the folders that the configuration's senders write (or of DIR; default\n./" + quickstartData + "/received) and says what it found. The forwarder must not run. Exit code 0: all agrees;\n1: it does not, or cannot be read.", examples: []string{"store check -c /etc/logskiff/forwarder-main.toml"}, options: storeFolder},
		{name: "ui", args: "[-c FILE]", short: "print a link to the local web page of the running agent",
			more: "The link logs in once, within two minutes. It is asked for over the control socket, which only root and the\nagent's user may open. From elsewhere: ssh -L 7710:127.0.0.1:7710 HOST, then open the link.", examples: []string{"ui", "ui --role viewer"}, options: openPage},
		{name: "version", short: "show the version, its commit, and their date", examples: []string{"version"}, options: version},
		{name: "completion", args: "SHELL", words: []string{"bash", "zsh", "fish"}, short: "print a script that completes commands and options",
			more: "SHELL is bash, zsh or fish. In bash: source <(logskiff completion bash). The packages install all three.", examples: []string{"completion bash"}, options: completion},
		{name: "man", short: "print the manual page", more: "To read it: logskiff man | man -l -", examples: []string{"man | man -l -"}, options: manual},
	}
}

const exitCodes = "0 ok, 1 failed, 2 usage, 3 bad configuration, 4 agent unreachable."

func usage() string {
	var b strings.Builder
	b.WriteString("logskiff follows logs and delivers every line, once it was acknowledged.\n\n")
	b.WriteString("  logskiff run                   follow the logs under /var/log into ./logskiff-data/received\n")
	for _, c := range table() {
		args := c.args
		switch c.name {
		case "run":
			args = "-c FILE"
		case "test-sender":
			args = "-c FILE"
		case "sender":
			args = "setup -c FILE NAME"
		case "offset":
			args = "show"
		case "store":
			args = "check"
		case "source":
			args = "add PATH"
		}
		fmt.Fprintf(&b, "  logskiff %-22s%s\n", strings.TrimSpace(c.name+" "+args)+" ", c.short)
	}
	b.WriteString("\nEach command has --help. Exit codes: " + exitCodes + "\n")
	return b.String()
}

// Execute runs the command that the arguments name and returns the exit code.
func Execute(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage())
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Print(usage())
		return exitOK
	case "--version", "-version":
		args = []string{"version"}
	}
	for _, c := range table() {
		if c.name == args[0] {
			return c.execute(args[1:])
		}
	}
	var names []string
	for _, c := range table() {
		names = append(names, c.name)
	}
	fmt.Fprintf(os.Stderr, "logskiff: unknown command %q%s\nTry: logskiff --help\n", args[0], meant(args[0], names))
	return exitUsage
}

func (c command) execute(args []string) int {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	do := c.options(fs)
	// Options may stand after the file name, as people type them.
	var rest []string
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			c.help(os.Stdout, fs)
			return exitOK
		}
		if err != nil {
			return usageError(c.name, "%s", optionError(fs, err))
		}
		if fs.NArg() == 0 {
			return do(rest)
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

func (c command) help(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintf(w, "logskiff %s: %s\n", strings.TrimSpace(c.name+" "+c.args), c.short)
	if c.more != "" {
		fmt.Fprintf(w, "\n%s\n", c.more)
	}
	for i, e := range c.examples {
		if i == 0 {
			fmt.Fprintln(w, "\nExamples:")
		}
		fmt.Fprintf(w, "  logskiff %s\n", e)
	}
	fmt.Fprintln(w)
	fs.SetOutput(w)
	fs.PrintDefaults()
}

// meant is what somebody may have wanted to type, to stand behind what is wrong; "" when nothing is near.
func meant(typed string, names []string) string {
	if hint := conf.DidYouMean(typed, names); hint != "" {
		return "; " + hint
	}
	return ""
}

// optionError says what package flag says, in our words where it names an option that there is not.
func optionError(fs *flag.FlagSet, err error) string {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err.Error()
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, dashed(f.Name)) })
	return "unknown option " + dashed(name) + meant(dashed(name), names)
}

func usageError(name, format string, args ...any) int {
	fmt.Fprintf(os.Stderr, "logskiff %s: %s\nTry: logskiff %s --help\n", name, fmt.Sprintf(format, args...), name)
	return exitUsage
}

// flags lists the options of a command.
func (c command) flags() []*flag.Flag {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.options(fs)
	var all []*flag.Flag
	fs.VisitAll(func(f *flag.Flag) { all = append(all, f) })
	return all
}

// dashed is an option as people write it.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
