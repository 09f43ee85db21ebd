package e2e

import (
	"path/filepath"
	"testing"
	"time"
)

// The harness itself must be able to fail.

func TestLedgerSeesEveryKindOfDamage(t *testing.T) {
	f := func(name string, good bool, fill func(l *ledger)) {
		t.Helper()
		l := newLedger()
		for n := range 10 {
			l.addText(identity{"a", int64(100 * n)}, textOf(n))
		}
		fill(l)
		if problems := l.problems([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}); (len(problems) == 0) != good {
			t.Errorf("%s: %q", name, problems)
		}
	}
	f("each line once", true, func(*ledger) {})
	f("a repeat", true, func(l *ledger) { l.addText(identity{"a", 300}, textOf(3)) })
	f("a repeat with another offset", false, func(l *ledger) { l.addText(identity{"a", 301}, textOf(3)) })
	f("a repeat in another stream", false, func(l *ledger) { l.addText(identity{"b", 300}, textOf(3)) })
	f("two lines with one identity", false, func(l *ledger) { l.addText(identity{"a", 300}, textOf(4)) })
	f("a line cut short", false, func(l *ledger) { l.addText(identity{"a", 1000}, textOf(3)[:20]) })
	f("a line nobody wrote", false, func(l *ledger) { l.addText(identity{"a", 1000}, textOf(10)) })
	f("a lost line", false, func(l *ledger) { delete(l.count, 4) })
}

func TestWriterWritesEachLineOnce(t *testing.T) {
	dir := t.TempDir()
	w := newWriter(t, filepath.Join(dir, "app.log"))
	flood := w.begin(20_000, 100*time.Millisecond)
	eventually(t, failAfter, "there are rotated files", func() bool {
		names, _ := filepath.Glob(filepath.Join(dir, "app.log.*"))
		return len(names) > 5
	})
	lines := flood.end()
	l := newLedger()
	for k := range w.kept + 1 {
		name := w.path
		if k > 0 {
			name = w.rotated(k)
		}
		for i, text := range readLines(t, name) {
			l.addText(identity{name, int64(i)}, text)
		}
	}
	l.once(t, "in the files", lines)
}
