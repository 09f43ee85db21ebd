package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// TestFewDescriptorsManyFiles is scenario 31: a limit of 100 open files, and 200
// files to follow.
func TestFewDescriptorsManyFiles(t *testing.T) {
	t.Parallel()
	const files, lines = 200, 300
	s := newSink(t)
	dir := t.TempDir()
	total := 0
	write := func(first int) {
		for i := range files {
			w := newWriter(t, filepath.Join(dir, fmt.Sprintf("app%03d.log", i)))
			w.next = first + i*lines
			w.write(lines)
			w.f.Close()
			total += lines
		}
	}
	write(0)
	a := newAgent(t, fileSource("app", filepath.Join(dir, "*.log"), "", "ingest"), httpSender("ingest", "", s.addr))
	a.args = append([]string{"sh", "-c", `ulimit -n 100 && exec "$@"`, "sh"}, a.args...)
	a.start()
	s.arrives(t, "each line arrives", total, 30*time.Second)
	write(total) // they all grow at once
	s.arrives(t, "each new line arrives", total, 30*time.Second)
	a.mustStop()
	a.start()
	write(total)
	s.arrives(t, "each line after a restart arrives", total, 30*time.Second)
	a.mustStop()
	s.once(t, "at the sink", total)
	checkOffsets(t, a.dataDir, files)
}
