package console

import (
	"strings"
	"testing"
	"time"

	"logskiff/agent"
)

func TestFiguresReadWell(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1234567: "1.23 MB", 999_600: "1 MB", 123_456_789: "123 MB", 5e12: "5 TB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

func totals(lines int64) agent.Totals {
	return agent.Totals{
		Files:     []agent.File{{Name: "/var/log/a\x1b.log", Source: "logs", Size: 12}},
		ReadLines: lines, ReadBytes: lines * 100, DeliveredLines: lines, DeliveredBytes: lines * 100,
	}
}

func TestInAPipeALineIsPrintedWhenFiguresChange(t *testing.T) {
	var out strings.Builder
	c := &Console{out: &out, seen: map[string]bool{}, width: func() int { return 0 }}
	now := time.Unix(0, 0)
	c.Refresh(totals(1000), now)
	c.Refresh(totals(1000), now.Add(5*time.Second))
	c.Refresh(totals(2000), now.Add(10*time.Second))
	c.Close()
	want := `following /var/log/a\x1b.log (logs, 12 B)
1 file  read 1,000 lines 100 kB  delivered 1,000 lines 100 kB  lag 0 B
1 file  read 2,000 lines 200 kB  delivered 2,000 lines 200 kB  20 kB/s  lag 0 B
`
	if out.String() != want {
		t.Fatalf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestOnATerminalOneLineIsRefreshedBelowTheLog(t *testing.T) {
	var out strings.Builder
	c := &Console{out: &out, seen: map[string]bool{}, width: func() int { return 30 }}
	c.Refresh(totals(1000), time.Unix(0, 0))
	c.Say("a warning")
	c.Close()
	want := "following /var/log/a\\x1b.log (logs, 12 B)\n" +
		"1,000 delivered  lag 0 B" +
		"\r\x1b[Ka warning\n" +
		"1,000 delivered  lag 0 B\n"
	if out.String() != want {
		t.Fatalf("got %q, want %q", out.String(), want)
	}
}

func TestTheLineIsShortenedBeforeItIsCut(t *testing.T) {
	some := totals(1000)
	some.LagBytes, some.Trouble = 5000, "http://x: refused"
	for width, want := range map[int]string{
		120: "1 file  read 1,000 lines 100 kB  delivered 1,000 lines 100 kB  2 kB/s  lag 5 kB  ! http://x: refused",
		80:  "1 file  read 1,000  delivered 1,000  lag 5 kB  ! http://x: refused",
		50:  "1,000 delivered  lag 5 kB  ! http://x: refused",
		20:  "1,000 delivered  lag 5 kB  ! http://x: refused", // draw cuts it
	} {
		if got := fitting(some, 2000, width); got != want {
			t.Errorf("%d columns: %q, want %q", width, got, want)
		}
	}
}

func TestAFileThatCannotBeReadIsNotSaidToBeFollowed(t *testing.T) {
	var out strings.Builder
	c := &Console{out: &out, seen: map[string]bool{}, width: func() int { return 0 }}
	some := totals(0)
	some.Files[0].Problem = "permission denied"
	c.Refresh(some, time.Unix(0, 0))
	if want := "1 file (1 cannot be read)  read 0 lines 0 B  delivered 0 lines 0 B  lag 0 B\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	out.Reset()
	c.Refresh(totals(0), time.Unix(1, 0))
	if !strings.HasPrefix(out.String(), "following /var/log/") {
		t.Errorf("once it can be read: %q", out.String())
	}
}

func TestTroubleIsShown(t *testing.T) {
	got := Line(agent.Totals{LagBytes: 5000, Lag: 90 * time.Second, ParseErrors: 3, QuarantinedLines: 1, LostBytes: 2000, GivenUpRecords: 7, Trouble: "http://x: refused"}, 0)
	for _, want := range []string{"lag 5 kB 1m30s", "3 not parsed", "1 quarantined", "7 lines given up", "2 kB gone from the disk unread", "! http://x: refused"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

// What counts entries is not shown as bytes.
func TestEntriesAreShownAsEntries(t *testing.T) {
	for want, t2 := range map[string]agent.Totals{
		"lag 0 B":                    {},
		"lag 1 entry":                {LagEntries: 1},
		"lag 5 kB and 1,200 entries": {LagBytes: 5000, LagEntries: 1200},
		"3 entries gone unread":      {LostEntries: 3},
	} {
		if got := Line(t2, 0); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}
