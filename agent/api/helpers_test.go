package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/agent/api/access"
	"logskiff/agent/history"
	"logskiff/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// fake is an agent that says what a test wants.
type fake struct {
	mu      sync.Mutex
	asked   int // for snapshots
	reloads int
	reload  Reload
	files   []File
	shown   Snapshot
	errors  []Trouble
	moved   []OffsetWish
	moves   OffsetMoves
	refuses error
}

func (f *fake) Snapshot() Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	return f.shown
}

func (f *fake) Files(source, sender string) ([]File, bool) {
	return append([]File{}, f.files...), source == "web" && (sender == "" || sender == "in")
}

func (f *fake) Errors() []Trouble { return f.errors }

func (f *fake) MoveOffsets(w OffsetWish) (OffsetMoves, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved = append(f.moved, w)
	return f.moves, f.refuses
}

func (f *fake) Reload() Reload {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reloads++
	return f.reload
}

// site is a server with a clock that the test moves.
type site struct {
	*Server
	t     *testing.T
	fake  *fake
	dir   string
	page  http.Handler
	local http.Handler

	mu   sync.Mutex
	now  time.Time
	mode string
	link string
}

func newSite(t *testing.T) *site {
	s := &site{t: t, fake: &fake{shown: fullSnapshot(), reload: Reload{At: noon, OK: true}}, dir: t.TempDir(), now: noon, mode: "on", link: "http://127.0.0.1:7710/"}
	log := slog.New(slog.DiscardHandler)
	kept, files := history.New(noon, history.Budget), Units(0).With(record.Bytes)
	others := []history.Figures{
		{Key: history.Key{Kind: OfSource, Name: "forwarder"}, Shape: uint8(files.With(record.Entries)), Values: []float64{1, 2, 3, 4, 5, 6, 7}},
		{Key: history.Key{Kind: OfSource, Name: "journal"}, Shape: uint8(Units(0).With(record.Entries)), Values: []float64{1, 2, 3, 4, 5}},
	}
	kept.Add(noon, noon, append([]history.Figures{
		{Key: history.Key{Kind: OfSource, Name: "web"}, Shape: uint8(files), Values: []float64{1, 2, 3, 4, 5}},
		{Key: history.Key{Kind: OfSender, Name: "in"}, Values: []float64{1, 2, 3}},
		{Key: history.Key{Kind: OfEndpoint, Name: "in", Sub: "http://h:1"}, Values: []float64{1, 2, 3}},
	}, others...))
	later := noon.Add(2 * time.Second)
	kept.Add(later, later, append(others, history.Figures{Key: history.Key{Kind: OfSource, Name: "web"}, Shape: uint8(files), Values: []float64{9, 9, 9, 9, 9}}))
	s.Server = New(Options{
		Log: log, Backend: s.fake, History: kept, Audit: access.NewAudit(s.dir, log), Every: 5 * time.Millisecond,
		Public: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("public")) }),
		Now:    func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now },
		Mode:   func() string { s.mu.Lock(); defer s.mu.Unlock(); return s.mode },
		Link:   func() string { return s.link },
		Names:  func() []string { return []string{"logs.example.net"} },
	})
	s.configure()
	s.page, s.local = s.Page(), s.Local()
	return s
}

func (s *site) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *site) setMode(mode string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = mode
}

// as returns a token of a role, "" for nobody.
func (s *site) as(role access.Role) string {
	if role == access.Nobody {
		return ""
	}
	token, _ := s.sessions.New(role, "a test", s.Now())
	return token
}

func request(method, path, token, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:7710"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// ask makes one request of the page.
func (s *site) ask(method, path, token, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.page.ServeHTTP(w, request(method, path, token, body))
	return w
}

// audited returns the lines of the audit log.
func (s *site) audited() (all []access.Entry) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "audit.jsonl"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e access.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// fullSnapshot has something in every member.
func fullSnapshot() Snapshot {
	at := &noon
	return Snapshot{
		At:     noon,
		Agent:  Agent{Version: "1", Host: "web-3", PID: 7, StartedAt: noon, UptimeSeconds: 1, CheckpointError: secretText, CheckpointsAt: at},
		Total:  Total{LinesPerSecond: 12.5, LagSource: "web", Entries: &EntriesNow{PerSecond: 2, Lag: 3}},
		Reload: &Reload{At: noon, Error: secretText, Started: []string{"a/b"}, Mistakes: []Mistake{{File: "c.toml", Line: 7, Column: 2, Key: "k", Message: secretText, Advice: "a", Text: secretText}}},
		Sources: []Source{{
			Name: "web", Reader: "file", Parser: "nginx", State: "unreadable", UnreadableFiles: 1, Problems: []string{secretText}, HasLag: true,
			Units: Units(0).With(record.Bytes).With(record.Entries).Names(), Entries: &EntriesNow{PerSecond: 2, Lag: 3},
			Unparsed: Unparsed{Lines: 1 << 60, Since: at, LastAt: at},
			Pipelines: []Pipeline{{Sender: "in", State: "failed", Error: secretText, Held: secretText, Waiting: secretText, StartedAt: at,
				Ledger: &Ledger{Found: 3, Delivered: 1, ToGo: 2}, Entries: &EntriesLedger{Found: 3, ToGo: 3}, EntriesPerSecond: new(Rate), LostAt: at, QuarantinedAt: at}},
		}},
		Senders: []Sender{{Name: "in", Kind: "http", State: "degraded", Error: secretText, Sources: []string{"web"}, Endpoints: []Endpoint{
			{Name: "http://h:1", State: "waiting", Since: at, Error: secretText, FailedAt: at, NextTryAt: at, Format: "text/plain",
				LastAnswer: &Answer{At: noon, Seconds: 0.1, Outcome: "retry", Status: 500, Text: secretText}}}}},
	}
}

// secretText is what viewers must not see.
const secretText = "/home/anna/secret.log: <script>alert(1)</script>"
