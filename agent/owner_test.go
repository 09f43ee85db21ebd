package agent_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"logskiff/agent"
	"logskiff/record/wire"
)

// stored returns the messages in a folder of sender.file, and the stream of the last one.
func (h *host) stored(folder string) (messages []string, stream string) {
	h.t.Helper()
	files, err := filepath.Glob(h.path(folder + "/received-*.ndjson"))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			h.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var rec struct {
				Message string
				Stream  string `json:"_stream"`
			}
			if err := json.Unmarshal([]byte(line), &rec); err != nil {
				continue // being written
			}
			messages, stream = append(messages, rec.Message), rec.Stream
		}
	}
	return messages, stream
}

// Who reads a stream's id in what a forwarder wrote, and has a token too, cannot have the owner's
// records taken for known; the owner's token may change.
func TestNobodyElseSpeaksForAnAgentsStream(t *testing.T) {
	h := newHost(t)
	port := h.port()
	config := func(token string) string {
		return source("a", h.path("a.log")) + fmt.Sprintf(`
[[source]]
name = "agents"
reader.http = { listen = "127.0.0.1:%d", tokens = ["t1", "t2"] }
parser.json = {}
send_to = ["out"]

[[sender]]
name = "in"
http = { endpoints = ["http://127.0.0.1:%d"], bearer = %q }

[[sender]]
name = "out"
file = { path = %q }
`, port, port, token, h.path("received"))
	}
	post := func(token, word, stream string, start, end int, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequest("POST", fmt.Sprintf("http://127.0.0.1:%d/v1/batch", port), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Logskiff-Batch", fmt.Sprintf(`{"v":1,"host":"h","source":"a","agent":%q,"segments":[{"stream":%q,"path":"/x","start":%d,"end":%d,"records":1}]}`, word, stream, start, end))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer http.DefaultClient.CloseIdleConnections()
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		t.Log(resp.StatusCode, string(text))
		return resp.StatusCode, string(text)
	}
	answer := func(token, word string, start, end int, body string) (code int) {
		t.Helper()
		_, stream := h.stored("received")
		h.eventually("answered", func() bool { // the owner's own batch may not be over yet
			var said string
			code, said = post(token, word, stream, start, end, body)
			return !strings.Contains(said, "just sending it")
		})
		return code
	}
	arrived := func(want string) func() bool {
		return func() bool {
			got, _ := h.stored("received")
			return strings.Join(got, " ") == want
		}
	}
	h.append("a.log", "one\n")
	h.start(h.config(config("t1")))
	h.eventually("stored", arrived("one"))
	for _, who := range []struct {
		token, word string
		want        int
	}{
		{"t1", "w", 409},
		{"t2", "w", 409},
		{"t2", "", 409},
		{"t1", "", 503}, // as an older version of the owner does
	} {
		if got := answer(who.token, who.word, 4, 1_000_000, `{"_offset":4}`); got != who.want {
			t.Fatal(who, got)
		}
		if got := answer(who.token, who.word, 0, 1e17, `{"_offset":0,"_size":1}`); got != 400 {
			t.Fatal(who, got)
		}
	}
	h.append("a.log", "two\n")
	h.eventually("stored after the attack", arrived("one two"))
	foreign, wordless := int64(0), int64(0)
	for _, p := range h.agent.Status().Pipelines {
		if p.Received != nil {
			foreign, wordless = p.Received.Foreign, p.Received.Wordless
		}
	}
	if foreign != 3 || wordless != 1 || !strings.Contains(h.said(), "belongs to another client") {
		t.Fatalf("%d and %d counted; its log:\n%s", foreign, wordless, h.said())
	}
	h.end()

	h.append("a.log", "three\n")
	h.start(h.config(config("t2")))
	h.eventually("stored with another token", arrived("one two three"))
	if got := answer("t1", "w", 100, 200, `{"_offset":100}`); got != 409 {
		t.Fatal("after a restart:", got)
	}
	var all []agent.Offset
	h.eventually("the agent can be asked", func() bool { // its control socket is there soon after a start
		var err error
		all, _, err = agent.Offsets(t.Context(), h.path("data"))
		return err == nil
	})
	if len(all) != 1 || all[0].Offset != all[0].Delivered {
		t.Fatal(all)
	}
}

// wordless passes requests on as agents sent them that had no word yet.
type wordless struct {
	to    string
	mu    sync.Mutex
	codes map[int]int
}

func (p *wordless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.URL, _ = url.Parse(p.to + r.URL.Path)
	if h, err := wire.Parse(r.Header.Get(wire.HeaderName)); err == nil {
		h.Agent = ""
		text, _ := json.Marshal(h)
		out.Header.Set(wire.HeaderName, string(text))
	}
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	p.mu.Lock()
	p.codes[resp.StatusCode]++
	p.mu.Unlock()
	w.Header().Set("Retry-After", strings.Replace(resp.Header.Get("Retry-After"), "10", "1", 1))
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}

// answers returns how often a status was answered.
func (p *wordless) answers(code int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.codes[code]
}

// Agents from before there were words put into quarantine what is answered 409.
func TestAnOlderVersionOfAStreamsAgentHoldsUntilStreamsAreNotBound(t *testing.T) {
	h := newHost(t)
	port := h.port()
	forwarder := fmt.Sprintf("http://127.0.0.1:%d", port)
	old := &wordless{to: forwarder, codes: map[int]int{}}
	server := httptest.NewServer(old)
	defer server.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	config := func(to string, bind bool) string {
		return source("a", h.path("a.log")) + fmt.Sprintf(`
[[source]]
name = "agents"
reader.http = { listen = "127.0.0.1:%d", bind_streams = %v }
parser.json = {}
send_to = ["out"]

[[sender]]
name = "in"
http = { endpoints = [%q] }

[[sender]]
name = "out"
file = { path = %q }
`, port, bind, to, h.path("received"))
	}
	arrived := func(want string) func() bool {
		return func() bool {
			got, _ := h.stored("received")
			return strings.Join(got, " ") == want
		}
	}
	h.append("a.log", "one\n")
	h.start(h.config(config(forwarder, true)))
	h.eventually("stored", arrived("one"))
	h.end()

	h.append("a.log", "two\n")
	h.start(h.config(config(server.URL, true)))
	h.eventually("asked again", func() bool { return old.answers(503) > 1 })
	if err := h.agent.Reload(h.config(config(server.URL, false))); err != nil {
		t.Fatal(err)
	}
	h.eventually("stored when streams are not bound", arrived("one two"))
	h.end()
	if n := old.answers(409); n != 0 {
		t.Fatal("refused", n)
	}
	var all []agent.Offset
	h.eventually("the agent can be asked", func() bool { // its control socket is there soon after a start
		var err error
		all, _, err = agent.Offsets(t.Context(), h.path("data"))
		return err == nil
	})
	if len(all) != 1 || all[0].Offset != all[0].Delivered {
		t.Fatal(all)
	}
}
