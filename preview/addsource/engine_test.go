package addsource_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/addsource"
	"logskiff/preview/conffiles"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a host with a configuration and logs, on a real disk.
type site struct {
	*addsource.Engine
	t   *testing.T
	dir string
}

// newSite returns an engine that may show what is below log, as the page has it.
func newSite(t *testing.T) *site {
	s := &site{t: t, dir: t.TempDir()}
	for _, dir := range []string{"log", "conf/conf.d", "data"} {
		if err := os.MkdirAll(s.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	main := s.write("conf/logskiff.toml", "[agent]\ninclude = [\"conf.d/*.toml\"]\n[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"http://h:1\"] }\n")
	files := &conffiles.Files{Main: main, Kinds: kinds.All(), Now: time.Now,
		Check: func(c conf.Change) (*conf.Config, error) {
			return conf.CheckChange(main, kinds.All(), &c, func(*conf.Config) error { return nil })
		}}
	s.Engine = addsource.New(addsource.Options{Files: files, DataDir: s.path("data"), User: "logskiff", Now: time.Now,
		Browse: func() []string { return []string{s.path("log/**")} }})
	return s
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(name, text string) string {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return s.path(name)
}

func (s *site) wish(paths ...string) addsource.Wish {
	return addsource.Wish{Name: "app", Paths: paths, SendTo: []string{"in"}}
}

const nginxLine = `203.0.113.9 - - [28/Nov/2026:14:02:11 +0000] "GET /cart HTTP/1.1" 200 512 "-" "curl/8"`

// Whatever is asked, nothing outside of browse is read, and what is there and may not be shown looks like what is not there.
func TestAPreviewRefusesWhatItMust(t *testing.T) {
	s := newSite(t)
	s.write("log/app.log", "hello\n")
	secret := s.write("secret/shadow", "canary\n")
	s.write("log/.hidden/app.log", "canary\n")
	s.write("data/audit.log", "canary\n")
	link := func(name, to string) string {
		if err := os.Symlink(to, s.path(name)); err != nil {
			t.Fatal(err)
		}
		return s.path(name)
	}
	if err := os.Link(secret, s.path("log/hard.log")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(s.path("log/pipe.log"), 0o666); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", s.path("log/socket.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	refused := map[string]string{
		"a file elsewhere": secret, "dots": s.dir + "/log/../secret/shadow", "dots that lead back": s.dir + "/log/../log/app.log",
		"a link that leads out": link("log/out.log", secret), "a link to a folder": link("log/dir", s.path("secret")) + "/shadow", "a link to nothing": link("log/gone.log", s.path("nothing")),
		"a link to a link": link("log/two.log", s.path("log/out.log")), "a second link": s.path("log/hard.log"), "a pipe": s.path("log/pipe.log"), "a socket": s.path("log/socket.log"),
		"a folder": s.path("log"), "a hidden folder": s.path("log/.hidden/app.log"), "our own data": s.path("data/audit.log"), "a relative path": "log/app.log", "nothing": "",
		"a byte of zero": s.path("log/app.log") + "\x00", "what is not there": s.path("log/absent.log"), "/etc": "/etc/shadow", "/proc": "/proc/self/environ", "a device": "/dev/zero",
		"a link to a device": link("log/zero.log", "/dev/zero"), "a link to /proc": link("log/environ.log", "/proc/self/environ"), "two slashes": s.path("log") + "//app.log",
	}
	for what, path := range refused {
		began := time.Now()
		p, err := s.Preview(t.Context(), addsource.Sample{Path: path})
		if !errors.Is(err, addsource.ErrNotShown) || len(p.Rows) > 0 {
			t.Errorf("%s (%s): %v, %v", what, path, p.Rows, err)
		}
		if err != nil && err.Error() != addsource.ErrNotShown.Error() {
			t.Errorf("%s says more than the others: %v", what, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s took %v", what, took)
		}
		if _, err := s.Plan(t.Context(), s.wish(path)); err == nil && what != "a link that leads out" && !strings.HasPrefix(what, "a link to") && !strings.HasPrefix(path, s.path("log/")) {
			t.Errorf("%s: a source of it was planned", what)
		}
	}
	for _, inside := range []string{s.path("log/app.log"), link("log/inside.log", s.path("log/app.log"))} {
		if p, err := s.Preview(t.Context(), addsource.Sample{Path: inside}); err != nil || len(p.Rows) != 1 || p.Rows[0].Text != "hello" {
			t.Errorf("%s: %+v, %v", inside, p.Rows, err)
		}
	}
}

func TestASourceIsPlannedOnlyWhereItMayBeShown(t *testing.T) {
	s := newSite(t)
	s.write("log/app.log", "hello\n")
	secret := s.write("secret/a.log", "canary\n")
	for _, path := range []string{
		secret, s.dir + "/*/a.log", s.dir + "/**", s.dir + "/{log,secret}/a.log", "/**/*.log", s.dir + "/log/../secret/a.log", `/etc/shad\ow`, s.path("lo?/app.log"),
		s.path(`log/\.hidden/x.log`), "log/app.log", s.dir + "/log/{app,../secret/a}.log", "",
	} {
		if p, err := s.Plan(t.Context(), s.wish(path)); err == nil {
			t.Errorf("a source of %q was planned:\n%s", path, p.Text)
		}
	}
	for _, path := range []string{s.path("log/app.log"), s.path("log/*.log"), s.path("log/**/*.log"), s.path("log/[a-z]*.log"), s.path(`log/a\*.log`)} {
		if p, err := s.Plan(t.Context(), s.wish(path)); err != nil || len(p.Mistakes) > 0 {
			t.Errorf("%q: %v, %v", path, p.Mistakes, err)
		}
	}
	// A link that is matched and leads out is a mistake of the plan, so that it cannot be saved.
	if err := os.Symlink(secret, s.path("log/b.log")); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Plan(t.Context(), s.wish(s.path("log/*.log"))); err != nil || len(p.Mistakes) != 1 {
		t.Errorf("a glob with a link that leads out: %v, %v", p.Mistakes, err)
	}
}

func TestAPlanSaysWhatIsWrittenAndWhatHappens(t *testing.T) {
	s := newSite(t)
	log := s.write("log/shop.access.log", strings.Repeat(nginxLine+"\n", 49)+`203.0.113.9 - - [28/Nov/2026:14:02:11 +0000] "GET / HTTP/1.1" x 512 "-" "curl/8"`+"\n")
	w := s.wish(log)
	w.Name, w.StartAt, w.Tags = "shop", "beginning", map[string]string{"env": `prod "1" ${HOME}`, "a b": "x"}
	w.Parser = addsource.Format{Kind: "nginx", Settings: `{format="combined"}`}
	p, err := s.Plan(t.Context(), w)
	if err != nil || len(p.Mistakes) > 0 {
		t.Fatal(p.Mistakes, err)
	}
	_, body, _ := strings.Cut(p.Text, "\n")
	want := `# nginx read 49 of the last 50 lines of ` + log + `.
[[source]]
name         = "shop"
reader.file  = { paths = ["` + log + `"], start_at = "beginning", follow_links = false }
parser.nginx = { format = "combined" }
tags         = { "a b" = "x", env = "prod \"1\" $${HOME}" }
send_to      = ["in"]
`
	if body != want || !conffiles.Sealed(p.Text) {
		t.Errorf("the text is\n%s\nwant\n%s", p.Text, want)
	}
	info, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	if p.Matched != 1 || p.Bytes != info.Size() || !p.New || p.ETag != "" || p.File != s.path("conf/conf.d/shop.toml") || len(p.Files) != 1 || p.Files[0].Problem != "" {
		t.Errorf("%+v", p)
	}
	if again, ok := s.Planned(p.ID); !ok || again.Text != p.Text {
		t.Error("the plan is not kept")
	}
	if err := s.Files.Apply(p.Edit("", false), nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(p.File)
	if err != nil || string(got) != p.Text {
		t.Errorf("saved as %q, %v", got, err)
	}
	cfg, err := s.Files.Load()
	if err != nil || cfg.Sources[0].Tags["env"] != `prod "1" ${HOME}` {
		t.Errorf("read back as %+v, %v", cfg, err)
	}
	// The same file again, by another source: said, not refused.
	w.Name = "second"
	if p, err := s.Plan(t.Context(), w); err != nil || len(p.Notes) == 0 || !strings.Contains(p.Notes[0], "source shop reads") {
		t.Errorf("%v, %v", p.Notes, err)
	}
}

func TestHostileWishesBecomeNoConfiguration(t *testing.T) {
	s := newSite(t)
	log := s.write("log/app.log", "hello\n")
	f := func(what string, change func(*addsource.Wish)) {
		t.Helper()
		w := s.wish(log)
		change(&w)
		if p, err := s.Plan(t.Context(), w); err == nil && len(p.Mistakes) == 0 {
			t.Errorf("%s:\n%s", what, p.Text)
		}
	}
	f("settings that go on", func(w *addsource.Wish) {
		w.Parser = addsource.Format{Kind: "raw", Settings: "{}\n[[sender]]\nname = \"x\""}
	})
	f("settings with a key behind", func(w *addsource.Wish) { w.Parser = addsource.Format{Kind: "raw", Settings: "{}\nsend_to = []"} })
	f("a kind with more", func(w *addsource.Wish) { w.Parser.Kind = "raw = {}\nx" })
	f("a name with a slash", func(w *addsource.Wish) { w.Name = "../x" })
	f("a name of capitals", func(w *addsource.Wish) { w.Name = "APP" })
	f("no name", func(w *addsource.Wish) { w.Name = "" })
	f("a sender that is not there", func(w *addsource.Wish) { w.SendTo = []string{"out"} })
	f("no UTF-8", func(w *addsource.Wish) { w.Tags = map[string]string{"a": "\xff"} })
	f("a start", func(w *addsource.Wish) { w.StartAt = "end\"" })
	f("no path", func(w *addsource.Wish) { w.Paths = nil })
	f("a preset", func(w *addsource.Wish) { w.Multiline = "x\" }" })
	w := s.wish(log)
	w.Exclude, w.SendTo = []string{"a\"]\n[[sender]]"}, []string{"in"}
	if p, err := s.Plan(t.Context(), w); err == nil && strings.Count(p.Text, "\n[[") != 1 {
		t.Errorf("an exclude made a table:\n%s", p.Text)
	}
	// A file whose name is hostile is one path, and its lines stay what they are.
	name := "log/a\"b]\n# ${HOME} *.log"
	s.write(name, "<script>alert(1)</script>\x1b[31m\n")
	if _, err := s.Preview(t.Context(), addsource.Sample{Path: s.path(name)}); err != nil {
		t.Errorf("a hostile name: %v", err)
	}
}

func TestALineThatDoesNotParseSaysWhereAndWhatWould(t *testing.T) {
	s := newSite(t)
	bad := `203.0.113.9 - - [28/Nov/2026:14:02:11 +0000] "\x16\x03\x01" 400 157 "-" "-"`
	log := s.write("log/access.log", nginxLine+"\n"+bad+"\n"+nginxLine+" extra\n"+`{"level":"info","msg":"started"}`+"\n")
	p, err := s.Preview(t.Context(), addsource.Sample{Path: log, Parser: addsource.Format{Kind: "nginx", Settings: `{ format = "combined" }`}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rows) != 4 || !p.Rows[0].Parsed || p.Rows[0].Time != "2026-11-28T14:02:11Z" {
		t.Fatalf("%+v", p.Rows)
	}
	last := p.Rows[3]
	if last.Parsed || last.Reason == "" || last.At == nil || last.Nearest != "json = {}" {
		t.Errorf("the line of JSON: %+v", last)
	}
	odd := s.write("log/x.log", `10.0.0.1 - ä [28/Nov/2026:14:02:11 +0000] "GET / HTTP/1.1" x 512 "-" "curl/8"`+"\n")
	if p, err := s.Preview(t.Context(), addsource.Sample{Path: odd, Parser: addsource.Format{Kind: "nginx", Settings: `{}`}}); err != nil || p.Rows[0].At == nil || []rune(p.Rows[0].Text)[*p.Rows[0].At] != 'x' {
		t.Errorf("the caret is not at the x: %+v, %v", p.Rows, err)
	}
	seen := map[string]string{}
	for _, f := range p.Rows[0].Fields {
		seen[f.Name] = f.Value
	}
	if seen["status"] != "200" || seen["remote_addr"] != "203.0.113.9" {
		t.Errorf("fields: %v", seen)
	}
	if p, err := s.Preview(t.Context(), addsource.Sample{Path: log}); err != nil || p.Parser.Kind != "nginx" && p.Parser.Kind != "apache" {
		t.Errorf("by itself it takes %s, %v", p.Parser.Kind, err)
	}
	if _, err := s.Preview(t.Context(), addsource.Sample{Path: log, Parser: addsource.Format{Kind: "nginx", Settings: `{ fromat = 1 }`}}); err == nil {
		t.Error("settings that are none were taken")
	}
}

// The first rows of a log of 10 GB come as fast as those of a small one: 64 KiB of it are read. (The file is sparse.)
func TestAHugeLogIsReadAtItsEnd(t *testing.T) {
	s := newSite(t)
	log := s.write("log/huge.log", "first\n")
	f, err := os.OpenFile(log, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("\n"+strings.Repeat(nginxLine+"\n", 2000)), 10<<30)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Skipf("the file system holds no such file: %v", err)
	}
	began := time.Now()
	p, err := s.Preview(t.Context(), addsource.Sample{Path: log})
	if err != nil || len(p.Rows) != 50 || p.Parser.Parsed != 50 {
		t.Errorf("%d rows, %d parsed, %v", len(p.Rows), p.Parser.Parsed, err)
	}
	t.Logf("its last rows took %v", time.Since(began))
}

// Two who ask at once wait for one search; what is found is shown again for a minute; who leaves does not end it.
func TestALookIsSharedAndKept(t *testing.T) {
	s := newSite(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Candidates(gone, false); !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	_, first, err := s.Candidates(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, again, err := s.Candidates(t.Context(), false); err != nil || !again.Equal(first) {
		t.Errorf("looked again: %v, %v", again.Sub(first), err)
	}
}

func FuzzPlan(f *testing.F) {
	f.Add("app", "/log/a.log", "raw", "{}", "a", "b")
	f.Add("a", "/log/*", "nginx", `{ format = "combined" }`, "\n", "]")
	f.Fuzz(func(t *testing.T, name, path, kind, settings, key, value string) {
		s := newSite(t)
		w := addsource.Wish{Name: name, Paths: []string{s.dir + path}, Parser: addsource.Format{Kind: kind, Settings: settings}, SendTo: []string{"in"}, Tags: map[string]string{key: value}}
		p, err := s.Plan(t.Context(), w)
		if err != nil || len(p.Mistakes) > 0 {
			return
		}
		cfg, err := conf.Parse("x", []byte(p.Text+"[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"http://h:1\"] }\n"), kinds.All())
		if err != nil || len(cfg.Sources) != 1 || len(cfg.Senders) != 1 || cfg.Sources[0].Name != name || cfg.Sources[0].Tags[key] != value || !strings.HasPrefix(fmt.Sprint(kinds.FilesOf(cfg.Sources[0].Reader).Patterns()), "["+s.dir) {
			t.Fatalf("%v\n%s", err, p.Text)
		}
	})
}
