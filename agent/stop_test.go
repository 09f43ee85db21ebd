package agent_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// What a process sends to itself is delivered before it stops to receive.
func TestAProcessThatIsItsOwnForwarderDrains(t *testing.T) {
	var mu sync.Mutex
	var got []string
	asked, answer := make(chan struct{}, 10), make(chan struct{})
	destination := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		asked <- struct{}{}
		<-answer
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(body))
	}))
	h := newHost(t)
	var once sync.Once
	release := func() { once.Do(func() { close(answer) }) }
	t.Cleanup(func() { release(); destination.Close() })
	port := h.port()
	h.start(h.config(fmt.Sprintf(`
[[source]]
name = "received"
reader.http = { listen = "127.0.0.1:%d" }
send_to = ["out"]
[[sender]]
name = "in"
max_in_flight = 1
http = { endpoints = ["http://127.0.0.1:%d"], compression = "none" }
[[sender]]
name = "out"
http = { endpoints = [%q], compression = "none" }
`, port, port, destination.URL) + source("web", h.path("a.log"))))
	h.append("a.log", "one\n")
	h.eventually("the destination has the first line", func() bool { return len(asked) > 0 })
	h.append("a.log", "two\n")
	h.eventually("the second line is read, and waits for the first", func() bool {
		for _, p := range h.agent.Status().Pipelines {
			if p.Source == "web" {
				return p.ReadLines == 2 && p.DeliveredLines == 0
			}
		}
		return false
	})
	a, stopped := h.agent, make(chan struct{})
	go func() { defer close(stopped); h.end() }()
	h.eventually("it stops", func() bool { return strings.Contains(h.said(), "msg=stopping") })
	release()
	<-stopped
	mu.Lock()
	defer mu.Unlock()
	if all := strings.Join(got, ""); len(got) != 2 || !strings.Contains(all, "one") || !strings.Contains(all, "two") {
		t.Errorf("the destination got %q", got)
	}
	if sum := a.Totals(); sum.DeliveredLines != sum.ReadLines {
		t.Errorf("%d of %d lines are acknowledged", sum.DeliveredLines, sum.ReadLines)
	}
}
