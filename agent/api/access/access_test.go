package access

import (
	"bufio"
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestACodeWorksOnceAndNotAfterTwoMinutes(t *testing.T) {
	c := NewCodes()
	text, until := c.New(Operator, "uid 0", noon)
	if len(text) != 22 || until.Sub(noon) != 2*time.Minute {
		t.Errorf("%q is good until %v; want 128 bits and two minutes", text, until)
	}
	if role, by, ok := c.Use(text, until.Add(-1)); !ok || role != Operator || by != "uid 0" {
		t.Errorf("got %v, %q, %v", role, by, ok)
	}
	if _, _, ok := c.Use(text, noon); ok {
		t.Error("it worked twice")
	}
	text, until = c.New(Admin, "", noon)
	if role, _, ok := c.Use(text, until); ok || role != Nobody {
		t.Error("it worked after two minutes")
	}
	if _, _, ok := c.Use("", noon); ok {
		t.Error("no code is a code")
	}
}

func TestFewCodesAreKept(t *testing.T) {
	c := NewCodes()
	first, _ := c.New(Admin, "", noon)
	for i := range codesMost {
		c.New(Admin, "", noon.Add(time.Duration(i+1)))
	}
	if _, _, ok := c.Use(first, noon); ok || len(c.all) != codesMost {
		t.Errorf("%d are kept, the first among them: %v", len(c.all), ok)
	}
}

func TestATokenIsGoodForHalfAnHourOfIdlenessAndTwelveHours(t *testing.T) {
	s := NewSessions()
	token, made := s.New(Viewer, "anna", noon)
	if len(token) != 43 {
		t.Errorf("the token has %d characters, want 256 bits", len(token))
	}
	now := noon
	for ; now.Before(made.Until.Add(-29 * time.Minute)); now = now.Add(29 * time.Minute) {
		if got := s.Of(token, now); got.Role != Viewer || got.Who != "anna" {
			t.Fatalf("after %v: %+v", now.Sub(noon), got)
		}
	}
	if got := s.Of(token, made.Until); got.Role != Nobody {
		t.Error("it is good for more than twelve hours")
	}
	token, _ = s.New(Viewer, "anna", noon)
	if got := s.Of(token, noon.Add(SessionIdle)); got.Role != Nobody || len(s.all) != 0 {
		t.Error("it is good after half an hour without use")
	}
	for _, wrong := range []string{"", token, token + "x", strings.ToUpper(token)} {
		if got := s.Of(wrong, noon); got.Role != Nobody {
			t.Errorf("%q is somebody's", wrong)
		}
	}
	token, _ = s.New(Admin, "", noon)
	s.End(token)
	if s.Of(token, noon).Role != Nobody {
		t.Error("a session that was ended goes on")
	}
}

func TestNoTokenIsKept(t *testing.T) {
	s, c := NewSessions(), NewCodes()
	token, _ := s.New(Admin, "", noon)
	code, _ := c.New(Admin, "", noon)
	for d := range s.all {
		if bytes.Contains([]byte(token), d[:8]) || string(d[:]) == token {
			t.Error("the token itself is kept")
		}
	}
	if _, there := c.all[digestOf(code)]; !there {
		t.Error("a code is not kept by its hash")
	}
}

func TestFewSessionsAreKept(t *testing.T) {
	s := NewSessions()
	idle, _ := s.New(Admin, "", noon)
	used, _ := s.New(Admin, "", noon)
	s.Of(used, noon.Add(time.Hour/4))
	for range sessionsMost - 1 {
		s.New(Admin, "", noon.Add(time.Second))
	}
	if s.Of(idle, noon.Add(time.Second)).Role != Nobody || s.Of(used, noon.Add(time.Hour/4)).Role != Admin || len(s.all) != sessionsMost {
		t.Error("not the one that was used longest ago gave way")
	}
}

func TestFiveLogInsAMinuteMayFail(t *testing.T) {
	var l Limit
	for i := range failuresMost {
		if wait := l.Failed(noon.Add(time.Duration(i) * time.Second)); wait != 0 {
			t.Errorf("failure %d waits %v", i+1, wait)
		}
	}
	for range 100 {
		if wait := l.Failed(noon.Add(10 * time.Second)); wait != 50*time.Second {
			t.Fatalf("the sixth waits %v, want what is left of the minute", wait)
		}
	}
	if wait := l.Failed(noon.Add(time.Minute)); wait != 0 {
		t.Errorf("after a minute: %v", wait)
	}
	if wait := l.Failed(noon.Add(time.Minute)); wait == 0 {
		t.Error("only one of the five is a minute old")
	}
}

func TestRolesAreReadAsTheyAreWritten(t *testing.T) {
	for r := Viewer; r <= Admin; r++ {
		if got, err := ParseRole(r.String()); got != r || err != nil {
			t.Errorf("%v: %v, %v", r, got, err)
		}
	}
	for _, s := range []string{"", "nobody", "root", "Admin"} {
		if _, err := ParseRole(s); err == nil {
			t.Errorf("%q is a role", s)
		}
	}
	if Role(9).String() != "Role(9)" {
		t.Error(Role(9).String())
	}
}

func TestTheAuditLogHasOneLineForEachEntryAndStaysSmall(t *testing.T) {
	dir := t.TempDir()
	a := NewAudit(dir, slog.New(slog.DiscardHandler))
	a.most = 1000
	for range 20 {
		a.Note(Entry{Time: noon, Who: "uid 0", Action: "reload", Result: "two\nlines"})
	}
	lines := 0
	for _, name := range []string{"audit.jsonl", "audit.jsonl.1"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.Mode() != 0o600 || info.Size() >= 1000 {
			t.Errorf("%s: %v, %d bytes, %v", name, info.Mode(), info.Size(), err)
		}
		for in := bufio.NewScanner(f); in.Scan(); lines++ {
			var e Entry
			if err := json.Unmarshal(in.Bytes(), &e); err != nil || e.Result != "two\nlines" || !e.Time.Equal(noon) {
				t.Errorf("%s: %v", in.Bytes(), err)
			}
		}
	}
	if lines < 9 || lines > 20 {
		t.Errorf("%d lines are kept", lines)
	}
}

func TestAnAuditLogThatCannotBeWrittenIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	dir := filepath.Join(t.TempDir(), "data")
	a := NewAudit(dir, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		a.Note(Entry{Action: "reload"})
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	a.Note(Entry{Action: "reload"})
	a.Note(Entry{Action: "reload"})
	if said := log.String(); strings.Count(said, "cannot write the audit log") != 1 || strings.Count(said, "recovered") != 1 {
		t.Error(said)
	}
}
