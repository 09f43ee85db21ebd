package api

import (
	"net/http/httptest"
	"testing"

	"logskiff/agent/api/access"
)

// Whatever a body and its type are, each route that takes one answers with JSON and a status that is described, changes
// nothing that was not asked for well, and nobody gets a token.
func FuzzBodies(f *testing.F) {
	for _, body := range []string{"", "{}", `{"code":"x"}`, `{"role":"viewer"}`, `{"code":`, "null", "[1]", `{"role":"\u0000"}`, `{"code":"x"}{}`, `{"path":"/var/log/x"}`, `{"plan":"x","hand_written":true}`,
		`{"name":"a","paths":["/a"],"parser":{"kind":"raw","settings":"{}"},"send_to":["in"],"tags":{"a":"b"}}`} {
		f.Add(body, "application/json")
	}
	f.Add("code=x", "application/x-www-form-urlencoded")
	f.Fuzz(func(t *testing.T, body, kind string) {
		s := newSite(t)
		admin := s.as(access.Admin)
		for _, one := range routes() {
			if one.method == "GET" || one.path == "/api/v1/session" {
				continue
			}
			for _, local := range []bool{false, true} {
				r := request(one.method, one.path, admin, body)
				r.Header.Set("If-None-Match", "*")
				r.Header.Set("Content-Type", kind)
				w := httptest.NewRecorder()
				if local {
					r.Header.Del("Authorization")
					s.local.ServeHTTP(w, r)
				} else {
					s.page.ServeHTTP(w, r)
				}
				if w.Code >= 500 || w.Body.Len() == 0 || w.Body.Bytes()[0] != '{' {
					t.Errorf("%s: %d %q", one.path, w.Code, w.Body)
				}
				if one.path == "/api/v1/sessions" && w.Code == 200 {
					t.Errorf("a token for %q", body)
				}
			}
		}
	})
}
