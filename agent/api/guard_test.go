package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"logskiff/agent/api/access"
)

// A web page whose name was rebound to 127.0.0.1 is known by the name that its browser sends: it is answered 421, whatever it asks.
func TestOnlyLoopbackNamesAreAnswered(t *testing.T) {
	s := newSite(t)
	token := s.as(access.Admin)
	hosts := map[string]bool{
		"127.0.0.1:7710": true, "localhost:7710": true, "localhost": true, "LOCALHOST": true, "[::1]:7710": true, "127.8.8.8": true, "logs.example.net:443": true,
		"evil.test": false, "evil.test:7710": false, "127.0.0.1.evil.test": false, "192.0.2.1:7710": false, "": false, "localhost.evil.test": false, "logs.example.net.evil.test": false,
	}
	for host, good := range hosts {
		for _, path := range []string{"/", "/metrics", "/healthz", "/readyz", "/api/v1/snapshot", "/api/v1/nothing"} {
			r := request("GET", path, token, "")
			r.Host = host
			w := httptest.NewRecorder()
			s.page.ServeHTTP(w, r)
			if (w.Code != http.StatusMisdirectedRequest) != good {
				t.Errorf("Host %q, %s: %d", host, path, w.Code)
			}
		}
	}
}

// What a browser says about where a request comes from, as other sites, other ports of this host, and sandboxed frames do.
func TestOtherSitesChangeNothing(t *testing.T) {
	s := newSite(t)
	token := s.as(access.Admin)
	f := func(what string, want int, header ...string) {
		t.Helper()
		r := request("POST", "/api/v1/reload", token, "")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.page.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", what, w.Code, want)
		}
	}
	f("our page", 200, "Sec-Fetch-Site", "same-origin", "Origin", "http://127.0.0.1:7710")
	f("no browser", 200)
	f("another site", 403, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test")
	f("another port of this host", 403, "Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:8080")
	f("an old browser from another port", 403, "Origin", "http://127.0.0.1:8080")
	f("a sandboxed frame", 403, "Origin", "null")
	f("a sandboxed frame that claims to be ours", 403, "Sec-Fetch-Site", "same-origin", "Origin", "null")
	if s.fake.reloads != 2 {
		t.Errorf("%d reloads, want those two that are ours", s.fake.reloads)
	}
	r := request("GET", "/api/v1/snapshot", token, "")
	r.Header.Set("Origin", "null")
	w := httptest.NewRecorder()
	s.page.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("a sandboxed frame reads: %d", w.Code)
	}
}

// Who forwards the control socket to a desk must not make an admin of each web page there.
func TestABrowserIsNobodyOnTheControlSocket(t *testing.T) {
	s := newSite(t)
	for header, value := range map[string]string{"Origin": "http://127.0.0.1:7710", "Sec-Fetch-Site": "same-origin"} {
		r := request("POST", "/api/v1/reload", "", "")
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		s.local.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("with %s: %d", header, w.Code)
		}
	}
	if s.fake.reloads != 0 {
		t.Error("it reloaded")
	}
}
