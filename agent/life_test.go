package agent_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/agent"
)

// toFolder is a sender that writes files into a folder of the host's.
func toFolder(h *host, name, folder string) string {
	return fmt.Sprintf("[[sender]]\nname = %q\nfile = { path = %q }\n", name, h.path(folder))
}

// What keeps a folder from being used may go away; the agent is there when it does, for all others at once.
func TestASenderThatCannotBeOpenedAtTheStartHoldsUpNobody(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n")
	h.append("b.log", "2\n")
	for _, inTheWay := range []string{"one", "two"} {
		h.append(inTheWay, "")
	}
	body := func(more string) string {
		return strings.Replace(source("a", h.path("a.log")), `["in"]`, `["in", "first", "second"]`, 1) + source("b", h.path("b.log")) + more +
			sender(r) + toFolder(h, "first", "one/received") + toFolder(h, "second", "two/received")
	}
	h.start(h.config(body("")))
	h.eventually("the others deliver", func() bool { return strings.Contains(r.got(), "1") && strings.Contains(r.got(), "2") })
	state := func(name string) string {
		for _, p := range h.agent.Status().Pipelines {
			if p.Name == name {
				return p.State
			}
		}
		return "none"
	}
	for _, name := range []string{"a/first", "a/second"} {
		if s := state(name); !strings.Contains(s, "cannot open sender") {
			t.Errorf("%s: %q", name, s)
		}
	}
	if trouble := h.agent.Totals().Trouble; !strings.Contains(trouble, "cannot open sender") {
		t.Errorf("a person is told %q", trouble)
	}
	h.append("c.log", "3\n")
	if err := h.agent.Reload(h.config(body(source("c", h.path("c.log"))))); err != nil {
		t.Errorf("a reload that has nothing to do with it: %v", err)
	}
	h.eventually("what the reload brought", func() bool { return strings.Contains(r.got(), "3") })
	if err := h.agent.Reload(h.config(body("") + toFolder(h, "third", "one/other"))); err == nil {
		t.Error("a reload to a new sender that cannot be opened either")
	}
	free := func(name string) {
		t.Helper()
		if err := os.Remove(h.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	free("two")
	h.eventually("the second, while the first cannot", func() bool { return state("a/second") == "running" })
	if s := state("a/first"); !strings.Contains(s, "cannot open sender") {
		t.Errorf("the first: %q", s)
	}
	free("one")
	h.eventually("the first", func() bool { return state("a/first") == "running" })
	h.eventually("all of it delivered", func() bool {
		for _, p := range h.agent.Status().Pipelines {
			if p.Source == "a" && p.DeliveredLines != 1 {
				return false
			}
		}
		return true
	})
}

// A folder that hangs holds up neither the start, nor others, nor a reload of them, nor the stop. A named pipe in the place of
// the index hangs whoever opens it, until somebody writes.
func TestAFolderThatHangsWhenItIsOpenedHoldsUpNobody(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.openTime = 50 * time.Millisecond
	h.append("a.log", "1\n")
	pipe := h.path("hung/index/commits.log")
	if err := errors.Join(os.MkdirAll(filepath.Dir(pipe), 0o750), unix.Mkfifo(pipe, 0o640)); err != nil {
		t.Fatal(err)
	}
	answer := sync.OnceFunc(func() {
		f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		if err = errors.Join(err, os.Remove(pipe)); err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Error(err)
		}
	})
	defer answer()
	body := func(more string) string {
		return strings.Replace(source("a", h.path("a.log")), `["in"]`, `["in", "hung"]`, 1) + more + sender(r) + toFolder(h, "hung", "hung")
	}
	h.start(h.config(body("")))
	h.eventually("the others deliver", func() bool { return strings.Contains(r.got(), "1") })
	h.append("b.log", "2\n")
	if err := h.agent.Reload(h.config(body(source("b", h.path("b.log"))))); err != nil {
		t.Errorf("a reload of others: %v", err)
	}
	h.eventually("what the reload brought", func() bool { return strings.Contains(r.got(), "2") })
	if trouble := h.agent.Totals().Trouble; !strings.Contains(trouble, "has not answered") {
		t.Errorf("a person is told %q", trouble)
	}
	h.stop()
	if err := <-h.stopped; err == nil || !strings.Contains(err.Error(), "its opening has not ended") {
		t.Errorf("the stop said %v", err)
	}
	h.agent = nil

	h.start(h.config(body("")))
	answer()
	h.eventually("it is used when it answers", func() bool {
		for _, p := range h.agent.Status().Pipelines {
			if p.Sender == "hung" && p.DeliveredLines == 1 {
				return true
			}
		}
		return false
	})
}

// A start and a check build all senders; neither may take anything from an agent that runs.
func TestACheckTakesNothingFromARunningAgent(t *testing.T) {
	h := newHost(t)
	h.append("a.log", "1\n")
	cfg := h.config(source("a", h.path("a.log")) + toFolder(h, "in", "received"))
	if err := agent.Check(cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(h.path("received")); err == nil {
		t.Error("a check made the folder")
	}
	h.start(cfg)
	if err := agent.Check(cfg); err != nil {
		t.Errorf("beside the running agent: %v", err)
	}
	h.eventually("delivered", func() bool { return h.first().DeliveredLines == 1 })
}

// A sender that a reload does not change is neither closed nor opened again: its folder's lock is held all the time.
func TestASenderIsKeptOverAReloadThatDoesNotChangeIt(t *testing.T) {
	h := newHost(t)
	h.append("a.log", "1\n")
	h.start(h.config(source("a", h.path("a.log")) + toFolder(h, "in", "received")))
	h.eventually("delivered", func() bool { return h.first().DeliveredLines == 1 })
	before, requests := h.agent.Status(), int64(0)
	for _, e := range before.Pipelines[0].Endpoints {
		requests += e.Requests
	}
	h.append("b.log", "2\n")
	if err := h.agent.Reload(h.config(source("b", h.path("b.log")) + toFolder(h, "in", "received"))); err != nil {
		t.Fatal(err)
	}
	h.eventually("delivered through the same sender", func() bool {
		p := h.first()
		return p.Source == "b" && p.DeliveredLines == 1 && len(p.Endpoints) == 1 && p.Endpoints[0].Requests == requests+1
	})
}
