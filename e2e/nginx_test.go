package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// customFormat is a log_format of the kind people write; %s is its name.
const customFormat = `log_format custom '$remote_addr|$msec|"$request"|$status|$bytes_sent|$request_time|'
        '$http_x_id|$upstream_addr|[$time_iso8601]|$connection_requests';`

// webServer is a real nginx with two access logs of its own.
type webServer struct {
	*program
	t    *testing.T
	dir  string
	logs string // folder of combined.log and custom.log
	conf string
	port int
}

func newWebServer(t *testing.T) *webServer {
	t.Helper()
	need(t, "nginx")
	n := &webServer{t: t, dir: t.TempDir(), port: freePort(t)}
	n.logs = filepath.Join(n.dir, "logs")
	if err := os.Mkdir(n.logs, 0o755); err != nil {
		t.Fatal(err)
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // the workers reopen the logs, in a folder of this user's
	}
	n.conf = filepath.Join(n.dir, "nginx.conf")
	text := fmt.Sprintf(`%s
daemon off;
worker_processes 2;
pid %[2]s/nginx.pid;
error_log %[2]s/error.log;
events {}
http {
    client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi;
    uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
    keepalive_requests 1000000;
    %[3]s
    access_log %[4]s/combined.log combined;
    access_log %[4]s/custom.log custom;
    server {
        listen 127.0.0.1:%[5]d;
        location / { default_type text/plain; return 200 "hello\n"; }
        location /gone/ { return 410; }
    }
}
`, user, n.dir, customFormat, n.logs, n.port)
	if err := os.WriteFile(n.conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	n.program = newProgram(t, "nginx", path("nginx"), "-p", n.dir, "-e", filepath.Join(n.dir, "error.log"), "-c", n.conf)
	n.start()
	eventually(t, failAfter, "nginx answers", func() bool {
		c, err := net4(n.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return n
}

// load asks for numbered pages, as fast as nginx answers, until stop.
type load struct {
	n       *webServer
	next    atomic.Int64
	stop    atomic.Bool
	workers sync.WaitGroup
	mu      sync.Mutex
	unsure  []int // asked for, but not answered: may be in the log or not
}

func (n *webServer) newLoad() *load { return &load{n: n} }

// begin starts the load; perSecond bounds it.
func (l *load) begin(perSecond int) {
	const workers = 4
	l.stop.Store(false)
	for range workers {
		l.workers.Add(1)
		go func() {
			defer l.workers.Done()
			c := http.Client{Timeout: failAfter, Transport: &http.Transport{}}
			defer c.CloseIdleConnections()
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for !l.stop.Load() {
				for range perSecond / workers / 100 {
					l.ask(&c)
				}
				<-tick.C
			}
		}()
	}
}

// ask gets one page. What it sends beside the number follows from the number.
func (l *load) ask(c *http.Client) {
	n := int(l.next.Add(1) - 1)
	r := visitOf(n)
	req, err := http.NewRequest(r.method, fmt.Sprintf("http://127.0.0.1:%d%s", l.n.port, r.uri), nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("User-Agent", r.agent)
	if r.referer != "" {
		req.Header.Set("Referer", r.referer)
	}
	req.Header.Set("X-Id", fmt.Sprint(n))
	resp, err := c.Do(req)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.unsure = append(l.unsure, n)
		return
	}
	resp.Body.Close()
}

// end stops the load; nginx has logged all of it when settled returns.
func (l *load) end() {
	l.stop.Store(true)
	l.workers.Wait()
}

// answered lists the numbers that nginx answered, all of which it logs.
func (l *load) answered(t *testing.T) []int {
	t.Helper()
	if len(l.unsure) > 0 {
		t.Fatalf("nginx did not answer %d requests", len(l.unsure))
	}
	all := make([]int, l.next.Load())
	for i := range all {
		all[i] = i
	}
	return all
}

// visit is what a request looks like.
type visit struct {
	method, uri, agent, referer string
	status                      int
}

func visitOf(n int) visit {
	v := visit{method: "GET", uri: fmt.Sprintf("/r/%d?q=%s", n, strings.Repeat("x", n%50)), agent: "load/1.0 (\"quoted\" \\ back)", status: 200}
	switch n % 5 {
	case 1:
		v.method, v.uri, v.status = "POST", fmt.Sprintf("/gone/%d", n), 410
	case 2:
		v.referer = "https://example.org/a?b=\"c\""
	case 3:
		v.agent = "Mozilla/5.0 (X11; Linux x86_64)"
	}
	return v
}

// logrotate is the real one, with a configuration and a state of its own.
type logrotate struct {
	t           *testing.T
	conf, state string
}

func newLogrotate(t *testing.T, n *webServer, how string) *logrotate {
	t.Helper()
	need(t, "logrotate")
	dir := t.TempDir()
	r := &logrotate{t: t, conf: filepath.Join(dir, "logrotate.conf"), state: filepath.Join(dir, "state")}
	text := fmt.Sprintf("%s/*.log {\n\trotate 100\n\tmissingok\n%s\n}\n", n.logs, how)
	if err := os.WriteFile(r.conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return r
}

// reopen is how Debian rotates nginx's logs.
func (n *webServer) reopen() string {
	return fmt.Sprintf("\tcreate 0644\n\tsharedscripts\n\tpostrotate\n\t\t%s -p %s -e %s/error.log -c %s -s reopen\n\tendscript",
		path("nginx"), n.dir, n.dir, n.conf)
}

func (r *logrotate) run() {
	r.t.Helper()
	if out, err := exec.Command(path("logrotate"), "--force", "--state", r.state, r.conf).CombinedOutput(); err != nil {
		r.t.Fatalf("logrotate: %v: %s", err, out)
	}
}
