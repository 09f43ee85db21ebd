package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReloadLosesAndRepeatsNothing adds and changes sources under load with
// SIGHUP, and tries a bad file.
func TestReloadLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sinks := []*sink{newSink(t), newSink(t), newSink(t)}
	var writers []*writer
	var sources, sends []string
	for i, s := range sinks {
		name := fmt.Sprintf("app%d", i)
		w := newWriter(t, filepath.Join(dir, name+".log"))
		writers = append(writers, w)
		sources = append(sources, fileSource(name, w.path, "", name))
		sends = append(sends, httpSender(name, "", s.addr))
	}
	a := newAgent(t, sources[0], sends[0], sources[1], sends[1])
	a.start()
	a.ready()
	var floods []*flood
	for _, w := range writers[:2] {
		floods = append(floods, w.begin(5000, 700*time.Millisecond))
	}
	grows := func(why string, s *sink) {
		t.Helper()
		n := s.lines()
		eventually(t, failAfter, why, func() bool { return s.lines() > n+2000 })
	}
	grows("the first source works", sinks[0])
	grows("the second source works", sinks[1])
	said := func(n int, what string) {
		t.Helper()
		eventually(t, failAfter, "the log says: "+what, func() bool { return strings.Count(a.log.String(), what) >= n })
	}

	a.reconfigure(sources[0], sends[0], sources[1], sends[1], sources[2], sends[2])
	said(1, "msg=reloaded")
	floods = append(floods, writers[2].begin(5000, 700*time.Millisecond))
	grows("a new source works", sinks[2])
	grows("an old one goes on", sinks[0])

	// Another parser for one source: lines come as "message" all the same, with a
	// parse_error, so the sink can go on counting them.
	changed := strings.Replace(sources[1], "send_to", "parser.json = {}\nsend_to", 1)
	a.reconfigure(sources[0], sends[0], changed, sends[1], sources[2], sends[2])
	said(2, "msg=reloaded")
	eventually(t, failAfter, "the new parser is at work", func() bool { return a.metric("logskiff_parse_errors_total", `source="app1"`) > 0 })
	grows("the changed source goes on", sinks[1])

	a.reconfigure(sources[0], sends[0], "[[source]]\nname = \"bad\"\nreader.fil = {}\n")
	said(1, a.config+":")
	for _, part := range []string{".toml:18:8", "unknown reader", "did you mean", "the old configuration goes on"} {
		if !strings.Contains(a.log.String(), part) {
			t.Errorf("the log does not say %q", part)
		}
	}
	if a.metric("logskiff_config_healthy") != 0 {
		t.Error("the metrics do not tell that the configuration was refused")
	}
	for _, s := range sinks {
		grows("every source goes on after a bad file", s)
	}

	// A source is taken away and comes back: it goes on where it was.
	a.reconfigure(sources[0], sends[0])
	said(3, "msg=reloaded")
	a.reconfigure(sources[0], sends[0], changed, sends[1], sources[2], sends[2])
	said(4, "msg=reloaded")
	for i, f := range floods {
		lines := f.end()
		sinks[i].arrives(t, "each line arrives", lines, 30*time.Second)
	}
	a.mustStop()
	for i, s := range sinks {
		s.once(t, fmt.Sprintf("source %d", i), floods[i].next)
	}
}
