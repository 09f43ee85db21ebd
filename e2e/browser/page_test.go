package browser

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// several is a configuration of which some things are well, and some are not.
const several = fileSender + `[[sender]]
name = "ingest"
http = { endpoints = ["http://127.0.0.1:1"] }
[[source]]
name = "app"
reader.file = { paths = ["LOGS/app*.log"], start_at = "beginning" }
parser.json = {}
send_to = ["archive", "ingest"]
[[source]]
name = "nginx-access"
reader.file = { paths = ["LOGS/nginx.log"], start_at = "beginning" }
parser.nginx = {}
send_to = ["archive"]
[[source]]
name = "old"
paused = true
reader.file = { paths = ["LOGS/old.log"] }
send_to = ["archive"]
`

// busy starts an agent of several, and writes its logs.
func busy(t *testing.T) *agent {
	t.Helper()
	a := newAgent(t, several)
	a.write(filepath.Join(a.logs, "app.log"), strings.Repeat(`{"level":"info","msg":"started"}`+"\n", 20_000))
	a.write(filepath.Join(a.logs, "nginx.log"), strings.Repeat(`203.0.113.9 - - [28/Nov/2026:14:02:11 +0000] "GET /cart HTTP/1.1" 200 512 "-" "curl/8"`+"\n", 5_000)+"not a request\n")
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- a.grow(stop) }()
	t.Cleanup(func() {
		close(stop)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return a
}

// grow has the logs grow until it is told to stop, so that there is something to see.
func (a *agent) grow(stop <-chan struct{}) error {
	for {
		for name, text := range map[string]string{"app.log": strings.Repeat(`{"level":"info","msg":"served"}`+"\n", 200), "nginx.log": `203.0.113.9 - - [28/Nov/2026:14:02:11 +0000] "GET /cart HTTP/1.1" 200 512 "-" "curl/8"` + "\n"} {
			f, err := os.OpenFile(filepath.Join(a.logs, name), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString(text)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
		}
		select {
		case <-stop:
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Each screen in each look: it is there, fits its width, and the console is clean. The pictures are for people.
func TestEachScreenInEachLook(t *testing.T) {
	a := busy(t)
	for _, look := range []struct {
		name          string
		width, height int
		dark          bool
	}{{"light", 1280, 900, false}, {"dark", 1280, 900, true}, {"320", 320, 700, false}, {"2560", 2560, 1200, true}} {
		t.Run(look.name, func(t *testing.T) {
			p := open(t, look.width, look.height, look.dark, a.link())
			fits := func(what string) {
				t.Helper()
				if wide := p.js("document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide != "0" {
					t.Errorf("%s is %s pixels too wide at %d", what, wide, look.width)
				}
				p.shot(what + "-" + look.name)
			}
			p.waits(`document.querySelectorAll("#map-sources li").length === 3 && document.querySelector("#map-sinks").innerText.includes("waiting")`)
			p.waits(`[...document.querySelectorAll("#sources tbody tr")].some((r) => r.innerText.includes("running"))`)
			p.waits(`/[1-9]/.test(document.querySelector("#totals dd").innerText)`)
			if bands := p.js(`document.querySelectorAll("#map-bands path").length`); bands != "3" {
				t.Errorf("%s bands", bands)
			}
			fits("overview")
			p.js(`location.hash = "#source=nginx-access"`)
			p.waits(`document.querySelector("#source-body").innerText.includes("found") && document.querySelector("#source-toml").innerText.includes("nginx-access")`)
			if !strings.Contains(p.js(`document.querySelector("#source-body").innerText`), "1 not parsed") {
				t.Errorf("it does not say what does not parse: %s", p.js(`document.querySelector("#source-body").innerText`))
			}
			if hidden := p.js(`document.querySelector("#source-remove").checkVisibility()`); hidden != "false" {
				t.Error("a source in a file with others can be removed")
			}
			fits("source")
			p.js(`location.hash = "#add"`)
			p.waits(`document.querySelector("#add-logs li")`)
			fits("add-choose")
			p.clean()
		})
	}
}

// What a log is called and what stands in it is shown, and never runs.
func TestHostileNamesAndLinesAreShown(t *testing.T) {
	a := newAgent(t, fileSender)
	name := filepath.Join(a.logs, `<img src=x onerror=alert(1)>"'.log`)
	if err := os.WriteFile(name, []byte(strings.Repeat("<script>alert(2)</script><b>bold</b>\x1b[31m ${HOME} \xff\n", 5)), 0o644); err != nil {
		t.Fatal(err)
	}
	p := open(t, 1280, 900, false, a.link())
	p.waits(`document.querySelector("#to-add").checkVisibility()`)
	p.js(`location.hash = "#add"`)
	p.waits(`[...document.querySelectorAll("#add-logs label")].some((l) => l.innerText.includes("<img src=x"))`)
	p.js(`[...document.querySelectorAll("#add-logs label")].find((l) => l.innerText.includes("<img src=x")).click()`)
	p.waits(`document.querySelector("#add-rows").innerText.includes("<script>alert(2)</script>")`)
	p.waits(`!document.querySelector("#add-save").disabled`)
	if n := p.js(`document.querySelectorAll("main img, main b b, main script").length`); n != "0" {
		t.Errorf("%s elements were made of text", n)
	}
	p.shot("hostile")
	p.click("#add-save")
	p.waits(`document.querySelector("#add-steps").innerText.includes("loaded by the agent")`)
	p.clean()
}

// The agent is killed and started again under the open page: it says so, what was typed stays, and with a new link it goes on.
func TestAPageOutlivesItsAgent(t *testing.T) {
	a := newAgent(t, fileSender)
	a.write(filepath.Join(a.logs, "app.log"), "{\"a\":1,\"b\":2}\n")
	p := open(t, 1280, 900, true, a.link())
	p.waits(`document.querySelector("#to-add").checkVisibility()`)
	p.js(`location.hash = "#add"`)
	p.waits(`document.querySelector("#add-logs li")`)
	p.js(`(document.querySelector("#add-tags").value = "team=shop")`)
	a.kill()
	p.waits(`document.querySelector("#banner").checkVisibility() && document.querySelector("#banner").innerText.includes("does not answer")`)
	p.shot("gone-dark")
	a.start()
	p.waits(`document.querySelector("#banner").innerText.includes("session has ended")`)
	p.js(`(document.querySelector("#login-code").value = ` + quote(a.link()) + `)`)
	p.click("#login button")
	p.waits(`!document.querySelector("#banner").checkVisibility()`)
	if got := p.js(`document.querySelector("#add-tags").value`); got != "team=shop" {
		t.Errorf("what was typed became %q", got)
	}
	p.clean()
}

// Another port of this host, and a name that was rebound to it, read nothing and change nothing, in a real browser.
func TestOtherSitesInABrowserChangeNothing(t *testing.T) {
	a := newAgent(t, fileSender)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	other := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><title>other</title>") })}
	done := make(chan error, 1)
	go func() { done <- other.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(other.Close(), <-done); err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	_, port, _ := net.SplitHostPort(a.address)
	p := open(t, 800, 600, false, "http://"+l.Addr().String()+"/", chromedp.Flag("host-resolver-rules", "MAP evil.test 127.0.0.1"))
	for _, mode := range []string{"cors", "no-cors"} {
		p.js(fmt.Sprintf(`(window.said = "", fetch("http://%s/api/v1/reload", {method: "POST", mode: %q, body: "{}"}).then(async (r) => { said = r.type + " " + await r.text(); }, (e) => { said = "failed"; }))`, a.address, mode))
		p.waits(`window.said !== ""`)
		if said := p.js("said"); said != "failed" && said != "opaque " {
			t.Errorf("%s: it read %q", mode, said)
		}
	}
	p.run("evil.test", chromedp.Navigate("http://evil.test:"+port+"/"))
	if text := p.js("document.body.innerText"); !strings.Contains(text, "localhost only") {
		t.Errorf("a rebound name is answered: %s", text)
	}
	if strings.Contains(a.said.String(), "reloaded") {
		t.Errorf("another site had it reload: %s", a.said)
	}
}
