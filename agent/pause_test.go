package agent_test

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func paused(text string) string {
	return strings.Replace(text, "send_to", "paused = true\nsend_to", 1)
}

// A pause stops a source alone and keeps where it was: what its log got meanwhile is read when it goes on, also through a
// rotation and a restart of the agent, and nothing is sent twice.
func TestAPausedSourceGoesOnWhereItWas(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "a1\n")
	h.append("b.log", "b1\n")
	a, b := source("a", h.path("a.log")), source("b", h.path("b.log"))
	h.start(h.config(a + b + sender(r)))
	h.eventually("the first lines", func() bool { return len(r.got()) == len("a1 b1") })
	if err := h.agent.Reload(h.config(paused(a) + b + sender(r))); err != nil {
		t.Fatal(err)
	}
	h.append("a.log", "a2\n")
	h.append("b.log", "b2\n")
	h.eventually("b2 while a is paused", func() bool { return strings.HasSuffix(r.got(), "b2") })
	if got := h.snapshot(); got.Sources[0].State != "paused" || got.Sources[1].State != "running" || got.Verdict.Text != "All is well: 2 sources (1 paused), 1 sender" {
		t.Errorf("shown as %s and %s: %s", got.Sources[0].State, got.Sources[1].State, got.Verdict.Text)
	}
	h.end()
	if err := errors.Join(os.Rename(h.path("a.log"), h.path("a.log.1"))); err != nil {
		t.Fatal(err)
	}
	h.append("a.log", "a3\n")
	h.start(h.config(paused(a) + b + sender(r)))
	h.append("b.log", "b3\n")
	h.eventually("b3 after a restart", func() bool { return strings.HasSuffix(r.got(), "b3") })
	if strings.Contains(r.got(), "a2") {
		t.Fatalf("a paused source was read: %s", r.got())
	}
	if err := h.agent.Reload(h.config(a + b + sender(r))); err != nil {
		t.Fatal(err)
	}
	h.eventually("what came during the pause", func() bool { return strings.Contains(r.got(), "a2") && strings.Contains(r.got(), "a3") })
	for _, line := range []string{"a1", "a2", "a3", "b1", "b2", "b3"} {
		if n := strings.Count(r.got(), line); n != 1 {
			t.Errorf("%s came %d times: %s", line, n, r.got())
		}
	}
}
