package agent_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"logskiff/agent"
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
	port := freePort(t)
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
	post := func(token, stream string, start, end int, body string) int {
		t.Helper()
		req, err := http.NewRequest("POST", fmt.Sprintf("http://127.0.0.1:%d/v1/batch", port), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Logskiff-Batch", fmt.Sprintf(`{"v":1,"host":"h","source":"a","segments":[{"stream":%q,"path":"/x","start":%d,"end":%d,"records":1}]}`, stream, start, end))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer http.DefaultClient.CloseIdleConnections()
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		t.Log(resp.StatusCode, string(text))
		return resp.StatusCode
	}
	answer := func(token string, start, end int, body string) (code int) {
		t.Helper()
		_, stream := h.stored("received")
		h.eventually("answered", func() bool { // 503: the owner's own batch is not over yet
			code = post(token, stream, start, end, body)
			return code != 503
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
	for _, token := range []string{"t1", "t2"} {
		if got := answer(token, 4, 1_000_000, `{"_offset":4}`); got != 409 {
			t.Fatal(got)
		}
		if got := answer(token, 0, 1e17, `{"_offset":0,"_size":1}`); got != 400 {
			t.Fatal(got)
		}
	}
	h.append("a.log", "two\n")
	h.eventually("stored after the attack", arrived("one two"))
	foreign := int64(0)
	for _, p := range h.agent.Status().Pipelines {
		if p.Received != nil {
			foreign = p.Received.Foreign
		}
	}
	if foreign != 2 || !strings.Contains(h.said(), "belongs to another client") {
		t.Fatalf("%d counted; its log:\n%s", foreign, h.said())
	}
	h.end()

	h.append("a.log", "three\n")
	h.start(h.config(config("t2")))
	h.eventually("stored with another token", arrived("one two three"))
	if got := answer("t1", 100, 200, `{"_offset":100}`); got != 409 {
		t.Fatal("after a restart:", got)
	}
	all, _, err := agent.Offsets(t.Context(), h.path("data"))
	if err != nil || len(all) != 1 || all[0].Offset != all[0].Delivered {
		t.Fatal(all, err)
	}
}
