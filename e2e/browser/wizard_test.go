package browser

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// format is a log_format that is nobody's default.
const format = `log_format shop '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_time "$http_user_agent" host=$host';`

// nginx is a real one, which writes a log in a format that its configuration in /etc/nginx names.
type nginx struct {
	address, log string
	t            *testing.T
}

func newNginx(t *testing.T, a *agent) *nginx {
	t.Helper()
	need(t, "nginx")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &nginx{address: l.Addr().String(), log: filepath.Join(a.logs, "shop.access.log"), t: t}
	l.Close()
	server := fmt.Sprintf("%s\nserver { listen %s; access_log %s shop; location / { return 200 ok; } }\n", format, n.address, n.log)
	snippet := fmt.Sprintf("/etc/nginx/conf.d/shop-%d.conf", os.Getpid())
	if err := os.WriteFile(snippet, []byte(server), 0o644); err != nil {
		t.Skipf("it takes who may write into /etc/nginx: %v", err)
	}
	t.Cleanup(func() { os.Remove(snippet) })
	main := filepath.Join(a.dir, "nginx.conf")
	a.write(main, fmt.Sprintf("daemon off; master_process off; pid %s/nginx.pid; error_log %s/nginx.err; events {} http { client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s; include %[3]s; }\n", a.dir, a.dir, snippet))
	cmd := exec.Command("nginx", "-p", a.dir, "-c", main)
	cmd.Stderr = a.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() }) //nolint:errcheck // it ends with the test
	a.eventually("nginx answers", func() bool { return n.get("/") == nil })
	for i := range 60 {
		if err := n.get(fmt.Sprintf("/cart/%d?q=<b>", i)); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func (n *nginx) get(path string) error {
	resp, err := http.Get("http://" + n.address + path)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

const acknowledged = `document.querySelector("#add-steps").innerText.includes("first batch acknowledged")`

// writes has lines come until the page says that they arrived.
func (n *nginx) arrives(p *tab) {
	n.t.Helper()
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
				n.get("/later") //nolint:errcheck // the next one comes
			}
		}
	}()
	defer func() { close(done); <-ended }()
	p.waits(acknowledged)
}

// From the link to the first line that arrived: a log of a real nginx, in a format of its own, with the mouse, and nothing typed.
func TestALogBecomesASourceByMouse(t *testing.T) {
	a := newAgent(t, fileSender)
	n := newNginx(t, a)
	began := time.Now()
	p := open(t, 1280, 900, false, a.link())
	p.waits(`document.querySelector("#empty").checkVisibility()`)
	p.shot("empty-light")
	p.click("#to-add")
	box := fmt.Sprintf(`input[value="%s"]`, n.log)
	p.waits(`document.querySelector(` + quote(box) + `)`)
	p.click(box)
	p.waits(`document.querySelector("#add-parsed").innerText.includes("nginx reads 50 of the last 50 lines")`)
	p.waits(`!document.querySelector("#add-save").disabled`)
	shown := p.js(`document.querySelector("#add-text").textContent`)
	p.shot("add-light")
	p.click("#add-save")
	n.arrives(p)
	took := time.Since(began)
	t.Logf("from the link to the first acknowledged batch: %v, %d clicks", took.Round(time.Millisecond), p.clicks)
	p.shot("added-light")
	if p.clicks > 6 {
		t.Errorf("%d clicks", p.clicks)
	}
	all, err := filepath.Glob(filepath.Join(a.dir, "conf.d", "*.toml"))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	text, err := os.ReadFile(all[0])
	if err != nil || string(text) != shown || !strings.Contains(shown, `$request_time`) || !strings.Contains(shown, "nginx read 50 of the last 50 lines") {
		t.Errorf("saved %q, shown %q, %v", text, shown, err)
	}
	// And back again.
	p.click("#add-undo")
	p.waits(`document.querySelector("#add-steps").innerText.includes("taken back")`)
	if all, _ := filepath.Glob(filepath.Join(a.dir, "conf.d", "*.toml")); len(all) != 0 {
		t.Errorf("undone, and there: %v", all)
	}
	p.clean()
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// key presses a key, as a person who has no mouse does.
func (p *tab) key(k string) {
	p.t.Helper()
	p.run("a key", chromedp.KeyEvent(k))
}

// tabTo presses Tab until what a selector finds has the focus.
func (p *tab) tabTo(selector string) {
	p.t.Helper()
	for range 60 {
		if p.js(`document.activeElement.matches(`+quote(selector)+`)`) == "true" {
			if p.js(`getComputedStyle(document.activeElement).outlineStyle`) == "none" && p.js(`document.activeElement.matches(":focus-visible")`) == "true" {
				p.t.Errorf("nobody sees that %s has the focus", selector)
			}
			return
		}
		p.key(kb.Tab)
	}
	p.t.Fatalf("Tab does not come to %s; the focus is on %s", selector, p.js("document.activeElement.outerHTML"))
}

// The same with the keyboard alone.
func TestALogBecomesASourceByKeyboard(t *testing.T) {
	a := newAgent(t, fileSender)
	n := newNginx(t, a)
	p := open(t, 1280, 900, true, a.link())
	p.waits(`document.querySelector("#to-add").checkVisibility()`)
	p.tabTo("#to-add")
	p.key(kb.Enter)
	p.waits(`document.querySelector("#add-logs li")`)
	p.tabTo("#add-filter")
	p.key(filepath.Base(a.logs))
	p.waits(`document.querySelectorAll("#add-logs li").length === 1`)
	p.tabTo(`input[name="log"]`)
	p.key(" ")
	p.waits(`document.querySelector("#add-parsed").innerText.includes("nginx reads 50 of the last 50 lines")`)
	p.waits(`!document.querySelector("#add-save").disabled`)
	p.shot("add-dark")
	p.tabTo("#add-name")
	p.js(`document.activeElement.select()`)
	p.key("shop")
	p.waits(`document.querySelector("#add-text").textContent.includes("\"shop\"")`)
	p.waits(`!document.querySelector("#add-save").disabled`)
	p.tabTo("#add-save")
	p.key(kb.Enter)
	n.arrives(p)
	if _, err := os.Stat(filepath.Join(a.dir, "conf.d", "shop.toml")); err != nil {
		t.Error(err)
	}
	p.clean()
}
