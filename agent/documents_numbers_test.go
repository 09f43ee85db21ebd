package agent_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// held is a statement of a document that has a number in it, and the code that makes it true.
type held struct{ statement, file, code string }

// What is counted or measured by hand is wrong a month later. A number in these two documents is one of the code's, and stands here
// beside it; any other is said in words, or by who measures it (docs/performance.md, docs/tried.md).
var numbers = map[string][]held{
	"docs/architecture.md": {
		{"what is asked of it fails after a second", "readers/file/disk/mounts.go", "patience = time.Second"},
		{"five seconds after `stop_timeout`", "agent/agent.go", "stopGrace = 5 * time.Second"},
		{"hangs for more than ten seconds", "agent/opening.go", "openTime = 10 * time.Second"},
		{"three eighths are batches", "agent/memory.go", "int(memory) * 3 / 8"},
		{"stay below seven eighths", "agent/limit.go", "usual := l.bound * 7 / 8"},
		{"an eighth of it, at least 8 MiB", "agent/limit.go", "max(held/8, leastRoom)"},
		{"at least 8 MiB", "agent/limit.go", "leastRoom = 8 << 20"},
		{"hundreds of lines a second are appended", "readers/file/busy.go", "rate: 500,"},
		{"asks each 50 ms", "readers/file/busy.go", "every: 50 * time.Millisecond"},
		{"not looked at for 10 ms", "agent/pace.go", "paceLeast = 10 * time.Millisecond"},
		{"up to 150 ms", "agent/pace.go", "paceMost = 150 * time.Millisecond"},
		{"where 1,000 lines a second come", "agent/pace.go", "paceBusy = 1000"},
		{"it waits 1 s, doubling to 10 s", "agent/deliver/health.go", "backoffFirst = time.Second"},
		{"it waits 1 s, doubling to 10 s", "agent/deliver/health.go", "backoffMost = 10 * time.Second"},
		{"ever more seldom, up to five minutes", "agent/deliver/trial.go", "trialMost = 5 * time.Minute"},
		{"after a second (four times what its answers take", "agent/deliver/times.go", "max(patienceLeast, 4*t.slow())"},
		{"after a second (", "agent/deliver/times.go", "patienceLeast = time.Second"},
		{"bbolt the last second before it", "agent/checkpoint/open.go", "s.interval = time.Second"},
		{"bbolt holds everything older than a second", "agent/checkpoint/open.go", "s.interval = time.Second"},
		{"its mount counts as away after a second", "readers/file/disk/mounts.go", "patience = time.Second"},
		{"room for 64 connections", "agent/serve.go", "connectionsMost = 64"},
		{"the last quarter of an hour", "agent/history/history.go", "Length = 15 * time.Minute"},
		{"which has twenty lines at most", "agent/architecture_test.go", "s.lines > 20"},
		{"no file over 500 lines", "agent/architecture_test.go", "s.lines > 500"},
		{"half of them under 150", "agent/architecture_test.go", "half >= 150"},
	},
	"docs/invariants.md": {
		{"fingerprint covers (1 KiB at most)", "readers/file/anchor.go", "headLen   = 1024"},
		{"up to 16 MiB of an older file", "readers/file/order.go", "orderMost = 16 << 20"},
		{"128 KiB are looked back", "readers/file/pieces.go", "pieceLookBack = 128 << 10"},
		{"up to once a minute", "readers/file/nuls.go", "nulWait = time.Minute"},
		{"A run of at least 64 NULs", "readers/lines/nul.go", "NULRun = 64"},
		{"which waits a second for it", "readers/file/disk/mounts.go", "patience = time.Second"},
		{"it is waited for ten seconds, once", "agent/opening.go", "openTime = 10 * time.Second"},
		{"at least every 60 polls", "readers/file/rest.go", "sweepMost = 60"},
		{"2,000 files a poll at most", "readers/file/rest.go", "sliceMost = 2000"},
		{"until it was quiet for a minute", "readers/file/rest.go", "hotFor = time.Minute"},
		{"within ten polls", "readers/file/rest.go", "soonPolls = 10"},
		{"where there are at most 2,000", "readers/file/rest.go", "soonFiles = 2000"},
		{"for a minute, up to 2,000 of them", "readers/file/names.go", "len(at.d.hot) < sliceMost"},
		{"where there are at most 100", "readers/file/rest.go", "fewFiles = 100"},
		{"the 100 written last", "readers/file/rest.go", "min(len(d.hot), fewFiles)"},
		{"or for five polls", "readers/file/rest.go", "restPolls = 5"},
		{"found by the next glance, 50 ms later at most", "readers/file/busy.go", "every: 50 * time.Millisecond"},
		{"half a percent of the time", "readers/file/rest.go", "return 200 * d.cost"},
		{"Where a listing takes 5 ms or more", "readers/file/heard.go", "longListing = 5 * time.Millisecond"},
		{"200 times as long as that takes", "readers/file/rest.go", "return 200 * d.cost"},
		{"five where there are no events", "readers/file/rest.go", "return 20 * d.cost"},
		{"tried ever more seldom, up to a minute", "agent/deliver/keys.go", "keyMost = time.Minute"},
		{"at most about a second later", "agent/checkpoint/open.go", "s.interval = time.Second"},
		{"once within two minutes", "agent/api/access/codes.go", "CodeLife = 2 * time.Minute"},
		{"after 30 minutes without use", "agent/api/access/sessions.go", "SessionIdle = 30 * time.Minute"},
		{"after 12 hours", "agent/api/access/sessions.go", "SessionLife = 12 * time.Hour"},
		{"takes at most 1 MiB", "agent/history/history.go", "Budget = 960 << 10"},
		{"again each 10 s while somebody lacks them", "readers/file/watch/hub.go", "OpenEvery = 10 * time.Second"},
		{"at most eight times of it", "readers/http/body.go", "growth = 8"},
		{"and 128 KiB, are reserved", "readers/http/body.go", "first = 128 << 10"},
		{"Once three quarters are in use", "readers/inbox/budget.go", "used > b.size/4*3"},
		{"moves at most a day", "senders/file/clock.go", "maxSilence = 24 * time.Hour"},
		{"within a process's first hour", "readers/file/look.go", "r.nextHour = p.now + int64(time.Hour)"},
	},
}

func TestTheNumbersOfDocumentsAreThoseOfTheCode(t *testing.T) {
	code := map[string]string{}
	for name, all := range numbers {
		text := folded(documents(t)[name])
		for _, h := range all {
			if !strings.Contains(text, folded(h.statement)) {
				t.Errorf("%s does not say %q any more; take it off the list in this test, or put there what it says now", name, h.statement)
			}
			if code[h.file] == "" {
				source, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(h.file)))
				if err != nil {
					t.Fatal(err)
				}
				code[h.file] = folded(string(source))
			}
			if !strings.Contains(code[h.file], folded(h.code)) {
				t.Errorf("%s says %q, and in %s there is no %q", name, h.statement, h.file, h.code)
			}
		}
	}
}

// A number that nothing holds is not written into these documents.
func TestDocumentsHaveNoNumbersOfTheirOwn(t *testing.T) {
	// What is no size, count or time: code, decisions, answers of HTTP, numbered points, kill -9, glob(7), formats, scenarios, e2e.
	other := regexp.MustCompile("`[^`]*`" + `|docs/decisions/\d+|\b[45]\d\d\b|HTTP 200|(?m)^\d+\. |kill -9|\(7\)|[Ff]ormat \d|scenarios \d+( and \d+)?|exit code \d|is 1,|value1\.go|e2e|2xx`)
	number := regexp.MustCompile(`\S*\d\S*( \S+)?`)
	for name, all := range numbers {
		text := folded(other.ReplaceAllString(documents(t)[name], " "))
		for _, h := range all {
			text = strings.ReplaceAll(text, folded(other.ReplaceAllString(h.statement, " ")), " ")
		}
		for _, found := range number.FindAllString(text, -1) {
			t.Errorf("%s has the number %q; say it without, or hold it in the list above", name, found)
		}
	}
}

// folded is s with one space wherever it has any.
func folded(s string) string { return strings.Join(strings.Fields(s), " ") }
