package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// farm is an nginx, an agent that follows its two logs with two parsers, and
// two forwarders.
type farm struct {
	*webServer
	agent      *agent
	forwarders []*forwarder
}

func newFarm(t *testing.T) *farm {
	t.Helper()
	need(t, "logrotate")
	f := &farm{webServer: newWebServer(t)}
	var addrs []string
	for i := range 2 {
		fwd := newForwarder(t, fmt.Sprintf("forwarder %d", i+1))
		fwd.start()
		f.forwarders, addrs = append(f.forwarders, fwd), append(addrs, fwd.addr)
	}
	f.agent = newAgent(t,
		fileSource("combined", filepath.Join(f.logs, "combined.log"), "parser.nginx = { format = \"combined\" }", "ingest"),
		fileSource("custom", filepath.Join(f.logs, "custom.log"), "parser.nginx = { format = '''"+customFormat+"''' }", "ingest"),
		httpSender("ingest", "", addrs...))
	f.agent.start()
	f.agent.ready()
	return f
}

// settle asks for one last page, and waits until that is delivered from both
// logs and nothing else is left to deliver.
func (f *farm) settle(t *testing.T, visits *load) {
	t.Helper()
	f.agent.signal(syscall.SIGCONT)
	visits.ask(http.DefaultClient)
	last := int(visits.next.Load()) - 1
	eventually(t, 30*time.Second, "everything is delivered", func() bool {
		found := 0
		for _, fwd := range f.forwarders {
			eachReceived(t, fwd.dir, func(line []byte) {
				if bytes.Contains(line, []byte(`"`+visitOf(last).uri+`"`)) {
					found++
				}
			})
		}
		return found >= 2 && f.agent.metric("logskiff_lag_bytes") == 0
	})
}

// awakeAndAway runs a test with an agent that sees each rotation, and with one
// that finds out about two of every five later.
func awakeAndAway(t *testing.T, f func(t *testing.T, away bool)) {
	for name, away := range map[string]bool{"agent awake": false, "agent away": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, away)
		})
	}
}

// doze keeps an agent that is away from running for some rotations.
func (f *farm) doze(rotation int, away bool) {
	if !away {
		return
	}
	switch rotation % 5 {
	case 2:
		f.agent.signal(syscall.SIGSTOP)
	case 4:
		f.agent.signal(syscall.SIGCONT)
	}
}

// finish stops everything and reads what arrived; see readWeb.
func (f *farm) finish(t *testing.T, halves map[string]bool) web {
	t.Helper()
	f.agent.mustStop()
	for _, fwd := range f.forwarders {
		fwd.mustStop()
	}
	return readWeb(t, halves, f.forwarders...)
}

// TestNginxUnderLogrotateCreate rotates under load, as Debian does: rename,
// create, `nginx -s reopen`. Until nginx reopens it writes to the renamed file.
func TestNginxUnderLogrotateCreate(t *testing.T) { awakeAndAway(t, rotateCreate) }

func rotateCreate(t *testing.T, away bool) {
	f := newFarm(t)
	rotation := newLogrotate(t, f.webServer, f.reopen()+"\n\tcompress\n\tdelaycompress")
	visits := f.newLoad()
	visits.begin(2000)
	for i := range max(8, *kills/5) {
		f.doze(i, away)
		pass(300 * time.Millisecond)
		rotation.run()
	}
	visits.end()
	f.settle(t, visits)
	want := visits.answered(t)
	got := f.finish(t, nil)
	got.combined.exactly(t, "combined.log", want)
	got.custom.exactly(t, "custom.log", want)
	t.Logf("%d requests", len(want))
}

// TestNginxUnderLogrotateCopytruncate pauses the load while logrotate copies and
// truncates, so that the method itself loses nothing. Right after the truncation
// the load goes on, and the copy may be compressed.
func TestNginxUnderLogrotateCopytruncate(t *testing.T) {
	for name, compress := range map[string]string{"plain": "", "compressed": "\n\tcompress"} {
		t.Run(name, func(t *testing.T) {
			awakeAndAway(t, func(t *testing.T, away bool) { rotateCopytruncate(t, compress, away) })
		})
	}
}

func rotateCopytruncate(t *testing.T, compress string, away bool) {
	f := newFarm(t)
	rotation := newLogrotate(t, f.webServer, "\tcopytruncate"+compress)
	visits := f.newLoad()
	logged := 0
	for i := range max(6, *kills/5) {
		f.doze(i, away)
		visits.begin(2000)
		pass(250 * time.Millisecond)
		visits.end()
		// nginx logs after it has answered
		eventually(t, failAfter, "nginx has logged all", func() bool {
			return f.countLogged(t) == 2*(int(visits.next.Load())-logged)
		})
		logged = int(visits.next.Load())
		rotation.run()
	}
	f.settle(t, visits)
	want := visits.answered(t)
	got := f.finish(t, nil)
	got.combined.exactly(t, "combined.log", want)
	got.custom.exactly(t, "custom.log", want)
	t.Logf("%d requests", len(want))
}

// TestNginxUnderLogrotateCopytruncateUnderLoad does not pause. What nginx writes
// between logrotate's copy and its truncation is lost by that method (see
// copytruncate in logrotate's manual), unless the agent was quick enough. So a
// line may be missing only if it is in none of the files that are left.
func TestNginxUnderLogrotateCopytruncateUnderLoad(t *testing.T) {
	awakeAndAway(t, rotateCopytruncateUnderLoad)
}

func rotateCopytruncateUnderLoad(t *testing.T, away bool) {
	f := newFarm(t)
	rotation := newLogrotate(t, f.webServer, "\tcopytruncate")
	visits := f.newLoad()
	visits.begin(2000)
	for i := range max(8, *kills/5) {
		f.doze(i, away)
		pass(250 * time.Millisecond)
		rotation.run()
	}
	visits.end()
	f.settle(t, visits)
	all := visits.answered(t)
	halves := map[string]bool{}
	left := map[string]map[int]bool{"combined": f.numbersLeft(t, "combined.log", halves), "custom": f.numbersLeft(t, "custom.log", halves)}
	got := f.finish(t, halves)
	for name, l := range map[string]*ledger{"combined": got.combined, "custom": got.custom} {
		var want []int
		for _, n := range all {
			if left[name][n] || l.has(n) {
				want = append(want, n)
			}
		}
		l.exactly(t, name+".log", want)
		t.Logf("%s: %d requests, %d in the files that are left, %d delivered", name, len(all), len(left[name]), l.lines())
	}
}

// countLogged counts the lines in the two live logs.
func (f *farm) countLogged(t *testing.T) int {
	t.Helper()
	n := 0
	for _, name := range []string{"combined.log", "custom.log"} {
		text, err := os.ReadFile(filepath.Join(f.logs, name))
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(text), "\n")
	}
	return n
}

// numbersLeft reads the numbers of all requests in a log and its rotated files. A copy
// that was made while nginx wrote can end within a line; that is added to halves.
func (f *farm) numbersLeft(t *testing.T, name string, halves map[string]bool) map[int]bool {
	t.Helper()
	found := map[int]bool{}
	names, err := filepath.Glob(filepath.Join(f.logs, name+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, "\n") {
				halves[line] = true
				continue
			}
			for _, mark := range []string{" /r/", " /gone/"} {
				if _, after, ok := strings.Cut(line, mark); ok {
					var n int
					fmt.Sscanf(after, "%d", &n) //nolint:errcheck // 0 is a number too
					found[n] = true
				}
			}
		}
	}
	return found
}
