package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// mirrorVariable asks the test binary to be a file server: BACKING:MOUNTPOINT.
const mirrorVariable = "LOGSKIFF_E2E_MIRROR"

// serveMirror shows a folder at another place, by FUSE, until it is unmounted.
func serveMirror(what string) error {
	backing, at, _ := strings.Cut(what, ":")
	root, err := fs.NewLoopbackRoot(backing)
	if err != nil {
		return err
	}
	short := 100 * time.Millisecond
	server, err := fs.Mount(at, root, &fs.Options{
		AttrTimeout: &short, EntryTimeout: &short, MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "mirror"},
	})
	if err != nil {
		return err
	}
	server.Wait()
	return nil
}

// mirror is a folder whose file server is a process of its own, which can be stopped.
type mirror struct {
	t       *testing.T
	backing string // what it shows: nobody who writes here waits for the server
	dir     string // where
	server  *exec.Cmd
}

// newMirror makes the folders; mount it after those who use it are made: what cleans
// up after it frees them first.
func newMirror(t *testing.T) *mirror {
	t.Helper()
	need(t, "fuse")
	return &mirror{t: t, backing: t.TempDir(), dir: t.TempDir()}
}

func fuseMissing(t *testing.T) string {
	if why := mountMissing(t); why != "" {
		return why
	}
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return "FUSE is not there: " + err.Error()
	}
	f.Close()
	return ""
}

func (m *mirror) mount() *mirror {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	m.server = exec.Command(self)
	m.server.Env = append(os.Environ(), mirrorVariable+"="+m.backing+":"+m.dir)
	m.server.Stderr = os.Stderr
	if err := m.server.Start(); err != nil {
		m.t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		m.server.Wait() //nolint:errcheck // it is killed
	}()
	m.t.Cleanup(func() {
		m.answer()
		if err := syscall.Unmount(m.dir, syscall.MNT_DETACH); err != nil {
			m.t.Errorf("cannot unmount the mirror: %v", err)
		}
		m.server.Process.Kill() //nolint:errcheck // it may have ended: all that waits for it is freed
		<-gone
	})
	probe := filepath.Join(m.backing, "probe")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, failAfter, "the mirror is mounted", func() bool {
		_, err := os.Stat(filepath.Join(m.dir, "probe"))
		return err == nil
	})
	return m
}

func (m *mirror) hang() {
	m.t.Helper()
	if err := m.server.Process.Signal(syscall.SIGSTOP); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mirror) answer() { _ = m.server.Process.Signal(syscall.SIGCONT) }

// within fails the test when fn takes longer.
func within(t *testing.T, limit time.Duration, what string, fn func()) {
	t.Helper()
	begun := time.Now()
	fn()
	if took := time.Since(begun); took > limit {
		t.Errorf("%s took %v, want less than %v", what, took.Round(time.Millisecond), limit)
	}
}

// hangingTables are an agent that follows a folder of the disk and one of a mirror with one
// source, and another folder with another one.
func hangingTables(s *sink, m *mirror, near, other, more string) []string {
	return []string{
		"stop_timeout = \"4s\"", // of [agent]
		fmt.Sprintf("[[source]]\nname = \"app\"\nreader.file = { paths = [%q, %q], start_at = \"beginning\" }\nsend_to = [\"ingest\"]\n%s\n",
			near+"/*.log", m.dir+"/*.log", more),
		fileSource("other", other+"/*.log", "", "ingest"), httpSender("ingest", quick, s.addr),
	}
}

// row appends lines to files, with one row of numbers for all.
type row struct {
	t    *testing.T
	next int
}

func (w *row) write(path string, n int) {
	w.t.Helper()
	var text []byte
	for range n {
		text = appendLine(text, w.next)
		w.next++
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		w.t.Fatal(err)
	}
}

func TestAFolderWhoseFileServerIsStopped(t *testing.T) {
	s := newSink(t)
	m := newMirror(t)
	near, other := t.TempDir(), t.TempDir()
	a := newAgent(t, hangingTables(s, m, near, other, "")...)
	m.mount()
	w := &row{t: t}
	arrive := func(what string, within time.Duration) {
		t.Helper()
		s.arrives(t, what, w.next, within)
	}
	w.write(m.backing+"/app.log", 1000)
	w.write(near+"/app.log", 1000)
	w.write(other+"/app.log", 1000)
	a.start()
	arrive("all folders are read", failAfter)

	m.hang()
	far := w.next
	w.write(m.backing+"/app.log", 100)
	w.write(m.backing+"/new.log", 100)
	behind := w.next - far
	for n := range 8 {
		before := w.next
		w.write(near+"/app.log", 10)
		w.write(near+fmt.Sprintf("/new-%d.log", n), 10)
		w.write(other+"/app.log", 10)
		eventually(t, failAfter, "the other folders are read on", func() bool {
			for k := before; k < w.next; k++ {
				if !s.has(k) {
					return false
				}
			}
			return true
		})
		for _, path := range []string{"/readyz", "/healthz", "/metrics"} {
			within(t, 20*time.Second, path, func() {
				if status, body := a.get(path); status != http.StatusOK {
					t.Errorf("%s: %d %s", path, status, body)
				}
			})
		}
		pass(500 * time.Millisecond)
	}
	if _, body := a.get("/readyz"); !strings.Contains(body, "1 of its folders do not answer") {
		t.Errorf("/readyz does not say it: %s", body)
	}
	if n := a.metric("logskiff_away_folders"); n != 1 {
		t.Errorf("logskiff_away_folders is %v", n)
	}
	within(t, 20*time.Second, "offset show", func() {
		shown, said, code := runOnce(t, "", "offset", "show", "--data-dir", a.dataDir)
		if code != 0 || !strings.Contains(shown, "ago: the folder does not answer") {
			t.Errorf("offset show ended with %d:\n%s%s", code, shown, said)
		}
	})
	if got := s.lines(); got != w.next-behind {
		t.Errorf("%d lines arrived while the folder hangs, want %d", got, w.next-behind)
	}

	m.answer()
	arrive("it is read on when it answers", failAfter)
	s.exactlyOnce(t, "after the folder answered", w.next)

	// Once more; the source is changed meanwhile, and the agent stopped.
	m.hang()
	w.write(m.backing+"/app.log", 100)
	pass(2 * time.Second)
	a.reconfigure(hangingTables(s, m, near, other, `tags = { changed = "yes" }`)...)
	left := func() int { return strings.Count(a.log.String(), "left behind") }
	eventually(t, failAfter, "the old reader ends", func() bool { return left() == 1 })
	w.write(near+"/app.log", 10)
	eventually(t, failAfter, "a reload does not wait for the folder", func() bool { return s.has(w.next - 1) })
	if code := a.stop(syscall.SIGTERM, failAfter); code != 0 {
		t.Errorf("the agent ended with exit code %d", code)
	}
	if left() != 2 {
		t.Errorf("the agent does not say what it leaves behind:\n%s", a.log.Last(20))
	}
	a.start()
	w.write(near+"/app.log", 10)
	eventually(t, failAfter, "an agent that starts meanwhile reads the others", func() bool { return s.has(w.next - 1) })
	a.kill()
	a.start()
	m.answer()
	arrive("all arrives", failAfter)
	s.exactlyOnce(t, "at the end", w.next)
	a.mustStop()
	for _, o := range checkOffsets(t, a.dataDir, 12) {
		if o.Lost != 0 {
			t.Errorf("lost: %+v", o)
		}
	}
}
