package console

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"logskiff/agent/api"
)

var update = flag.Bool("update", false, "write the expected outputs in testdata anew")

// shown is a host on which some things are not well. Its names are long, alike, and hostile.
func shown() api.Snapshot {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) *time.Time { return api.Stamp(noon.Add(-ago)) }
	ledger := &api.Ledger{Found: 5_910_000_000, Delivered: 4_200_000_000, ToGo: 1_710_000_000}
	s := api.Snapshot{
		At:     noon,
		Agent:  api.Agent{Version: "1.4.0", Host: "web-3", UptimeSeconds: 3 * 3600},
		Reload: &api.Reload{At: noon.Add(-12 * time.Minute), OK: true},
		Sources: []api.Source{
			{Name: "app", State: "running", Files: 38, HasLag: true, LinesPerSecond: 8102.4, BytesPerSecond: 1_600_000, LagBytes: 41_000, LagSeconds: 0.3,
				Unparsed: api.Unparsed{Lines: 16204, Since: at(time.Hour)}, Pipelines: []api.Pipeline{{Sender: "ingest"}, {Sender: "audit-s3"}}},
			{Name: "nginx-access-of-the-shop-in-frankfurt-1", State: "running", Files: 3, HasLag: true, LinesPerSecond: 4310, BytesPerSecond: 38_000_000, LagBytes: 1_710_000_000, LagSeconds: 95,
				Pipelines: []api.Pipeline{{Sender: "ingest", Ledger: ledger}}},
			{Name: "nginx-access-of-the-shop-in-frankfurt-2", State: "running", Files: 3, HasLag: true, Pipelines: []api.Pipeline{{Sender: "ingest"}}},
			{Name: "syslog", State: "unreadable", Files: 2, HasLag: true, UnreadableFiles: 1, LinesPerSecond: 12, BytesPerSecond: 1400,
				Problems: []string{"/var/log/\x1b[2Jauth.log: permission denied"}, Pipelines: []api.Pipeline{{Sender: "ingest"}}},
			{Name: "in", State: "running", LinesPerSecond: 0.2, Pipelines: []api.Pipeline{{Sender: "ingest"}}},
		},
		Senders: []api.Sender{
			{Name: "ingest", State: "degraded", Endpoints: []api.Endpoint{
				{Name: "https://ingest-1.example.net:7711", State: "healthy", Since: at(3 * time.Hour), InFlight: 2, LastAnswer: &api.Answer{At: noon.Add(-300 * time.Millisecond), Outcome: "delivered", Status: 200}},
				{Name: "https://ingest-2.example.net:7711", State: "waiting", Since: at(40 * time.Second), NextTryAt: api.Stamp(noon.Add(12 * time.Second)), Error: "connection refused",
					LastAnswer: &api.Answer{At: noon.Add(-9 * time.Second), Outcome: "retry"}},
			}},
			{Name: "audit-s3", State: "failed", Error: "no space left on device"},
		},
	}
	s.Judge()
	return s
}

// What a person sees at 40, 80 and 200 columns, and what a program cuts.
func TestTheStatusAtEachWidth(t *testing.T) {
	for _, width := range []int{40, 80, 200, 0} {
		name := fmt.Sprintf("testdata/status-%d.txt", width)
		var out bytes.Buffer
		if err := WriteStatus(&out, shown(), width); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != string(want) {
			t.Errorf("%s is not what is written; run go test ./command/console -update, and read what changed:\n%s", name, out.String())
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Errorf("%d columns: a control character reaches the terminal", width)
		}
	}
}

func TestTwoNamesNeverLookTheSame(t *testing.T) {
	for width := 20; width < 120; width++ {
		var out bytes.Buffer
		if err := WriteStatus(&out, shown(), width); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for line := range strings.Lines(out.String()) {
			if first, _, _ := strings.Cut(line, " "); strings.HasPrefix(first, "nginx") || strings.HasPrefix(first, "https") {
				if seen[first] {
					t.Errorf("%d columns: two are %s", width, first)
				}
				seen[first] = true
			}
		}
	}
}

// Piped, each row has as many words as its head, whatever is in it, so that awk finds a column by its number.
func TestPipedColumnsCanBeCut(t *testing.T) {
	s := shown()
	s.Senders[0].Endpoints[0].Name = "/srv/a folder/received"
	var out bytes.Buffer
	if err := WriteStatus(&out, s, 0); err != nil {
		t.Fatal(err)
	}
	words := 0
	for i, line := range strings.Split(out.String(), "\n") {
		n := len(strings.Fields(line))
		switch {
		case n == 0:
			words = 0
		case words == 0:
			words = n
		case n != words:
			t.Errorf("line %d has %d words, its head %d: %s", i+1, n, words, line)
		}
	}
	if !strings.Contains(out.String(), `/srv/a\x20folder/received`) {
		t.Errorf("a space stays:\n%s", out.String())
	}
}

func TestProgressSaysHowFarAndHowLong(t *testing.T) {
	s := shown()
	want := "nginx-access-of-the-shop-in-frankfurt-1  ███████░░░  71%  4.2 GB of 5.91 GB  38 MB/s  ETA 45 s"
	if got := Progress(s.Sources[1], 200); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := Progress(s.Sources[1], 40); utf8.RuneCountInString(got) != 40 {
		t.Errorf("too wide: %s", got)
	}
	if got := Progress(s.Sources[0], 80) + Progress(s.Sources[4], 80); got != "" {
		t.Errorf("who has nothing to go: %s", got)
	}
}

func TestSpansHaveOneUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0 s", 0: "0 s", 340 * time.Millisecond: "0.3 s", 9 * time.Second: "9 s", 95 * time.Second: "95 s", 12 * time.Minute: "12 min", 26 * time.Hour: "26 h", 100 * time.Hour: "4 d"} {
		if got := span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// A source says its rate, lag and how far it is in the unit that it counts in.
func TestTheStatusOfAJournalIsInEntries(t *testing.T) {
	s := api.Source{
		Name: "journal", HasLag: true, Units: []string{"entries"}, Entries: &api.EntriesNow{PerSecond: 5, Lag: 1200},
		Pipelines: []api.Pipeline{{Sender: "in", Entries: &api.EntriesLedger{Found: 2400, Delivered: 1200, ToGo: 1200}}},
	}
	row := sourceRow(s, time.Time{})
	if row[3] != (cell{"5/s", "5"}) || row[4] != (cell{"1,200 entries", "1200"}) {
		t.Errorf("its rate and lag are %v and %v", row[3], row[4])
	}
	if got, want := Progress(s, 0), "journal  █████░░░░░  50%  1,200 of 2,400  5/s  ETA 4 min"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s.Units = []string{"bytes", "entries"} // a forwarder that is sent both
	if row := sourceRow(s, time.Time{}); row[4] != (cell{"1,200 entries", "0"}) {
		t.Errorf("its lag is %v", row[4])
	}
}
