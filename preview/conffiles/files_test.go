package conffiles_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/conffiles"
)

// folder is a configuration on a real disk.
type folder struct {
	*conffiles.Files
	t   *testing.T
	dir string
}

func newFolder(t *testing.T) *folder {
	f := &folder{t: t, dir: t.TempDir()}
	f.write("logskiff.toml", "[agent]\ninclude = [\"conf.d/*.toml\"]\n[[sender]]\nname = \"in\"\nhttp = { endpoints = [\"http://h:1\"] }\n")
	if err := os.Mkdir(f.path("conf.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.Files = files(f.path("logskiff.toml"))
	return f
}

func files(main string) *conffiles.Files {
	return &conffiles.Files{Main: main, Kinds: kinds.All(), Now: func() time.Time { return time.Date(2026, 11, 28, 17, 2, 0, 0, time.UTC) },
		Check: func(c conf.Change) (*conf.Config, error) {
			return conf.CheckChange(main, kinds.All(), &c, func(*conf.Config) error { return nil })
		}}
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		return ""
	}
	return string(text)
}

func source(name, path string) string {
	return fmt.Sprintf("[[source]]\nname = %q\nreader.file = { paths = [%q] }\n", name, path)
}

func TestAChangeIsMadeAndUndone(t *testing.T) {
	f := newFolder(t)
	file, err := f.Path("web")
	if err != nil || file != f.path("conf.d/web.toml") {
		t.Fatal(file, err)
	}
	one, two := f.Seal(source("web", "/a")), f.Seal(source("web", "/b"))
	apply := func(what string, e conffiles.Edit, err error, want string) {
		t.Helper()
		if err == nil {
			err = f.Apply(e, nil)
		}
		if err != nil || f.read("conf.d/web.toml") != want {
			t.Fatalf("%s: %v\n%s", what, err, f.read("conf.d/web.toml"))
		}
	}
	apply("made", conffiles.Edit{File: file, Text: one}, nil, one)
	apply("changed", conffiles.Edit{File: file, Text: two, Match: conffiles.ETag(one)}, nil, two)
	undo, err := f.Undo(file)
	apply("undone", undo, err, one)
	undo, err = f.Undo(file)
	apply("undone twice", undo, err, two)
	pause, err := f.Pause("web", true)
	apply("paused", pause, err, f.Seal("[[source]]\nname = \"web\"\npaused = true\nreader.file = { paths = [\"/b\"] }\n"))
	if at, err := f.Find("web"); err != nil || !at.Ours || !at.Only || at.Line != 2 {
		t.Errorf("found as %+v, %v", at, err)
	}
	again, err := f.Pause("web", false)
	apply("going on", again, err, two)
	gone, err := f.Remove("web")
	apply("removed", gone, err, "")
	if _, err := f.Find("web"); !errors.Is(err, conffiles.ErrUnknown) {
		t.Errorf("removed, and found: %v", err)
	}
	undo, err = f.Undo(file)
	apply("put back", undo, err, two)
	if all, _ := filepath.Glob(f.path("conf.d/*")); len(all) != 2 { // with what undo puts back
		t.Errorf("files: %v", all)
	}
}

func TestWhatAnotherOneChangedOrWroteIsNotWrittenOver(t *testing.T) {
	f := newFolder(t)
	file := f.path("conf.d/web.toml")
	mine, byHand := f.Seal(source("web", "/a")), source("web", "/by/hand")+"# canary\n"
	f.write("conf.d/web.toml", byHand)
	var stale *conffiles.Stale
	if err := f.Apply(conffiles.Edit{File: file, Text: mine}, nil); !errors.As(err, &stale) || stale.ETag != conffiles.ETag(byHand) {
		t.Errorf("a file that came in between: %v", err)
	}
	if !strings.Contains(stale.Diff, "-# canary") || !strings.Contains(stale.Diff, "+reader.file = { paths = [\"/a\"] }") || !strings.Contains(stale.Diff, " name = \"web\"") && !strings.Contains(stale.Diff, " [[source]]") {
		t.Errorf("its difference:\n%s", stale.Diff)
	}
	var hand *conffiles.HandWritten
	if err := f.Apply(conffiles.Edit{File: file, Text: mine, Match: stale.ETag}, nil); !errors.As(err, &hand) || hand.Diff != stale.Diff {
		t.Errorf("a file written by hand: %v", err)
	}
	if f.read("conf.d/web.toml") != byHand {
		t.Fatal("it was changed")
	}
	if err := f.Apply(conffiles.Edit{File: file, Text: mine, Match: stale.ETag, HandWritten: true}, nil); err != nil {
		t.Fatal(err)
	}
	f.write("conf.d/web.toml", mine+"# mine\n")
	if at, err := f.Find("web"); err != nil || at.Ours {
		t.Errorf("changed by hand, and taken for ours: %v", err)
	}
	f.write("conf.d/two.toml", source("a", "/a")+source("b", "/b"))
	if _, err := f.Remove("a"); err == nil || !strings.Contains(err.Error(), "two.toml:1") {
		t.Errorf("one of two sources of a file was removed: %v", err)
	}
	if _, err := f.Path("two"); err == nil {
		t.Error("a new source would take the file of others")
	}
}

func TestWhatIsBadOrRefusedLeavesEverythingAsItWas(t *testing.T) {
	f := newFolder(t)
	file := f.path("conf.d/web.toml")
	one := f.Seal(source("web", "/a"))
	if err := f.Apply(conffiles.Edit{File: file, Text: one}, nil); err != nil {
		t.Fatal(err)
	}
	undo := f.read("conf.d/.web.toml.undo")
	var bad conf.Errors
	err := f.Apply(conffiles.Edit{File: file, Text: f.Seal("[[source]]\nname = \"web\"\nreader.fil = {}\n"), Match: conffiles.ETag(one)}, func() error {
		t.Error("what is bad was reloaded")
		return nil
	})
	if !errors.As(err, &bad) || bad[0].Line != 4 || f.read("conf.d/web.toml") != one {
		t.Errorf("a bad text: %v", err)
	}
	var refused *conffiles.Refused
	err = f.Apply(conffiles.Edit{File: file, Text: f.Seal(source("web", "/b")), Match: conffiles.ETag(one)}, func() error { return errors.New("address in use") })
	if !errors.As(err, &refused) || f.read("conf.d/web.toml") != one || f.read("conf.d/.web.toml.undo") != undo {
		t.Errorf("refused by the agent: %v", err)
	}
	err = f.Apply(conffiles.Edit{File: f.path("conf.d/new.toml"), Text: f.Seal(source("new", "/b"))}, func() error { return errors.New("no") })
	if !errors.As(err, &refused) || f.read("conf.d/new.toml") != "" {
		t.Errorf("a new one that is refused: %v", err)
	}
	if all, _ := os.ReadDir(f.path("conf.d")); len(all) != 2 {
		t.Errorf("left behind: %v", all)
	}
}

func TestAFileKeepsItsModeAndNobodyChangesAFolderMeanwhile(t *testing.T) {
	f := newFolder(t)
	file := f.path("conf.d/web.toml")
	one := f.Seal(source("web", "/a"))
	f.write("conf.d/web.toml", one)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	err := f.Apply(conffiles.Edit{File: file, Text: f.Seal(source("web", "/b")), Match: conffiles.ETag(one)}, func() error {
		return f.Apply(conffiles.Edit{File: f.path("conf.d/x.toml"), Text: one}, nil)
	})
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("a second change at once: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode: %v, %v", info.Mode(), err)
	}
}

const saver = "LOGSKIFF_TEST_SAVER"

// TestMain is also the process that saves without end, and is killed.
func TestMain(m *testing.M) {
	if main := os.Getenv(saver); main != "" {
		save(main)
		return
	}
	os.Exit(m.Run())
}

func text(f *conffiles.Files, n int) string {
	return f.Seal(source("web", fmt.Sprintf("/%d", n)) + strings.Repeat("# a long comment, so that a write takes a while\n", 2000))
}

func save(main string) {
	f := files(main)
	f.Check = func(conf.Change) (*conf.Config, error) { return nil, nil } // it is the writing that is to be killed
	file := filepath.Join(filepath.Dir(main), "conf.d", "web.toml")
	now, err := conffiles.Read(file)
	for n := 0; err == nil; n++ {
		next := text(f, n%2)
		if err = f.Apply(conffiles.Edit{File: file, Text: next, Match: conffiles.ETag(now)}, nil); err == nil {
			now = next
			if n == 0 {
				fmt.Println("saving")
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A process that saves is killed 200 times: what is there is always one text or the other, whole, and the next one can save.
func TestASaveThatIsKilledLeavesTheOldOrTheNewFile(t *testing.T) {
	f := newFolder(t)
	texts := map[string]bool{text(f.Files, 0): true, text(f.Files, 1): true}
	times := 200
	if testing.Short() {
		times = 20
	}
	seen := map[string]int{}
	for range times {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), saver+"="+f.path("logskiff.toml"))
		said := new(strings.Builder)
		cmd.Stderr = said
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 8)); err != nil {
			cmd.Process.Kill() //nolint:errcheck // it has ended by itself
			t.Fatalf("it did not save: %v, %s", err, said)
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond) // any moment will do
		cmd.Process.Kill()                                            //nolint:errcheck // it runs
		cmd.Wait()                                                    //nolint:errcheck // killed
		got := f.read("conf.d/web.toml")
		if !texts[got] {
			t.Fatalf("there are %d bytes that nobody saved", len(got))
		}
		if kept := f.read("conf.d/.web.toml.undo"); kept != "" && !texts[kept] {
			t.Fatalf("%d bytes are kept that nobody saved", len(kept))
		}
		seen[got]++
	}
	if len(seen) != 2 {
		t.Errorf("killed %d times, always with the same text there", times)
	}
	if _, err := f.List(); err != nil {
		t.Errorf("the configuration cannot be read any more: %v", err)
	}
}
