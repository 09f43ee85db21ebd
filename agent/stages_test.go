package agent_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/agent"
	"logskiff/agent/sdlisten/sdlistentest"
	"logskiff/conf"
	"logskiff/kinds"
)

func TestLinesThatAreLeftOutAreAcknowledgedAndCounted(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "one\nnoise\ntwo\n")
	fields := `fields = [{ drop_if = 'message startsWith "noise"' }]` + "\n"
	cfg := h.config(source("a", h.path("a.log")) + fields + sender(r))
	h.start(cfg)
	h.eventually("delivered", func() bool { return r.got() == "one two" })

	h.append("a.log", strings.Repeat("noise\n", 100)) // batches of which nothing is left
	delivered := func(offset int64) func() bool {
		return func() bool {
			all, _, err := agent.Offsets(t.Context(), h.path("data"))
			return err == nil && len(all) == 1 && all[0].Offset == offset &&
				all[0].Offset == all[0].Delivered+all[0].Skipped && all[0].Skipped == offset-8
		}
	}
	h.eventually("acknowledged", delivered(614))
	if got := r.got(); got != "one two" {
		t.Errorf("the forwarder got %q", got)
	}
	h.eventually("counted", func() bool { // which is done once it is acknowledged
		st := h.first()
		return st.DroppedLines == 101 && st.DroppedBytes == 606 && st.DeliveredLines == 2 && st.DeliveredBytes == 8 && st.LagBytes == 0
	})
	h.end()

	h.append("a.log", "three\n")
	h.start(cfg)
	h.eventually("delivered after the restart", func() bool { return r.got() == "one two three" })
}

func TestRunsOfNULsAreAcknowledgedAndCounted(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "one\n")
	h.start(h.config(source("a", h.path("a.log")) + sender(r)))
	h.eventually("delivered", func() bool { return r.got() == "one" })
	if err := os.Truncate(h.path("a.log"), 64<<20); err != nil {
		t.Fatal(err)
	}
	acknowledged := func(offset, delivered int64) func() bool {
		return func() bool {
			all, _, err := agent.Offsets(t.Context(), h.path("data"))
			return err == nil && len(all) == 1 && all[0].Offset == offset && all[0].Delivered == delivered &&
				all[0].Skipped == 64<<20-4 && all[0].Lost == 0
		}
	}
	h.append("a.log", "tw")
	h.eventually("acknowledged without a record", acknowledged(64<<20, 4))
	h.append("a.log", "o\n")
	h.eventually("acknowledged", acknowledged(64<<20+4, 8))
	if got := r.got(); got != "one two" {
		t.Errorf("the forwarder got %q", got)
	}
	h.eventually("counted", func() bool {
		st := h.first()
		return st.LagBytes == 0 && st.DroppedBytes == 64<<20-4 && st.DeliveredBytes == 8
	})
	h.end()
}

// What a reader leaves out of a stream is not missing where lines are sent as they were read: a forwarder
// counts their offsets.
func TestLinesAsTheyWereReadAroundMarksAndNULs(t *testing.T) {
	h := newHost(t)
	h.append("a.log", "\xEF\xBB\xBFone\n"+strings.Repeat("\x00", 5000)+"two\nth"+strings.Repeat("\x00", 300_000)+"ree\nfour\n")
	port := h.port()
	h.start(h.config(source("a", h.path("a.log")) + fmt.Sprintf(`
[[source]]
name = "agents"
reader.http = { listen = "127.0.0.1:%d" }
send_to = ["out"]

[[sender]]
name = "in"
http = { endpoints = ["http://127.0.0.1:%d"], format = "lines" }

[[sender]]
name = "out"
file = { path = %q }
`, port, port, h.path("received"))))
	h.eventually("acknowledged", func() bool {
		all, _, err := agent.Offsets(t.Context(), h.path("data"))
		return err == nil && len(all) == 1 && all[0].Offset == 305_022 && all[0].Quarantined == 0 && all[0].Skipped == 305_000
	})
	h.end()
	var got []string
	files, _ := filepath.Glob(h.path("received/received-*.ndjson"))
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(body)) {
			var rec struct{ Message string }
			if err := json.Unmarshal([]byte(line), &rec); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			got = append(got, rec.Message)
		}
	}
	if want := []string{"one", "two", "th", "ree", "four"}; !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// A forwarder behind a source that leaves most lines out gets them again, in batches that
// are cut elsewhere, when the checkpoints are lost.
func TestAForwarderKnowsRepeatsAroundLinesThatAreLeftOut(t *testing.T) {
	h := newHost(t)
	var text, want strings.Builder
	for i := range 400 {
		kind := "noise"
		if i%7 == 0 || i%31 == 0 {
			kind = "line"
			fmt.Fprintf(&want, "line-%d ", i)
		}
		fmt.Fprintf(&text, "%s-%d\n", kind, i)
	}
	h.append("a.log", text.String())
	port := h.port()
	config := func(lines int) *conf.Config {
		return h.config(source("a", h.path("a.log")) + "fields = [{ keep_if = 'message startsWith \"line\"' }]\n" + fmt.Sprintf(`
[[source]]
name = "agents"
reader.http = { listen = "127.0.0.1:%d" }
parser.json = {}
send_to = ["out"]

[[sender]]
name = "in"
http = { endpoints = ["http://127.0.0.1:%d"] }
batch.lines = %d

[[sender]]
name = "out"
file = { path = %q }
`, port, port, lines, h.path("received")))
	}
	received := func() string {
		var got strings.Builder
		files, _ := filepath.Glob(h.path("received/received-*.ndjson"))
		for _, f := range files {
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(body)) {
				var rec struct{ Message string }
				if err := json.Unmarshal([]byte(line), &rec); err != nil || strings.Count(line, "_size") != 1 {
					t.Fatalf("%s: %v", line, err)
				}
				got.WriteString(rec.Message + " ")
			}
		}
		return got.String()
	}
	for _, lines := range []int{2, 5, 3, 1000} {
		h.start(config(lines))
		h.eventually("caught up", func() bool {
			all, _, err := agent.Offsets(t.Context(), h.path("data"))
			return err == nil && len(all) == 1 && all[0].Offset == int64(text.Len())
		})
		h.end()
		got := strings.Fields(received())
		slices.SortFunc(got, func(a, b string) int {
			return strings.Index(want.String(), a+" ") - strings.Index(want.String(), b+" ")
		})
		if strings.Join(got, " ")+" " != want.String() {
			t.Fatalf("in batches of %d: got %q\nwant %q", lines, got, want.String())
		}
		lost, _ := filepath.Glob(h.path("data/checkpoints*"))
		for _, f := range lost {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// port returns one that is the host's for the whole test, however often its agent starts: of a
// port that is merely free nobody knows who has it next.
func (h *host) port() int {
	h.t.Helper()
	sockets, at := sdlistentest.Inherit(h.t, "tcp", "127.0.0.1:0")
	h.sockets = sockets
	return at.(*net.TCPAddr).Port
}

func TestStagesOfASourceAreUsed(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", `{"ts":"2026-11-21T02:20:47Z","msg":"from bob@example.com"}`+"\n")
	h.start(h.config(source("a", h.path("a.log")) + "parser.json = {}\ntime = { field = \"ts\" }\n" +
		`fields = [{ rename = { msg = "message" } }, { redact = ["email"] }, { path = "kubernetes" }]` + "\n" + sender(r)))
	h.eventually("delivered", func() bool { return r.got() == "from ***" })
	if st := h.first(); st.UntimedLines != 0 || st.UndecidedLines != 0 || st.UnmatchedLines != 1 {
		t.Errorf("got %+v", st)
	}
}

func TestANameThatAFieldHasTooIsWarnedOfOnce(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", `{"host":"example.com","message":"a"}`+"\n")
	h.start(h.config(source("a", h.path("a.log")) + "parser.json = {}\n" + `fields = [{ keep_if = 'host != "example.com"' }]` + "\n" + sender(r)))
	h.eventually("delivered", func() bool { return r.got() == "a" })
	h.append("a.log", `{"host":"example.com","message":"b"}`+"\n")
	h.eventually("delivered", func() bool { return strings.HasSuffix(r.got(), "b") })
	if n := strings.Count(h.said(), `fields[\"host\"]`); n != 1 {
		t.Errorf("it was said %d times: %s", n, h.said())
	}
}

func TestLinesAsTheyWereReadCannotHaveStages(t *testing.T) {
	f := func(stages, format string, ok bool) {
		t.Helper()
		text := fmt.Sprintf("[[source]]\nname = \"a\"\nreader.file = { paths = [\"/a\"] }\nparser.json = {}\n%s\n[[sender]]\nname = \"s\"\nhttp = { endpoints = [\"http://a\"], format = %q }\n", stages, format)
		cfg, err := conf.Parse("x.toml", []byte(text), kinds.All())
		if err != nil {
			t.Fatal(err)
		}
		err = agent.Check(cfg)
		if (err == nil) != ok || err != nil && !strings.HasPrefix(err.Error(), "source a: ") {
			t.Errorf("%s to %s: %v", stages, format, err)
		}
	}
	f(`fields = [{ redact = ["email"] }]`, "ndjson", true)
	f(`fields = [{ redact = ["email"] }]`, "lines", false)
	f(`time = { field = "ts" }`, "lines", false)
	f(``, "lines", true)
}

func TestMistakesInStagesHaveTheirPlace(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		text := "[[source]]\nname = \"a\"\nreader.file = { paths = [\"/a\"] }\nparser.json = {}\n" + line + "\n[[sender]]\nname = \"s\"\nhttp = { endpoints = [\"http://a\"] }\n"
		_, err := conf.Parse("x.toml", []byte(text), kinds.All())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v\nwant %s", line, err, want)
		}
	}
	f(`fields = [{ drop = ["a"] }, { drop_if = "status >" }]`, `x.toml:5:41: drop_if: cannot read the expression`)
	f(`fields = [{ redact = ["email", "phone"] }]`, `x.toml:5:32: redact[1]: cannot hide "phone"`)
	f(`fields = [{ drop = ["a"], keep = ["b"] }]`, `x.toml:5:20: drop: a second action beside keep`)
	f(`fields = [{ path = "/(app" }]`, `x.toml:5:20: path: is no regular expression: missing closing )`)
	f(`fields = [{ path = "kubernets" }]`, `x.toml:5:20: path: has no named group`)
	f(`fields = [{ }]`, `x.toml:5:11: the step has no action`)
	f(`time = { field = "a", zone = "Mars" }`, `x.toml:5:30: zone: there is no such time zone`)
}

// A container's message in 16 KiB pieces, with lines of the other stream between them, is one record, and so
// is each of these lines (scenario 40; readers/file has it over a rotation).
func TestACutContainerMessageIsOneRecord(t *testing.T) {
	const out, err = "2026-11-21T02:20:47.1Z stdout ", "2026-11-21T02:20:47.2Z stderr "
	piece := strings.Repeat("x", 16<<10)
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", out+"F first\n"+out+"P "+piece+"\n"+err+"F e1\n"+out+"P "+piece+"\n"+err+"F e2\n"+err+"F e3\n"+out+"F end\n"+out+"F last\n")
	h.start(h.config("[[source]]\nname = \"a\"\nreader.file = { paths = [\"" + h.path("a.log") + "\"], start_at = \"beginning\", multiline = { preset = \"cri\" } }\nparser.cri = {}\n" +
		`fields = [{ drop_if = 'message == "e2"' }]` + "\n" + sender(r)))
	want := []string{"first", piece + piece + "end", "e1", "e3", "last"}
	h.eventually("delivered", func() bool { return r.got() == strings.Join(want, " ") })
	h.eventually("acknowledged", func() bool { return h.first().DeliveredLines == 5 && h.first().DroppedLines == 1 })
}

// The same over a rotation, however the reader's looks and turns fall between the writer's steps.
func TestACutContainerMessageIsOneRecordOverARotation(t *testing.T) {
	const out, err = "2026-11-21T02:20:47.1Z stdout ", "2026-11-21T02:20:47.2Z stderr "
	piece := strings.Repeat("x", 16<<10)
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", out+"F first\n")
	h.start(h.config("[[source]]\nname = \"a\"\nreader.file = { paths = [\"" + h.path("a.log") + "\"], start_at = \"beginning\", multiline = { preset = \"cri\" } }\nparser.cri = {}\n" +
		sender(r)))
	h.eventually("delivered", func() bool { return r.got() == "first" })
	want := []string{"first"}
	for n := range 12 {
		h.append("a.log", out+"P "+piece+"\n"+err+"F e1\n"+out+"P "+piece+"\n")
		if n%3 == 1 {
			time.Sleep(time.Duration(n) * time.Millisecond)
		}
		if err := os.Rename(h.path("a.log"), h.path(fmt.Sprintf("a.log.%d", n))); err != nil {
			t.Fatal(err)
		}
		if n%3 == 2 {
			time.Sleep(time.Duration(n) * time.Millisecond)
		}
		last := fmt.Sprint("last", n)
		h.append("a.log", err+"F e2\n"+out+"F end\n"+out+"F "+last+"\n")
		want = append(want, piece+piece+"end", "e1", "e2", last)
		h.eventually("delivered", func() bool { return strings.HasSuffix(r.got(), last) })
	}
	if got := r.got(); got != strings.Join(want, " ") {
		t.Error(strings.ReplaceAll(got, piece, "X"))
	}
}
