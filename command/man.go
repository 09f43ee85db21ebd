package command

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

func manual(*flag.FlagSet) action {
	return func(rest []string) int {
		if len(rest) > 0 {
			return usageError("man", "it takes no argument")
		}
		b := builtFrom()
		writeManual(os.Stdout, table(), b.String(), b.date)
		return exitOK
	}
}

// roff makes plain text safe inside a manual page: man-pages(7).
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(s)
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(line, ".") {
			line = `\&` + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// writeManual writes logskiff(8) in the macros of man(7).
func writeManual(w io.Writer, commands []command, version, date string) {
	day := ""
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		day = at.UTC().Format(time.DateOnly)
	}
	fmt.Fprintf(w, ".TH LOGSKIFF 8 %q %q %q\n", day, "logskiff "+version, "System administration")
	fmt.Fprint(w, ".SH NAME\nlogskiff \\- follow logs and deliver every line, once it was acknowledged\n.SH SYNOPSIS\n")
	for i, c := range commands {
		if i > 0 {
			fmt.Fprint(w, ".br\n")
		}
		fmt.Fprintf(w, ".B logskiff %s\n", roff(c.name))
		if c.args != "" {
			fmt.Fprintf(w, ".RI \"%s\"\n", roff(c.args))
		}
	}
	fmt.Fprintf(w, `.SH DESCRIPTION
%s
.SH COMMANDS
`, roff("Logskiff follows log files through rotation, restarts and outages, parses their lines and posts them in batches.\nOnly the receiver's word moves a checkpoint. The same binary, configured the other way round, is the forwarder."))
	for _, c := range commands {
		fmt.Fprintf(w, ".SS %s\n", roff(strings.TrimSpace(c.name+" "+c.args)))
		fmt.Fprintf(w, "%s.\n", roff(strings.ToUpper(c.short[:1])+c.short[1:]))
		if c.more != "" {
			fmt.Fprintf(w, "%s\n", roff(c.more))
		}
		for i, e := range c.examples {
			if i == 0 {
				fmt.Fprint(w, ".PP\nExamples:\n")
			}
			fmt.Fprintf(w, ".PP\n.RS\n%s\n.RE\n", roff("logskiff "+e))
		}
		for _, f := range c.flags() {
			value, about := flag.UnquoteUsage(f)
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(dashed(f.Name)+" "+value)), roff(about))
		}
	}
	fmt.Fprintf(w, ".SH EXIT STATUS\n%s\n", roff(exitCodes))
	fmt.Fprint(w, ".SH FILES\n")
	for _, f := range [][2]string{
		{"/etc/logskiff/logskiff.toml", "the agent's configuration"},
		{"/etc/logskiff/conf.d/*.toml", "more sources and senders"},
		{"/var/lib/logskiff", "checkpoints, quarantine and spooled files"},
	} {
		fmt.Fprintf(w, ".TP\n.I %s\n%s\n", roff(f[0]), roff(f[1]))
	}
	fmt.Fprint(w, ".SH SEE ALSO\n.BR journalctl (1),\n.BR systemctl (1)\n")
}
