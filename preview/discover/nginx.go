package discover

import (
	"fmt"
	"path"
	"strings"

	"logskiff/conf"
)

// nginxMains are the usual places of nginx.conf, and the prefixes that relative
// paths of logs may be below.
var nginxMains = []struct {
	file     string
	prefixes []string
}{
	{"/etc/nginx/nginx.conf", []string{"/usr/share/nginx", "/etc/nginx"}},
	{"/usr/local/nginx/conf/nginx.conf", []string{"/usr/local/nginx"}},
	{"/usr/local/etc/nginx/nginx.conf", []string{"/usr/local", "/usr/local/etc/nginx"}},
	{"/usr/local/openresty/nginx/conf/nginx.conf", []string{"/usr/local/openresty/nginx"}},
	{"/opt/nginx/conf/nginx.conf", []string{"/opt/nginx"}},
}

// nginxConf walks one nginx.conf through its includes.
type nginxConf struct {
	*finder
	dir      string // what includes are relative to
	prefixes []string
	formats  map[string]string // "http main" -> the directive
	logs     []nginxLog
	read     map[string]bool // what was read, with the outermost block it was included in
	open     map[string]bool // what is being read: nothing includes itself
	files    int
}

// nginxLog is an access_log, whose format may be defined further down.
type nginxLog struct{ path, format, where string }

func (f *finder) nginx() {
	for _, main := range nginxMains {
		if _, err := f.stat(main.file); err != nil && !isPermission(err) {
			continue
		}
		n := &nginxConf{finder: f, dir: path.Dir(main.file), prefixes: main.prefixes, formats: map[string]string{}, read: map[string]bool{}, open: map[string]bool{}}
		n.file(main.file, nil)
		n.finish()
	}
}

// file reads one file that is included inside the given blocks.
func (n *nginxConf) file(name string, blocks []string) {
	// What is included in several blocks says something else in http than in stream.
	in := name
	if len(blocks) > 0 {
		in = blocks[0] + " " + name
	}
	if n.read[in] || n.open[name] || n.files >= maxConfs {
		return
	}
	n.read[in], n.open[name] = true, true
	defer delete(n.open, name)
	n.files++
	text, err := n.text(name)
	if err != nil {
		n.cannotRead(name, err)
		return
	}
	blocks = append([]string(nil), blocks...)
	s := nginxWords{text: text}
	for {
		words, end := s.next()
		switch {
		case end == '{' && len(words) > 0 && strings.HasSuffix(words[0].text, "_by_lua_block"):
			s.skipLua()
		case end == '{' && len(words) > 0:
			blocks = append(blocks, words[0].text)
		case end == '{':
			blocks = append(blocks, "")
		case end == '}' && len(blocks) > 0:
			blocks = blocks[:len(blocks)-1]
		case end == ';' && len(words) > 1:
			n.directive(words, blocks, fmt.Sprintf("%s:%d", name, words[0].line))
		case end == 0:
			return
		}
	}
}

func (n *nginxConf) directive(words []nginxWord, blocks []string, where string) {
	section := "http" // http and stream have formats of their own
	if len(blocks) > 0 && blocks[0] == "stream" {
		section = "stream"
	}
	value := words[1].text
	switch words[0].text {
	case "include":
		if !path.IsAbs(value) {
			value = path.Join(n.dir, value)
		}
		for _, name := range n.glob(value) {
			n.file(name, blocks)
		}
	case "log_format":
		raw := make([]string, len(words))
		for i, w := range words {
			raw[i] = w.raw
		}
		n.formats[section+" "+value] = strings.Join(raw, " ") + ";"
	case "access_log":
		n.accessLog(words, section, where)
	case "error_log":
		if p, ok := n.target(value, "error_log", where); ok {
			n.add(p, where, Format{"nginx_error", "{}"})
		}
	}
}

// accessLog reads: access_log path [format [buffer=size] [gzip[=level]] [flush=time] [if=condition]];
func (n *nginxConf) accessLog(words []nginxWord, section, where string) {
	p, ok := n.target(words[1].text, "access_log", where)
	if !ok {
		return
	}
	format := "combined"
	for i, w := range words[2:] {
		switch {
		case w.text == "gzip" || strings.HasPrefix(w.text, "gzip="):
			n.note(where, "writes "+p+" compressed, so it cannot be followed", "leave out gzip")
			return
		case i == 0 && !strings.Contains(w.text, "="):
			format = w.text
		}
	}
	n.logs = append(n.logs, nginxLog{p, section + " " + format, where})
}

// target returns the path of a log. Other targets are noted.
func (n *nginxConf) target(value, directive, where string) (string, bool) {
	switch {
	case value == "off" || value == "/dev/null" || value == "":
		return "", false
	case value == "stderr" || strings.HasPrefix(value, "/dev/std"):
		n.note(where, directive+" goes to the standard output of nginx, not to a file", "")
		return "", false
	case strings.HasPrefix(value, "syslog:"):
		n.note(where, directive+" goes to "+value+", not to a file", "")
		return "", false
	case strings.HasPrefix(value, "memory:"):
		return "", false
	case strings.Contains(value, "$"):
		n.note(where, directive+" has a variable in its path, so nobody knows the files: "+value, "name them by a glob")
		return "", false
	case path.IsAbs(value):
		return path.Clean(value), true
	}
	for _, prefix := range n.prefixes {
		p := path.Join(prefix, value)
		if _, err := n.stat(path.Dir(p)); err == nil {
			return p, true
		}
	}
	n.note(where, directive+" has a relative path below a folder that is not there: "+value, "")
	return "", false
}

// finish adds the access logs, now that all formats are known.
func (n *nginxConf) finish() {
	for _, l := range n.logs {
		section, name, _ := strings.Cut(l.format, " ")
		settings := `{ format = "combined" }`
		if text, ok := n.formats[l.format]; ok {
			settings = "{ format = " + conf.Quote(text) + " }"
		} else if name != "combined" || section != "http" {
			n.note(l.where, fmt.Sprintf("names the format %q, which is not defined", name), "")
			n.add(l.path, l.where)
			continue
		}
		n.add(l.path, l.where, Format{"nginx", settings})
	}
}
