package httpclient

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

const (
	childURL = "LOGSKIFF_TEST_URL"
	childCA  = "LOGSKIFF_TEST_CA"
)

// TestProxyChild is the other half of TestProxiesOfTheEnvironmentAreUsed:
// net/http reads the environment once in a process.
func TestProxyChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("only runs as a child process")
	}
	e := open(t, url, func(c *Config) { c.TLS.CA = os.Getenv(childCA) })
	if r := e.Send(t.Context(), body(3<<20)); r.Class != senders.Delivered {
		t.Fatalf("got %+v", r)
	}
}

func TestProxiesOfTheEnvironmentAreUsed(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	plain, secure := httpclienttest.NewDestination(t), a.Serve("inner", false)
	proxy := newProxy(t, plain, secure)

	f := func(to string, d *httpclienttest.Destination, ca string) {
		t.Helper()
		before := proxy.used.Load()
		child := exec.Command(os.Args[0], "-test.run=^TestProxyChild$", "-test.v")
		child.Env = append(os.Environ(), childURL+"="+to, childCA+"="+ca, "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestProxyChild") {
			t.Fatalf("%s: %v\n%s", to, err, out)
		}
		if proxy.used.Load() != before+1 || len(d.Bodies()) != 1 || len(d.Bodies()[0]) != 3<<20 {
			t.Errorf("%s: the proxy was used %d times, %d bodies arrived", to, proxy.used.Load()-before, len(d.Bodies()))
		}
	}
	f("http://inner.example:7711", plain, "")
	f("https://inner.example:7711", secure, a.File)
}

func TestTheProxyOfTheSettingsIsUsed(t *testing.T) {
	a := httpclienttest.NewAuthority(t)
	plain, secure := httpclienttest.NewDestination(t), a.Serve("inner", true)
	cert, key := a.Client("agent")
	proxy := newProxy(t, plain, secure)
	f := func(to string, change func(*Config), want int64, class senders.Class) string {
		t.Helper()
		before := proxy.used.Load()
		r := open(t, to, func(c *Config) {
			c.Proxy = conf.Secret(strings.Replace(proxy.URL, "http://", "http://me:hunter2hunter2@", 1))
			change(c)
		}).Send(t.Context(), body(3<<20))
		if r.Class != class || proxy.used.Load()-before != want {
			t.Errorf("%s: %+v, the proxy was used %d times", to, r, proxy.used.Load()-before)
		}
		return r.Reason
	}
	f("http://inner.example:7711", func(*Config) {}, 1, senders.Delivered)
	if got := proxy.user.Load().(string); got != "Basic bWU6aHVudGVyMmh1bnRlcjI=" {
		t.Errorf("the proxy was told %q", got)
	}
	f(plain.URL, func(c *Config) { c.Proxy = noProxy }, 0, senders.Delivered)
	shown := func(c *Config) { c.TLS = TLS{CA: a.File, Cert: cert, Key: key} }
	f("https://inner.example:7711", shown, 1, senders.Delivered)
	f(strings.Replace(secure.URL, "127.0.0.1", "127.0.0.2", 1), shown, 1, senders.Retry) // the certificate names another address
	f(secure.URL, shown, 1, senders.Delivered)
	f("https://other.example:7711", shown, 1, senders.Retry)
	f("https://other.example:7711", func(c *Config) { shown(c); c.TLS.ServerName = "inner.example" }, 1, senders.Delivered)
	if why := f("https://inner.example:7711", func(c *Config) { shown(c); c.TLS.CA = httpclienttest.NewAuthority(t).File }, 1, senders.Retry); !strings.Contains(why, "unknown authority") {
		t.Errorf("another authority: %q", why)
	}
	proxy.refuse.Store(true)
	if why := f("http://inner.example:7711", func(*Config) {}, 1, senders.Held); !strings.Contains(why, "proxy") || strings.Contains(why, "hunter2") {
		t.Errorf("refused: %q", why)
	}
}

// net/http takes the trusted certificates of a proxied connection once, at the start.
func TestARenewedAuthorityIsTrustedThroughAProxyToo(t *testing.T) {
	a, other := httpclienttest.NewAuthority(t), httpclienttest.NewAuthority(t)
	proxy := newProxy(t, nil, other.Serve("inner", false))
	ca := filepath.Join(t.TempDir(), "ca.pem")
	put := func(from string, at time.Time) {
		t.Helper()
		text, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile(ca, text, 0o600))
		must(t, os.Chtimes(ca, at, at))
	}
	now := time.Now()
	put(a.File, now)
	e := open(t, "https://inner.example:7711", func(c *Config) { c.Proxy, c.TLS.CA = conf.Secret(proxy.URL), ca })
	if r := e.Send(t.Context(), body(10)); r.Class != senders.Retry || !strings.Contains(r.Reason, "unknown authority") {
		t.Errorf("before: %+v", r)
	}
	put(other.File, now.Add(time.Minute))
	if r := e.Send(t.Context(), body(10)); r.Class != senders.Delivered {
		t.Errorf("after: %+v", r)
	}
}

func TestAProxyIsCheckedAndNotShown(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		c := Default()
		c.Proxy = conf.Secret(value)
		errs := c.Check(false)
		if want == "" {
			if len(errs) > 0 {
				t.Errorf("%s: %v", value, errs)
			}
			return
		}
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "proxy: "+want) || strings.Contains(errs[0].Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", value, errs, want)
		}
	}
	f("", "")
	f("none", "")
	f("http://proxy:3128", "")
	f("http://me:hunter2@proxy:3128/", "")
	f("socks5://[::1]:1080", "")
	f("proxy:3128", "must begin with")
	f("ftp://me:hunter2@proxy", "must begin with")
	f("http://me:hunter2@proxy:x", "must have a number for its port")
	f("http://me:hunter2@:3128", "must name a host")
	f("http://me:hunter2@proxy:3128/path", "must end behind its port")
}

// proxy is one before a plain server and one with TLS, whatever their names are.
type proxy struct {
	*httptest.Server
	used   atomic.Int64
	refuse atomic.Bool
	user   atomic.Value // what the last request said of its user
}

func newProxy(t *testing.T, plain, secure *httpclienttest.Destination) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.used.Add(1)
		p.user.Store(r.Header.Get("Proxy-Authorization"))
		switch {
		case p.refuse.Load():
			w.WriteHeader(http.StatusProxyAuthRequired)
		case r.Method == http.MethodConnect:
			tunnel(w, secure.Listener.Addr().String())
		default:
			target, _ := url.Parse(plain.URL)
			httputil.NewSingleHostReverseProxy(target).ServeHTTP(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// tunnel joins the client's connection with another one until either ends.
func tunnel(w http.ResponseWriter, addr string) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	s, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer s.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	httpclienttest.Join(s, c)
}
