package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// haveRead is how many sources have read any line, by what /metrics says.
func haveRead(metrics string) (n int) {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "logskiff_read_lines_total{") && !strings.HasSuffix(line, "} 0\n") {
			n++
		}
	}
	return n
}

// TestManySourcesOfADeadSender is scenario 43: 200 sources whose sender takes nothing
// stay within the default memory, and where it is 16 MiB the agent says what is the least.
func TestManySourcesOfADeadSender(t *testing.T) {
	t.Parallel()
	const sources, lines = 200, 2000
	dead := newSink(t)
	dead.behave(hang)
	dir := t.TempDir()
	tables := []string{httpSender("ingest", `, timeout = "30s"`, dead.addr)}
	total := 0
	for i := range sources {
		w := newWriter(t, filepath.Join(dir, fmt.Sprintf("app%03d.log", i)))
		w.next = total
		w.write(lines)
		w.f.Close()
		total += lines
		tables = append(tables, fileSource(fmt.Sprintf("app%03d", i), w.path, "", "ingest"))
	}
	for _, run := range []struct {
		memory string
		most   int64
		said   string
	}{
		{"64MiB", 64 << 20, ""},
		{"16MiB", 56 << 20, "set agent.memory to"},
	} {
		a := newAgent(t, tables...)
		rewriteConfig(t, a.config, append([]string{agentTable(a.dataDir, a.listen) + fmt.Sprintf("memory = %q\n", run.memory)}, tables...)...)
		a.start()
		eventually(t, failAfter, "all sources have read what they may", func() bool {
			_, text := a.get("/metrics")
			return haveRead(text) == sources
		})
		peak := a.peakMemory()
		t.Logf("memory = %s: peak %d MiB", run.memory, peak>>20)
		if peak > run.most && !racing() {
			t.Errorf("200 sources took %d MiB at memory = %q, want at most %d", peak>>20, run.memory, run.most>>20)
		}
		if said := a.log.String(); !strings.Contains(said, run.said) {
			t.Errorf("it does not say %q", run.said)
		}
		a.kill()
	}
	dead.behave(nil)
	a := newAgent(t, tables...)
	a.start()
	dead.arrives(t, "all lines of all sources", total, 60*time.Second)
	a.mustStop()
}

// TestManySourcesShareDescriptors: 40 sources of 50 files where the process may open 256
// files, and a sender that takes nothing at first.
func TestManySourcesShareDescriptors(t *testing.T) {
	t.Parallel()
	const sources, files, lines = 40, 50, 20
	s := newSink(t)
	s.behave(hang)
	dir := t.TempDir()
	tables := []string{httpSender("ingest", `, timeout = "2s"`, s.addr)}
	total := 0
	write := func(i int) {
		for j := range files {
			w := newWriter(t, filepath.Join(dir, fmt.Sprintf("app%02d-%02d.log", i, j)))
			w.next = total
			w.write(lines)
			w.f.Close()
			total += lines
		}
	}
	for i := range sources {
		write(i)
		tables = append(tables, fileSource(fmt.Sprintf("app%02d", i), filepath.Join(dir, fmt.Sprintf("app%02d-*.log", i)), "", "ingest"))
	}
	a := newAgent(t, tables...)
	a.args = append([]string{"sh", "-c", `ulimit -n 256 && exec "$@"`, "sh"}, a.args...)
	a.start()
	eventually(t, failAfter, "all sources have read what they may", func() bool {
		_, text := a.get("/metrics")
		return haveRead(text) == sources
	})
	if said := a.log.String(); !strings.Contains(said, "raise LimitNOFILE") {
		t.Error("it does not say that the process may open few files")
	}
	s.behave(nil)
	s.arrives(t, "all lines of all sources", total, 60*time.Second)
	for i := range sources { // all grow at once
		write(i)
	}
	s.arrives(t, "each new line of all sources", total, 30*time.Second)
	a.mustStop()
}
