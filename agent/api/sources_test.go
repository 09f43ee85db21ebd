package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/agent/api/access"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/addsource"
	"logskiff/preview/conffiles"
)

// canary is a secret in the configuration of a site.
const canary = "canary-8841"

// configure gives a site a configuration, with source web in a file of its own that was changed once, and a log.
func (s *site) configure() {
	s.t.Helper()
	main := filepath.Join(s.dir, "logskiff.toml")
	s.write("log/app.log", "{\"level\":\"info\",\"msg\":\"started\"}\n")
	s.write("logskiff.toml", "[agent]\ninclude = [\"conf.d/*.toml\"]\n[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"http://h:1\"], bearer = \""+canary+"\" }\n")
	files := &conffiles.Files{Main: main, Kinds: kinds.All(), Now: s.Now,
		Check: func(c conf.Change) (*conf.Config, error) {
			return conf.CheckChange(main, kinds.All(), &c, func(*conf.Config) error { return nil })
		}}
	s.Sources = addsource.New(addsource.Options{Files: files, DataDir: filepath.Join(s.dir, "data"), User: "logskiff", Now: s.Now, Root: filepath.Join(s.dir, "nothing"), Watch: -1,
		Browse: func() []string { return []string{filepath.Join(s.dir, "log/**")} }})
	before := ""
	for _, path := range []string{"a", "b"} {
		text := files.Seal("[[source]]\nname = \"web\"\nreader.file = { paths = [\"/var/log/" + path + "\"] }\n")
		if err := files.Apply(conffiles.Edit{File: s.web(), Text: text, Match: conffiles.ETag(before)}, nil); err != nil {
			s.t.Fatal(err)
		}
		before = text
	}
}

func (s *site) web() string { return filepath.Join(s.dir, "conf.d", "web.toml") }

func (s *site) write(name, text string) {
	s.t.Helper()
	name = filepath.Join(s.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) read() string {
	text, err := os.ReadFile(s.web())
	if err != nil {
		return ""
	}
	return string(text)
}

// plan plans source web anew, or another one.
func (s *site) plan(name string) addsource.Plan {
	s.t.Helper()
	p, err := s.Sources.Plan(s.t.Context(), addsource.Wish{Name: name, Paths: []string{filepath.Join(s.dir, "log/app.log")}, Parser: addsource.Format{Kind: "json"}, SendTo: []string{"in"}})
	if err != nil || len(p.Mistakes) > 0 {
		s.t.Fatal(p.Mistakes, err)
	}
	return p
}

// change makes a request that changes the file with an ETag.
func (s *site) change(method, path, token, etag, body string) *httptest.ResponseRecorder {
	r := request(method, path, token, body)
	if etag == "" {
		r.Header.Set("If-None-Match", "*")
	} else {
		r.Header.Set("If-Match", `"`+etag+`"`)
	}
	w := httptest.NewRecorder()
	s.page.ServeHTTP(w, r)
	return w
}

func TestASourceIsMadeByThePage(t *testing.T) {
	s := newSite(t)
	admin := s.as(access.Admin)
	w := s.ask("POST", "/api/v1/preview", admin, `{"path":"`+s.dir+`/log/app.log"}`)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"name":"level"`) {
		t.Fatalf("the preview: %d %s", w.Code, w.Body)
	}
	w = s.ask("POST", "/api/v1/plans", admin, `{"name":"app","paths":["`+s.dir+`/log/app.log"],"parser":{"kind":"json","settings":"{}"},"send_to":["in"]}`)
	var p addsource.Plan
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 200 || len(p.Mistakes) > 0 {
		t.Fatalf("the plan: %d %s", w.Code, w.Body)
	}
	w = s.change("PUT", "/api/v1/sources/app", admin, "", `{"plan":"`+p.ID+`"}`)
	if w.Code != 200 || w.Result().Header.Get("ETag") == "" || s.fake.reloads != 1 {
		t.Fatalf("saved: %d %s, %d reloads", w.Code, w.Body, s.fake.reloads)
	}
	// What was shown is what is there, byte for byte.
	if text, err := os.ReadFile(p.File); err != nil || string(text) != p.Text {
		t.Errorf("%q, %v", text, err)
	}
	for _, e := range s.audited() {
		if e.Action != "source-save" || e.Result != "ok" || e.Detail != "app" || e.File != p.File || e.Before != "" || e.After != conffiles.ETag(p.Text) || !strings.Contains(e.Diff, "+[[source]]") {
			t.Errorf("audited as %+v", e)
		}
	}
	if n := len(s.audited()); n != 1 {
		t.Errorf("%d lines of audit", n)
	}
}

// Who has not seen what is there changes nothing, and neither does anybody what a person wrote without having seen the difference.
func TestAChangeWantsWhatItChanges(t *testing.T) {
	s := newSite(t)
	admin, before := s.as(access.Admin), s.read()
	etag := conffiles.ETag(before)
	for _, one := range []struct{ method, path string }{{"POST", "pause"}, {"POST", "undo"}, {"DELETE", ""}, {"PUT", ""}} {
		path := strings.TrimSuffix("/api/v1/sources/web/"+one.path, "/")
		body := "{}"
		if one.method == "PUT" {
			body = `{"plan":"` + s.plan("web").ID + `"}`
		}
		if w := s.ask(one.method, path, admin, body); w.Code != http.StatusPreconditionRequired {
			t.Errorf("%s %s without an ETag: %d", one.method, path, w.Code)
		}
		if w := s.change(one.method, path, admin, "0123", body); w.Code != http.StatusPreconditionFailed || !strings.Contains(w.Body.String(), `"etag":"`+etag) {
			t.Errorf("%s %s with an old ETag: %d %s", one.method, path, w.Code, w.Body)
		}
		if w := s.change(one.method, path, admin, "", body); w.Code != http.StatusPreconditionFailed {
			t.Errorf("%s %s of what is not to be there: %d %s", one.method, path, w.Code, w.Body)
		}
	}
	s.write("conf.d/web.toml", before+"# mine\n")
	etag = conffiles.ETag(before + "# mine\n")
	w := s.change("POST", "/api/v1/sources/web/pause", admin, etag, "{}")
	if w.Code != http.StatusPreconditionFailed || !strings.Contains(w.Body.String(), "hand_written") || !strings.Contains(w.Body.String(), `+paused`) {
		t.Errorf("what a person wrote: %d %s", w.Code, w.Body)
	}
	if s.read() != before+"# mine\n" || s.fake.reloads != 0 {
		t.Errorf("something was changed: %d reloads\n%s", s.fake.reloads, s.read())
	}
	if w := s.change("POST", "/api/v1/sources/web/pause", admin, etag, `{"hand_written":true}`); w.Code != 200 || !strings.Contains(s.read(), "paused = true") || !strings.HasSuffix(s.read(), "# mine\n") {
		t.Errorf("after a yes: %d %s\n%s", w.Code, w.Body, s.read())
	}
}

func TestWhatTheAgentRefusesIsTakenBack(t *testing.T) {
	s := newSite(t)
	before := s.read()
	s.fake.reload = Reload{Error: "cannot listen on 127.0.0.1:1", Mistakes: []Mistake{{File: s.web(), Line: 3, Column: 1, Message: "taken", Text: "taken"}}}
	w := s.change("POST", "/api/v1/sources/web/pause", s.as(access.Admin), conffiles.ETag(before), "{}")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"line":3`) || s.read() != before {
		t.Errorf("%d %s\n%s", w.Code, w.Body, s.read())
	}
	if all := s.audited(); len(all) != 1 || !strings.Contains(all[0].Result, "cannot listen") || all[0].After != all[0].Before {
		t.Errorf("%+v", all)
	}
}

func TestASourceIsPausedUndoneRemovedAndPutBack(t *testing.T) {
	s := newSite(t)
	admin := s.as(access.Admin)
	do := func(method, what, part string) {
		t.Helper()
		w := s.change(method, "/api/v1/sources/web"+what, admin, conffiles.ETag(s.read()), "{}")
		if w.Code != 200 || part == "" != (s.read() == "") || !strings.Contains(s.read(), part) {
			t.Fatalf("%s %s: %d %s\n%s", method, what, w.Code, w.Body, s.read())
		}
	}
	do("POST", "/pause", "paused = true")
	do("POST", "/resume", "/var/log/b")
	do("POST", "/undo", "paused = true")
	do("DELETE", "", "")
	do("POST", "/undo", "paused = true")
	if w := s.change("POST", "/api/v1/sources/other/undo", admin, "", "{}"); w.Code != http.StatusConflict {
		t.Errorf("an undo of nothing: %d", w.Code)
	}
	if w := s.change("POST", "/api/v1/sources/..%2f..%2fx/undo", admin, "", "{}"); w.Code != http.StatusNotFound {
		t.Errorf("an undo of a path: %d", w.Code)
	}
}

// A secret of the configuration is in no answer and no line of the audit log, whatever is asked.
func TestSecretsOfTheConfigurationAreNotSaid(t *testing.T) {
	s := newSite(t)
	admin := s.as(access.Admin)
	s.write("conf.d/both.toml", "[[source]]\nname = \"both\"\nreader.file = { paths = [\"/var/log/a\"] }\nsend_to = [\"two\"]\n[[sender]]\nname = \"two\"\nhttp = { endpoints = [\"http://u:"+canary+"@h:1\"] }\n")
	text, err := os.ReadFile(filepath.Join(s.dir, "conf.d/both.toml"))
	if err != nil {
		t.Fatal(err)
	}
	etag := conffiles.ETag(string(text))
	for _, w := range []*httptest.ResponseRecorder{
		s.ask("GET", "/api/v1/sources/both", admin, ""), s.change("POST", "/api/v1/sources/both/pause", admin, etag, "{}"), s.change("POST", "/api/v1/sources/both/pause", admin, "0", "{}"),
		s.change("POST", "/api/v1/sources/both/pause", admin, etag, `{"hand_written":true}`), s.change("DELETE", "/api/v1/sources/both", admin, etag, "{}"),
		s.ask("POST", "/api/v1/preview", admin, `{"path":"`+s.dir+`/logskiff.toml"}`),
	} {
		if strings.Contains(w.Body.String(), canary) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	for _, e := range s.audited() {
		if strings.Contains(e.Diff+e.Detail+e.Result, canary) {
			t.Errorf("audited: %+v", e)
		}
	}
}

// Two look at files at once; a third waits a while and is told, and who hangs holds up no other request.
func TestTwoLooksAtOnce(t *testing.T) {
	s := newSite(t)
	admin := s.as(access.Admin)
	for range looksMost {
		s.looks <- struct{}{}
	}
	s.lookMost = 10 * time.Millisecond
	if w := s.ask("POST", "/api/v1/preview", admin, `{"path":"/x"}`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a third: %d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/api/v1/snapshot", admin, ""); w.Code != 200 {
		t.Errorf("others wait too: %d", w.Code)
	}
	<-s.looks
	s.lookMost = time.Minute
	if w := s.ask("POST", "/api/v1/preview", admin, `{"path":"/x"}`); w.Code != http.StatusNotFound {
		t.Errorf("when one has ended: %d %s", w.Code, w.Body)
	}
}

func TestAnAgentWithoutAFileHasNothingToChange(t *testing.T) {
	s := newSite(t)
	s.Sources = nil
	for _, one := range routes() {
		if path, body := asked(s, one); strings.Contains(path, "/sources/web") && !strings.HasSuffix(path, "/files") {
			if w := s.change(one.method, path, s.as(access.Admin), "x", body); w.Code != http.StatusConflict {
				t.Errorf("%s %s: %d", one.method, path, w.Code)
			}
		}
	}
}
