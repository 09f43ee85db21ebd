package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"logskiff/bench/sink"
)

// job is what a subject is to do.
type job struct {
	dir         string   // its own, empty at first
	paths       []string // or patterns, of the files to follow from their beginning
	addrs       []string // host:port of the sink
	parser      string   // the agent's: raw, nginx, json
	compression string   // the agent's; "" is its default
	format      string   // likewise
	sender      string   // likewise: its kind; "" is http
}

// subject is an agent that can be measured.
type subject struct {
	name string
	kind sink.Kind // of the bodies it sends for raw lines
	tcp  bool
	// prepare writes a configuration into j.dir and returns the command.
	prepare func(j job) (argv []string, err error)
}

// toml writes strings as a TOML array; none of ours needs more than %q.
func toml(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// agentConfig is our agent's configuration for j.
func agentConfig(j job) string {
	endpoints := make([]string, len(j.addrs))
	for i, a := range j.addrs {
		endpoints[i] = "http://" + a
	}
	compression := ""
	if j.compression != "" {
		compression = fmt.Sprintf(", compression = %q", j.compression)
	}
	format := ""
	if j.format != "" {
		format = fmt.Sprintf(", format = %q", j.format)
	}
	sender, settings := "http", ""
	switch j.sender {
	case "elasticsearch":
		sender, settings = j.sender, `, index = "bench-{source}-{time:%Y.%m.%d}"`
	case "victorialogs":
		sender = j.sender
	}
	return fmt.Sprintf(`[agent]
data_dir = %q
listen = "off"

[[source]]
name = "bench"
reader.file = { paths = %s, start_at = "beginning" }
parser.%s = {}
send_to = ["sink"]

[[sender]]
name = "sink"
%s = { endpoints = %s%s%s%s }
`, filepath.Join(j.dir, "data"), toml(j.paths), j.parser, sender, toml(endpoints), compression, format, settings)
}

// agentSubject is our agent.
func (b *bench) agentSubject() subject {
	return subject{name: "logskiff", kind: sink.Message, prepare: func(j job) ([]string, error) {
		path := filepath.Join(j.dir, "agent.toml")
		if err := os.WriteFile(path, []byte(agentConfig(j)), 0o644); err != nil {
			return nil, fmt.Errorf("cannot configure the agent: %w", err)
		}
		return []string{b.agent, "run", "-c", path}, nil
	}}
}

// rsyslogConfig is rsyslog's configuration for j: bare lines over one TCP
// connection, no JSON and no HTTP, and offsets kept its own way. Of the queues
// tried on two cores (direct, linked list, fixed arrays with batches of 256 to
// 4096), this is among the fastest and the smallest.
func rsyslogConfig(j job) (string, error) {
	host, port, err := net.SplitHostPort(j.addrs[0])
	if err != nil {
		return "", fmt.Errorf("cannot configure rsyslog: %w", err)
	}
	var inputs strings.Builder
	for _, p := range j.paths {
		fmt.Fprintf(&inputs, "input(type=\"imfile\" File=%q Tag=\"bench\" freshStartTail=\"off\" ruleset=\"send\")\n", p)
	}
	return fmt.Sprintf(`global(workDirectory=%q maxMessageSize="64k")
main_queue(queue.type="FixedArray" queue.size="10000" queue.dequeueBatchSize="1024")
module(load="imfile" mode="inotify")
template(name="line" type="list") { property(name="msg") constant(value="\n") }
ruleset(name="send") {
  action(type="omfwd" target=%q port=%q protocol="tcp" template="line" action.resumeRetryCount="-1")
}
%s`, j.dir, host, port, inputs.String()), nil
}

// rsyslogSubject is Debian's rsyslog, or an error if there is none.
func rsyslogSubject() (subject, error) {
	path, err := exec.LookPath("rsyslogd")
	if err != nil {
		path = "/usr/sbin/rsyslogd" // not on the PATH of most users
		if _, err := os.Stat(path); err != nil {
			return subject{}, fmt.Errorf("cannot compare with rsyslog: install it: %w", err)
		}
	}
	return subject{name: "rsyslog", kind: sink.Lines, tcp: true, prepare: func(j job) ([]string, error) {
		text, err := rsyslogConfig(j)
		if err != nil {
			return nil, err
		}
		conf := filepath.Join(j.dir, "rsyslog.conf")
		if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("cannot configure rsyslog: %w", err)
		}
		return []string{path, "-n", "-f", conf, "-i", filepath.Join(j.dir, "rsyslog.pid")}, nil
	}}, nil
}
