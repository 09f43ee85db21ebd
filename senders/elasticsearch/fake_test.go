package elasticsearch

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/httpclient/httpclienttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reply is what a fake says of one document; the zero reply takes it.
type reply struct {
	status       int
	kind, reason string
	caused       string
}

// fake answers bulk requests as a test decides for each document, and keeps what it takes by its id.
type fake struct {
	*httpclienttest.Destination
	t *testing.T

	mu     sync.Mutex
	judge  func(place int, index, id string, document []byte) reply // nil: all are taken
	bodies [][]byte                                                 // of which something was taken
	stored map[string][]byte                                        // by index and id
}

func newFake(t *testing.T) *fake {
	f := &fake{Destination: httpclienttest.NewDestination(t), t: t, stored: map[string][]byte{}}
	f.works(nil)
	return f
}

// works has it answer for each document.
func (f *fake) works(judge func(place int, index, id string, document []byte) reply) {
	f.mu.Lock()
	f.judge = judge
	f.mu.Unlock()
	f.Handle(f.serve)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	var plain io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		plain = z
	}
	body, err := io.ReadAll(plain)
	switch {
	case err != nil: // the client went away
		http.Error(w, err.Error(), 400)
		return
	case r.Method == http.MethodGet:
		fmt.Fprint(w, `{"cluster_name":"c","version":{"number":"2.19.6","distribution":"opensearch"}}`)
		return
	case r.Method != http.MethodPost:
		w.WriteHeader(405)
		return
	case len(body) == 0:
		w.WriteHeader(400)
		fmt.Fprint(w, `{"error":{"root_cause":[],"type":"parse_exception","reason":"request body is required"},"status":400}`)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	answer, took := f.answer(body)
	if took {
		f.bodies = append(f.bodies, body)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

// answer stores what is taken of a body.
func (f *fake) answer(body []byte) (_ []byte, took bool) {
	var items []string
	errors := false
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	for i := 0; i+1 < len(lines); i += 2 {
		var action map[string]struct {
			Index string `json:"_index"`
			ID    string `json:"_id"`
		}
		if err := json.Unmarshal(lines[i], &action); err != nil || len(action) != 1 || !json.Valid(lines[i+1]) {
			f.t.Errorf("no action and document: %s\n%s", lines[i], lines[i+1])
			return nil, false
		}
		for name, a := range action {
			var r reply
			if f.judge != nil {
				r = f.judge(i/2, a.Index, a.ID, lines[i+1])
			}
			key := a.Index + "/" + a.ID
			if _, there := f.stored[key]; r == (reply{}) && there && name == actionCreate {
				r = reply{status: 409, kind: "version_conflict_engine_exception", reason: "[" + a.ID + "]: version conflict, document already exists (current version [1])"}
			}
			if r.status == 0 {
				f.stored[key], took = lines[i+1], true
				items = append(items, fmt.Sprintf(`{%q:{"status":201}}`, name))
				continue
			}
			errors = true
			e, err := json.Marshal(map[string]any{"type": r.kind, "reason": r.reason, "caused_by": map[string]string{"reason": r.caused}})
			if err != nil {
				f.t.Error(err)
			}
			if r.caused == "" {
				e, _ = json.Marshal(map[string]any{"type": r.kind, "reason": r.reason})
			}
			items = append(items, fmt.Sprintf(`{%q:{"status":%d,"error":%s}}`, name, r.status, e))
		}
	}
	return fmt.Appendf(nil, `{"errors":%t,"items":[%s]}`, errors, strings.Join(items, ",")), took
}

func (f *fake) received() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([][]byte(nil), f.bodies...)
}

// documents returns what is stored, by index and id.
func (f *fake) documents() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]string{}
	for k, v := range f.stored {
		all[k] = string(v)
	}
	return all
}

func (f *fake) open(change func(*Config)) *senders.Sender {
	f.t.Helper()
	cfg := Default()
	cfg.Endpoints, cfg.Index = []string{f.URL}, "logs"
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), UserAgent: "logskiff/test"})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = s.Close() })
	return s
}

// batchOf returns a batch of lines in one stream; those with a brace are objects.
func batchOf(lines ...string) *record.Batch {
	b := &record.Batch{ReadAt: 1_800_000_000e9}
	s := &record.Stream{ID: record.StreamID{0xab, 1}, Path: "/var/log/app.log", Origin: &record.Origin{Host: "web-1", Source: "app"}}
	seg := record.Segment{Stream: s, N: len(lines)}
	for _, l := range lines {
		r := record.Record{Offset: seg.End, Size: uint32(len(l) + 1), Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))}}
		if strings.HasPrefix(l, "{") {
			r.Kind = record.Object
		}
		b.Buf = append(append(b.Buf, l...), '\n')
		b.Records = append(b.Records, r)
		seg.End += int64(len(l) + 1)
	}
	b.Segments = []record.Segment{seg}
	return b
}

// payloadOf makes the body of the records [first, last), compressed as the sender does.
func payloadOf(s *senders.Sender, b *record.Batch, first, last int) *senders.Payload {
	e, z := s.NewEncoder().(senders.Marking), s.NewCompressor()
	p := &senders.Payload{Batch: b, First: first, Last: last, ContentType: e.ContentType(), ContentEncoding: z.ContentEncoding()}
	plain, ends := e.AppendMarked(nil, nil, b, first, last)
	p.Body, p.Ends = z.Append(nil, plain), ends
	return p
}
