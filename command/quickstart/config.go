package quickstart

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"logskiff/conf"
	"logskiff/preview/discover"
)

// Config writes the configuration that follows what was found into a forwarder
// in the same process. port is a free loopback port for it. Everything it keeps
// lies below dataDir. Files that appear later under root are followed too.
func Config(f Found, root, dataDir, port string) string {
	var formats []discover.Format // of the logs that are parsed, in the order of their first one
	var parsed []string
	of := map[discover.Format][]string{}
	for _, l := range f.Logs {
		if l.Parser.Kind == "raw" {
			continue
		}
		if of[l.Parser] == nil {
			formats = append(formats, l.Parser)
		}
		of[l.Parser], parsed = append(of[l.Parser], l.Path), append(parsed, l.Path)
	}
	patterns := []string{
		"**/*.log", "**/*_log", "**/*.err", "**/*.out",
		"syslog", "messages", "secure", "maillog", "cron", "debug",
	}
	for i, p := range patterns {
		patterns[i] = filepath.Join(root, p)
	}

	var b strings.Builder
	fmt.Fprintf(&b, `# Written by "logskiff run" without a configuration. Copy it, change it, and
# start it with: logskiff run -c FILE
[agent]
data_dir = %s
listen   = "off"

`, conf.QuoteExpanded(dataDir))
	names := map[string]int{"logs": 1, "forwarder": 1}
	for _, p := range formats {
		name := strings.ReplaceAll(p.Kind, "_", "-")
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, names[name])
		}
		multiline := ""
		if preset := discover.Multiline(p.Kind); preset != "" {
			multiline = ", multiline = { preset = " + conf.Quote(preset) + " }"
		}
		fmt.Fprintf(&b, `[[source]]
name        = %s
reader.file = { paths = %s, start_at = "beginning"%s }
parser.%s
send_to     = ["local"]

`, conf.Quote(name), list(of[p]), multiline, p.Text())
	}
	fmt.Fprintf(&b, `[[source]]
name        = "logs"
reader.file = { paths = %s, exclude = %s, start_at = "beginning" }
send_to     = ["local"]

# The agent's side: put your forwarders here.
[[sender]]
name = "local"
http = { endpoints = ["http://127.0.0.1:%s"] }

# The forwarder's side. On a machine of its own these two are a whole forwarder.
[[source]]
name        = "forwarder"
reader.http = { listen = "127.0.0.1:%s" }
parser.json = {}
send_to     = ["received"]

[[sender]]
name = "received"
file = { path = %s }
`, list(patterns), list(append(parsed, filepath.Join(dataDir, "**"))), port, port, conf.QuoteExpanded(filepath.Join(dataDir, "received")))
	return b.String()
}

func list(items []string) string {
	var quoted []string
	for _, s := range items {
		if utf8.ValidString(s) { // TOML cannot say other names; a pattern still finds them
			quoted = append(quoted, conf.QuoteExpanded(s))
		}
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
