package httpsend

import (
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"logskiff/senders"
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
	a := newAuthority(t)
	plain, secure := newDestination(t), &destination{}
	cert, key, _, _ := a.issue("inner", &x509.Certificate{DNSNames: []string{"inner.example"}})
	pair := &TLS{Cert: cert, Key: key}
	serverTLS, _, err := pair.config(nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := serverTLS.GetClientCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	serverTLS.Certificates = append(serverTLS.Certificates, *own)
	secure.Server = httptest.NewUnstartedServer(secure)
	secure.TLS = serverTLS
	secure.StartTLS()
	defer secure.Close()

	var used atomic.Int64
	target, _ := url.Parse(plain.URL)
	forward := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		used.Add(1)
		if r.Method != http.MethodConnect {
			forward.ServeHTTP(w, r)
			return
		}
		tunnel(w, secure.Listener.Addr().String())
	}))
	defer proxy.Close()

	f := func(to string, d *destination, ca string) {
		t.Helper()
		before := used.Load()
		child := exec.Command(os.Args[0], "-test.run=^TestProxyChild$", "-test.v")
		child.Env = append(os.Environ(), childURL+"="+to, childCA+"="+ca, "HTTP_PROXY="+proxy.URL, "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestProxyChild") {
			t.Fatalf("%s: %v\n%s", to, err, out)
		}
		if used.Load() != before+1 || len(d.bodies()) != 1 || len(d.bodies()[0]) != 3<<20 {
			t.Errorf("%s: the proxy was used %d times, %d bodies arrived", to, used.Load()-before, len(d.bodies()))
		}
	}
	f("http://inner.example:7711", plain, "")
	f("https://inner.example:7711", secure, a.file)
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
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(s, c)
		_ = s.Close()
	}()
	_, _ = io.Copy(c, s)
	_ = c.Close()
	<-done
}
