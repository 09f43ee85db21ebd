package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"logskiff/agent/api/access"
	"logskiff/preview/conffiles"
)

// asked is a request for each route that is good.
func asked(s *site, one route) (path, body string) {
	path = strings.ReplaceAll(one.path, "{source}", "web")
	switch one.path {
	case "/api/v1/login-codes":
		body = `{"role":"viewer"}`
	case "/api/v1/offsets":
		body = `{"file":"/var/log/a.log","to":"end"}`
	case "/api/v1/sessions":
		body = `{"code":"x"}`
	case "/api/v1/preview":
		body = `{"path":"` + s.dir + `/log/app.log"}`
	case "/api/v1/plans":
		body = `{"name":"app","paths":["` + s.dir + `/log/app.log"],"parser":{"kind":"json","settings":"{}"},"send_to":["in"]}`
	}
	if one.matches {
		body = "{}"
	}
	if one.method == "PUT" && s.Sources != nil {
		body = `{"plan":"` + s.plan("web").ID + `"}`
	}
	return path, body
}

// Each route with no token, a wrong one, and those of each role; and what comes back is what the description says.
func TestEachRouteForEachRole(t *testing.T) {
	var doc object
	if err := json.Unmarshal(description, &doc); err != nil {
		t.Fatal(err)
	}
	for _, one := range routes() {
		if strings.HasSuffix(one.path, "/stream") {
			continue // it does not end; see stream_test.go
		}
		for _, role := range []access.Role{access.Nobody, access.Viewer, access.Operator, access.Admin} {
			s := newSite(t)
			path, body := asked(s, one)
			send := func(token string) *httptest.ResponseRecorder {
				if one.matches {
					return s.change(one.method, path, token, conffiles.ETag(s.read()), body)
				}
				return s.ask(one.method, path, token, body)
			}
			w := send(s.as(role))
			want := http.StatusOK
			switch {
			case one.path == "/api/v1/sessions":
				want = http.StatusUnauthorized // the code is wrong
			case role == access.Nobody:
				want = http.StatusUnauthorized
			case role < one.role, one.local:
				want = http.StatusForbidden
			case one.path == "/api/v1/session" && one.method == "DELETE":
				want = http.StatusNoContent
			}
			if w.Code != want {
				t.Errorf("%s %s as %v: %d, want %d: %s", one.method, path, role, w.Code, want, w.Body)
			}
			checkAnswer(t, doc, one, w)
			if role == access.Nobody && one.role != access.Nobody {
				if w := send("wrong"); w.Code != http.StatusUnauthorized {
					t.Errorf("%s %s with a wrong token: %d", one.method, path, w.Code)
				}
			}
		}
		s := newSite(t)
		path, body := asked(s, one)
		w := httptest.NewRecorder()
		r := request(one.method, path, "", body)
		if one.matches {
			r.Header.Set("If-Match", `"`+conffiles.ETag(s.read())+`"`)
		}
		s.local.ServeHTTP(w, r)
		if one.path != "/api/v1/sessions" && w.Code != http.StatusOK && w.Code != http.StatusNoContent {
			t.Errorf("%s %s over the control socket: %d %s", one.method, path, w.Code, w.Body)
		}
		checkAnswer(t, doc, one, w)
	}
}

func checkAnswer(t *testing.T, doc object, one route, w *httptest.ResponseRecorder) {
	t.Helper()
	h := w.Result().Header
	if h.Get("Set-Cookie") != "" || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Security-Policy") != policy {
		t.Errorf("%s %s: %v", one.method, one.path, h)
	}
	if w.Code == http.StatusNoContent {
		return
	}
	responses := doc["paths"].(object)[one.path].(object)[strings.ToLower(one.method)].(object)["responses"].(object)
	said, ok := responses[fmt.Sprint(w.Code)].(object)
	if !ok {
		said = responses["default"].(object)
	}
	schema := said["content"].(object)["application/json"].(object)["schema"].(object)
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Errorf("%s %s: %v", one.method, one.path, err)
		return
	}
	for _, wrong := range fits(doc, schema, v, "answer") {
		t.Errorf("%s %s, %d: %s", one.method, one.path, w.Code, wrong)
	}
}

// What is not described is not there, whatever is asked, and says so only to who logged in.
func TestOtherPathsAndMethodsAreRefused(t *testing.T) {
	s := newSite(t)
	admin := s.as(access.Admin)
	f := func(method, path, token string, want int, allow string) {
		t.Helper()
		w := s.ask(method, path, token, "")
		if w.Code != want || w.Result().Header.Get("Allow") != allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", method, path, w.Code, w.Result().Header.Get("Allow"), want, allow)
		}
	}
	for _, path := range []string{"/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/snapshot", "/api/v1/sources//files", "/api/v1/sources/a/b/files"} {
		f("GET", path, "", 401, "")
		if w := s.ask("GET", path, admin, ""); w.Code != 404 && w.Code != 307 {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	f("POST", "/api/v1/snapshot", admin, 405, "GET")
	f("GET", "/api/v1/reload", admin, 405, "POST")
	f("GET", "/api/v1/sessions", "", 401, "")
	f("PUT", "/api/v1/session", admin, 405, "GET")
	f("OPTIONS", "/api/v1/reload", "", 401, "")
	if n := s.fake.reloads; n != 0 {
		t.Errorf("%d reloads", n)
	}
}

func TestWhatIsAskedInAnotherWayIsRefused(t *testing.T) {
	s := newSite(t)
	admin := s.as(access.Admin)
	for _, path := range []string{
		"/api/v1/snapshot?x=1", "/api/v1/history?seconds=0", "/api/v1/history?seconds=901", "/api/v1/history?seconds=ten", "/api/v1/history?kind=files",
		"/api/v1/sources/web/files?limit=0", "/api/v1/sources/web/files?limit=1001", "/api/v1/sources/web/files?offset=-1", "/api/v1/sources/web/files?sort=age", "/api/v1/sources/web/files?order=up",
	} {
		if w := s.ask("GET", path, admin, ""); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, path := range []string{"/api/v1/sources/app/files", "/api/v1/sources/web/files?sender=out"} {
		if w := s.ask("GET", path, admin, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	f := func(what string, want int, change func(*http.Request)) {
		t.Helper()
		r := request("POST", "/api/v1/reload", admin, "")
		change(r)
		w := httptest.NewRecorder()
		s.page.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", what, w.Code, want)
		}
	}
	f("a form", 415, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
	f("no type", 415, func(r *http.Request) { r.Header.Del("Content-Type") })
	f("plain text", 415, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	f("a type with a parameter", 200, func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") })
	if s.fake.reloads != 1 {
		t.Errorf("%d reloads, want one", s.fake.reloads)
	}
	long := strings.Repeat(" ", bodyMost) + `{"code":"x"}`
	if w := s.ask("POST", "/api/v1/sessions", "", long); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: %d", w.Code)
	}
	for _, body := range []string{"", "[]", `{"code":1}`, `{"code":"x","role":"admin"}`, `{"code":"x"} {}`, `{"code"`} {
		if w := s.ask("POST", "/api/v1/sessions", "", body); w.Code != http.StatusBadRequest {
			t.Errorf("body %s: %d", body, w.Code)
		}
	}
	if w := s.ask("POST", "/api/v1/reload", admin, `{"x":1}`); w.Code != http.StatusBadRequest {
		t.Errorf("a body where none is taken: %d", w.Code)
	}
}

func TestAPageThatMayOnlyReadChangesNothing(t *testing.T) {
	s := newSite(t)
	s.setMode("readonly")
	admin := s.as(access.Admin)
	for _, one := range routes() {
		if path, body := asked(s, one); one.change {
			if w := s.ask(one.method, path, admin, body); w.Code != http.StatusForbidden {
				t.Errorf("%s %s: %d", one.method, path, w.Code)
			}
		}
		if one.method != "GET" && !one.change && !one.asks && !one.local && !strings.Contains(one.path, "session") {
			t.Errorf("%s %s changes something and is not marked so", one.method, one.path)
		}
		if one.method == "GET" && one.change {
			t.Errorf("GET %s changes something", one.path)
		}
	}
	if w := s.ask("GET", "/api/v1/snapshot", admin, ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"ui":"readonly"`) {
		t.Errorf("it does not show: %d", w.Code)
	}
	w := httptest.NewRecorder()
	s.local.ServeHTTP(w, request("POST", "/api/v1/reload", "", ""))
	if w.Code != 200 {
		t.Errorf("the command line is refused too: %d", w.Code)
	}
}

func TestAPageThatIsOffServesMetricsOnly(t *testing.T) {
	s := newSite(t)
	s.setMode("off")
	if w := s.ask("GET", "/api/v1/snapshot", s.as(access.Admin), ""); w.Code != http.StatusNotFound {
		t.Errorf("the API: %d", w.Code)
	}
	if w := s.ask("GET", "/metrics", "", ""); w.Code != 200 || w.Body.String() != "public" {
		t.Errorf("metrics: %d", w.Code)
	}
}

func TestViewersSeeNoTexts(t *testing.T) {
	s := newSite(t)
	for role, sees := range map[access.Role]bool{access.Viewer: false, access.Operator: true, access.Admin: true} {
		body := s.ask("GET", "/api/v1/snapshot", s.as(role), "").Body.String()
		if n := strings.Count(body, "anna"); sees != (n > 0) {
			t.Errorf("%v: it is there %d times", role, n)
		}
		if strings.Contains(body, "<script>") {
			t.Errorf("%v: there is HTML in JSON", role)
		}
	}
	if s.fake.asked != 1 {
		t.Errorf("three requests at one moment took %d snapshots", s.fake.asked)
	}
	s.later(freshFor)
	s.ask("GET", "/api/v1/snapshot", s.as(access.Viewer), "")
	if s.fake.asked != 2 {
		t.Error("half a second later the same snapshot is shown")
	}
}
