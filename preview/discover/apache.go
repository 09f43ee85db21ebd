package discover

import (
	"fmt"
	"path"
	"strings"

	"logskiff/conf"
)

// apacheMains are the usual places of the main file: Debian, Red Hat, and
// builds from source.
var apacheMains = []struct{ file, root, envvars string }{
	{"/etc/apache2/apache2.conf", "/etc/apache2", "/etc/apache2/envvars"},
	{"/etc/httpd/conf/httpd.conf", "/etc/httpd", "/etc/sysconfig/httpd"},
	{"/etc/apache2/httpd.conf", "/etc/apache2", ""},
	{"/usr/local/apache2/conf/httpd.conf", "/usr/local/apache2", "/usr/local/apache2/bin/envvars"},
}

// apacheConf walks httpd's configuration
// (https://httpd.apache.org/docs/2.4/configuring.html) through its includes.
type apacheConf struct {
	*finder
	root    string // ServerRoot, what relative paths are below
	vars    map[string]string
	formats map[string]string // LogFormat by its name
	logs    []apacheLog
	depth   int
	files   int
}

// apacheLog is a CustomLog, whose format may be named further down.
type apacheLog struct{ path, format, where string }

func (f *finder) apache() {
	for _, main := range apacheMains {
		if _, err := f.stat(main.file); err != nil && !isPermission(err) {
			continue
		}
		a := &apacheConf{finder: f, root: main.root, vars: map[string]string{}, formats: map[string]string{}}
		if main.envvars != "" {
			a.envvars(main.envvars)
		}
		a.file(main.file)
		a.finish()
	}
}

// envvars reads NAME=value from the shell script that starts httpd, as far as
// that needs no shell: an unset variable is empty.
func (a *apacheConf) envvars(name string) {
	text, err := a.text(name)
	if err != nil {
		return
	}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok || !isShellName(name) {
			continue
		}
		value = strings.Trim(value, `"'`)
		for _, v := range []string{"$SUFFIX", "${SUFFIX}"} {
			value = strings.ReplaceAll(value, v, "")
		}
		a.vars[name] = a.expand(value)
	}
}

func isShellName(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// expand replaces ${NAME}; what is not defined stays, and is noted where it matters.
func (a *apacheConf) expand(s string) string {
	for name, value := range a.vars {
		s = strings.ReplaceAll(s, "${"+name+"}", value)
	}
	return s
}

func (a *apacheConf) file(name string) {
	if a.depth >= 20 || a.files >= maxConfs {
		return
	}
	a.files++
	text, err := a.text(name)
	if err != nil {
		a.cannotRead(name, err)
		return
	}
	a.depth++
	defer func() { a.depth-- }()
	number, start, whole := 0, 0, ""
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if whole == "" {
			start = number
		}
		if before, more := strings.CutSuffix(line, `\`); more {
			whole += before
			continue
		}
		if words := apacheWords(a.expand(whole + line)); len(words) > 1 && words[0][0] != '#' {
			a.directive(words, fmt.Sprintf("%s:%d", name, start))
		}
		whole = ""
	}
}

func (a *apacheConf) directive(words []string, where string) {
	value := words[1]
	switch strings.ToLower(words[0]) {
	case "serverroot":
		a.root = value
	case "define":
		if len(words) > 2 {
			a.vars[value] = words[2]
		}
	case "include", "includeoptional":
		for _, name := range a.glob(a.below(value)) {
			if info, err := a.stat(name); err == nil && info.IsDir() {
				for _, inner := range a.names(name) {
					a.file(path.Join(name, inner))
				}
				continue
			}
			if _, err := a.stat(name); err == nil || isPermission(err) || strings.EqualFold(words[0], "include") {
				a.file(name)
			}
		}
	case "logformat":
		if len(words) > 2 {
			a.formats[words[2]] = value
		} else {
			a.formats[""] = value // what TransferLog uses
		}
	case "customlog", "globallog":
		if len(words) > 2 {
			a.log(value, words[2], "CustomLog", where)
		}
	case "transferlog":
		a.log(value, "", "TransferLog", where)
	case "errorlog":
		if p, ok := a.target(value, "ErrorLog", where); ok {
			a.add(p, where, noAccessLog)
		}
	}
}

func (a *apacheConf) below(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(a.root, name)
}

func (a *apacheConf) log(value, format, directive, where string) {
	if p, ok := a.target(value, directive, where); ok {
		a.logs = append(a.logs, apacheLog{p, format, where})
	}
}

// target returns the path of a log. Other targets are noted.
func (a *apacheConf) target(value, directive, where string) (string, bool) {
	switch {
	case value == "/dev/null" || value == "":
		return "", false
	case value[0] == '|':
		a.note(where, directive+" goes to a program, which knows the file: "+value, "name its files by a glob")
		return "", false
	case strings.HasPrefix(value, "syslog"):
		a.note(where, directive+" goes to "+value+", not to a file", "")
		return "", false
	case strings.Contains(value, "${"):
		a.note(where, directive+" has a variable in its path that is not defined: "+value, "")
		return "", false
	}
	return path.Clean(a.below(value)), true
}

// finish adds the access logs, now that all formats are known.
func (a *apacheConf) finish() {
	for _, l := range a.logs {
		format, named := a.formats[l.format]
		switch {
		case named:
		case strings.Contains(l.format, "%"):
			format = l.format
		case l.format == "" || l.format == "common":
			format = `%h %l %u %t "%r" %>s %b`
		default:
			a.note(l.where, fmt.Sprintf("names the format %q, which is not defined", l.format), "")
			a.add(l.path, l.where)
			continue
		}
		a.add(l.path, l.where, Format{"apache", "{ format = " + conf.Quote(format) + " }"})
	}
}

// apacheWords splits a line as httpd's ap_getword_conf does: words may be in
// quotes, in which a backslash stands before a quote or a backslash.
func apacheWords(line string) []string {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return words
		}
		if q := line[0]; q == '"' || q == '\'' {
			var b strings.Builder
			i := 1
			for ; i < len(line) && line[i] != q; i++ {
				if line[i] == '\\' && i+1 < len(line) && (line[i+1] == q || line[i+1] == '\\') {
					i++
				}
				b.WriteByte(line[i])
			}
			words, line = append(words, b.String()), line[min(i+1, len(line)):]
			continue
		}
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		words, line = append(words, line[:end]), line[end:]
	}
}
