package conf

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var update = flag.Bool("update", false, "write the expected messages of testdata/bad anew")

// Each bad file holds one mistake (or a few that must be told together); the
// .err beside it is what the person reads, to the byte.
func TestEachRuleHasABadFileAndItsMessage(t *testing.T) {
	t.Setenv("LOGSKIFF_TEST_VALUE", "canary-9f3")
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d bad files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".toml"), func(t *testing.T) {
			config, err := Load(file, fakeKinds())
			if err == nil {
				t.Fatalf("loaded without an error: %+v", config)
			}
			got := err.Error() + "\n"
			if strings.Contains(got, "canary") {
				t.Fatalf("a secret is shown:\n%s", got)
			}
			expected := strings.TrimSuffix(file, ".toml") + ".err"
			if *update {
				if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestGoodFilesLoad(t *testing.T) {
	t.Setenv("LOGSKIFF_TEST_VALUE", "from-env")
	files, err := filepath.Glob("testdata/good/*.toml")
	if err != nil || len(files) < 4 {
		t.Fatalf("found %d good files, %v", len(files), err)
	}
	for _, file := range files {
		if _, err := Load(file, fakeKinds()); err != nil {
			t.Errorf("%s:\n%v", file, err)
		}
	}
}

func badTexts(t testing.TB) (texts []string) {
	files, err := filepath.Glob("testdata/*/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

func TestIncludedFilesAddToTheMainOneInTheOrderOfTheirNames(t *testing.T) {
	t.Setenv("LOGSKIFF_TEST_VALUE", "from-env")
	c := mustLoad(t, "testdata/good/main.toml")
	var got []string
	for _, s := range c.Sources {
		got = append(got, fmt.Sprintf("%s %s:%d", s.Name, s.File, s.Line))
	}
	for _, s := range c.Senders {
		got = append(got, fmt.Sprintf("%s %s:%d", s.Name, s.File, s.Line))
	}
	want := []string{
		"nginx-access testdata/good/main.toml:9", "b testdata/good/conf.d/b.toml:1",
		"ingest testdata/good/main.toml:18", "null testdata/good/conf.d/a.toml:1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if c.Agent.Host != "from-env" || c.Senders[0].Settings.(*fakeHTTP).Token.Reveal() != "from-env" {
		t.Errorf("variables are not expanded: %+v", c.Agent)
	}
	if f := c.Sources[0].Fields; len(f) != 2 || f[1].(*fakeStep).Token.Reveal() != "from-env" || c.Sources[0].Time.(*fakeTime).Format != "auto" {
		t.Errorf("the stages became %+v, %+v", c.Sources[0].Time, f)
	}
	if f := c.Sources[0].Parser.Settings.(*fakeNginx).Format; f != "$remote_addr ${request}" {
		t.Errorf("the log_format became %q", f)
	}
}

func TestAValueFromOutsideCannotAddKeys(t *testing.T) {
	t.Setenv("LOGSKIFF_TEST_VALUE", "x\"\nlisten = \"0.0.0.0:1\"\n[[sender]]")
	c, err := Parse("a.toml", []byte("[agent]\nhost = \"${LOGSKIFF_TEST_VALUE}\"\n"+smallest), fakeKinds())
	if err != nil {
		t.Fatal(err)
	}
	if c.Agent.Listen != "127.0.0.1:7710" || len(c.Senders) != 1 || !strings.HasPrefix(c.Agent.Host, "x\"\n") {
		t.Errorf("got %+v", c)
	}
}

const smallest = `
[[source]]
name = "a"
reader.file.paths = ["/x"]
[[sender]]
name = "s"
null = {}
`

func TestATextThatIsNoFileCannotInclude(t *testing.T) {
	_, err := Parse("text", []byte("[agent]\ninclude = [\"*.toml\"]\n"+smallest), fakeKinds())
	if err == nil || !strings.HasPrefix(err.Error(), "text:2:1: include: only a file can include files") {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeReadIsNotABadConfiguration(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "absent.toml"), dir, "/dev/zero"} {
		_, err := Load(path, fakeKinds())
		if _, content := errors.AsType[Errors](err); err == nil || content || !strings.HasPrefix(err.Error(), "cannot load the configuration: ") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestAnIncludedPipeDoesNotBlock(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.toml")
	if err := os.WriteFile(main, []byte("[agent]\ninclude = [\"*.toml\"]\n"+smallest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "pipe.toml"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(main, fakeKinds())
	if err == nil || !strings.Contains(err.Error(), "pipe.toml: it is not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestAFileDoesNotIncludeItself(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.toml")
	if err := os.WriteFile(main, []byte("[agent]\ninclude = [\""+dir+"/*.toml\"]\n"+smallest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(main, filepath.Join(dir, "link.toml")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if c := mustLoad(t, "main.toml"); len(c.Sources) != 1 {
		t.Errorf("got %d sources", len(c.Sources))
	}
}

func TestAnIncludeFolderThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.toml")
	f := func(pattern, want string) {
		t.Helper()
		if err := os.WriteFile(main, []byte("[agent]\ninclude = [\""+pattern+"\"]\n"+smallest), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(main, fakeKinds())
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: got %v", pattern, err)
		}
	}
	if err := os.Symlink("loop.d", filepath.Join(dir, "loop.d")); err != nil {
		t.Fatal(err)
	}
	f("loop.d/*.toml", "cannot look for files")
	f("none.d/*.toml", "")
	f("main.toml/*.toml", "")
	f("[.toml", "cannot read pattern")
	if err := os.Mkdir(filepath.Join(dir, "shut.d"), 0); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		f("shut.d/*.toml", "cannot look for files")
	}
}

func TestIncludesAreGlobs(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "main.toml")
	names := "a.toml .b.toml c1.toml [x].toml"
	for _, name := range strings.Fields(names) {
		text := strings.ReplaceAll(smallest, "\"a\"", "\""+strings.Trim(name, ".[]toml")+"\"")
		if err := os.WriteFile(filepath.Join(dir, name), []byte("# "+name+"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(pattern, want string) {
		t.Helper()
		if err := os.WriteFile(main, []byte("[agent]\ninclude = ['"+pattern+"']\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		l := newLoader(fakeKinds())
		d := l.add(main, "[agent]\ninclude = ['"+pattern+"']\n")
		l.agent(d)
		l.include(d)
		var got []string
		for _, d := range l.docs[1:] {
			got = append(got, filepath.Base(d.name))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
	f("*[!n].toml", "[x].toml a.toml c1.toml")
	f("*[[:digit:]].toml", "c1.toml")
	f(".*.toml", ".b.toml")
	f(`\[x\].toml`, "[x].toml")
}

func TestErrorsAreInTheOrderOfFileAndLineAndCanBeTakenApart(t *testing.T) {
	_, err := Load("testdata/bad/many-at-once.toml", fakeKinds())
	var lines []int
	for _, e := range err.(Errors) {
		lines = append(lines, e.Line)
	}
	if !slices.IsSorted(lines) || len(lines) != 7 {
		t.Errorf("got lines %v", lines)
	}
	one, ok := errors.AsType[Error](err)
	if !ok || one.Key != "agent.memroy" || one.Col != 1 || one.Hint != `did you mean "memory"?` || one.Snippet != `memroy = "64MiB"` || one.Width != 6 {
		t.Errorf("got %+v", one)
	}
}

// Ten thousand sources are a file of a few megabytes; a reload must not take the
// core that reads logs.
func BenchmarkTenThousandSources(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "[[source]]\nname = \"s%d\"\nreader.file = { paths = [\"/var/log/%d/*.log\"], start_at = \"end\" }\ntags = { env = \"prod\" }\nsend_to = [\"s\"]\n", i, i)
	}
	text.WriteString("[[sender]]\nname = \"s\"\nnull = {}\n")
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := Parse("a.toml", []byte(text.String()), fakeKinds()); err != nil {
			b.Fatal(err)
		}
	}
}
