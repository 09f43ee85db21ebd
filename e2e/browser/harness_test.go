package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// failAfter is a limit that only a failure meets.
const failAfter = 60 * time.Second

var program string // the built agent

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "logskiff-browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "logskiff")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir, build.Stderr = "../..", os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// need skips a test that lacks a program, or fails it where nothing may be skipped.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("LOGSKIFF_REQUIRE_ALL") != "" {
				t.Fatalf("there is no %s", name)
			}
			t.Skipf("there is no %s", name)
		}
	}
}

// agent is a running one, with the folder that it may show.
type agent struct {
	t         *testing.T
	dir, logs string
	config    string
	address   string
	cmd       *exec.Cmd
	said      *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newAgent starts one that may show what is below logs, with tables beside those that a page needs.
func newAgent(t *testing.T, tables string) *agent {
	t.Helper()
	need(t, "chromium")
	dir, err := os.MkdirTemp("", "web-3-") // short, since it is in pictures
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	a := &agent{t: t, dir: dir, said: new(safeBuffer)}
	// Discovery looks into /var/log, and so does who tries this out.
	logs, err := os.MkdirTemp("/var/log", "logskiff-browser-")
	if err != nil {
		if os.Getenv("LOGSKIFF_REQUIRE_ALL") != "" {
			t.Fatal(err)
		}
		t.Skipf("it takes who may write into /var/log: %v", err)
	}
	a.logs = logs
	t.Cleanup(func() { os.RemoveAll(logs) })
	if err := os.Chmod(logs, 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.address = l.Addr().String()
	l.Close()
	a.config = filepath.Join(a.dir, "logskiff.toml")
	tables = strings.ReplaceAll(strings.ReplaceAll(tables, "DIR", a.dir), "LOGS", a.logs)
	a.write(a.config, fmt.Sprintf("[agent]\ndata_dir = %q\nlisten = %q\nhost = \"web-3\"\nstop_timeout = \"1s\"\ninclude = [\"conf.d/*.toml\"]\n%s", filepath.Join(a.dir, "data"), a.address, tables))
	a.start()
	t.Cleanup(func() {
		a.kill()
		if t.Failed() {
			t.Logf("the agent said:\n%s", a.said)
		}
	})
	return a
}

const fileSender = "[[sender]]\nname = \"archive\"\nfile = { path = \"DIR/received\" }\n"

func (a *agent) write(name, text string) {
	a.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		a.t.Fatal(err)
	}
}

func (a *agent) start() {
	a.t.Helper()
	a.cmd = exec.Command(program, "run", "-c", a.config)
	a.cmd.Stderr = a.said
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := a.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.eventually("the agent answers", func() bool {
		_, err := exec.Command(program, "status", "--json", "-c", a.config).Output()
		return err == nil
	})
}

func (a *agent) kill() {
	if a.cmd != nil && a.cmd.Process != nil {
		a.cmd.Process.Kill() //nolint:errcheck // it may have ended
		a.cmd.Wait()         //nolint:errcheck // killed
	}
}

// link has the agent make a link to its page.
func (a *agent) link() string {
	a.t.Helper()
	out, err := exec.Command(program, "ui", "-c", a.config).Output()
	if err != nil {
		a.t.Fatal(err)
	}
	for _, word := range strings.Fields(string(out)) {
		if strings.HasPrefix(word, "http://") {
			return word
		}
	}
	a.t.Fatalf("no link: %s", out)
	return ""
}

func (a *agent) eventually(what string, ok func() bool) {
	a.t.Helper()
	for deadline := time.Now().Add(failAfter); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	a.t.Fatalf("never %s", what)
}

// tab is one page of a Chromium, which notes what its console says.
type tab struct {
	context.Context
	t      *testing.T
	mu     sync.Mutex
	wrong  []string
	clicks int
}

// open starts a Chromium of a size, and opens an address.
func open(t *testing.T, width, height int, dark bool, address string, flags ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.WindowSize(width, height), chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(options, flags...)...)
	ctx, cancel := chromedp.NewContext(allocator)
	p := &tab{Context: ctx, t: t}
	t.Cleanup(func() { cancel(); stop() })
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatalf("cannot start chromium: %v", err)
	}
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		t.Fatal(err)
	}
	p.run("open", chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(address))
	return p
}

// note keeps what a page must not have: violations of its policy, errors of its scripts, dialogs that only somebody else's script opens.
func (p *tab) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source != log.EntrySourceNetwork { // an agent that is gone is no fault of the page
			p.wrong = append(p.wrong, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		p.wrong = append(p.wrong, fmt.Sprintf("%+v", e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			p.wrong = append(p.wrong, fmt.Sprint(e.Args))
		}
	case *page.EventJavascriptDialogOpening:
		p.wrong = append(p.wrong, "a dialog: "+e.Message)
	}
}

// clean fails the test if the page did what it must not.
func (p *tab) clean() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.wrong {
		p.t.Errorf("the console says: %s", w)
	}
}

func (p *tab) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, failAfter)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// js evaluates an expression.
func (p *tab) js(expression string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, failAfter)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return result
}

// waits until an expression is true.
func (p *tab) waits(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.Context, failAfter)
	defer cancel()
	var last error
	for ctx.Err() == nil {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if last = err; ok {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
	p.shot("failed-" + p.t.Name())
	p.t.Fatalf("never: %s %v\nthe page says: %s", expression, last, p.js("document.body.innerText"))
}

// click clicks as a mouse does, in the middle of what a selector finds.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.clicks++
	p.run("click "+selector, chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// shot keeps a picture of the whole page, if pictures are wanted.
func (p *tab) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("LOGSKIFF_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.Context, failAfter)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png"), picture, 0o644))
	}
	if err != nil {
		p.t.Errorf("cannot keep a picture: %v", err)
	}
}
