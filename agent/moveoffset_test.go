package agent_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"logskiff/agent"
	"logskiff/agent/api"
)

// move asks the running agent to put a cursor elsewhere.
func (h *host) move(w api.OffsetWish) api.OffsetMoves {
	h.t.Helper()
	var moves api.OffsetMoves
	h.eventually("an answer", func() bool {
		var err error
		moves, err = agent.RequestOffsets(h.t.Context(), h.path("data"), w)
		if err != nil && !errors.Is(err, agent.ErrNotRunning) {
			h.t.Fatal(err)
		}
		return err == nil
	})
	return moves
}

// ledger returns what is stored of the only stream, which must add up.
func (h *host) ledger() agent.Offset {
	h.t.Helper()
	all, _, err := agent.Offsets(h.t.Context(), h.path("data"))
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%v: %+v", err, all)
	}
	if o := all[0]; o.Offset != o.Delivered+o.Skipped+o.Quarantined+o.Lost {
		h.t.Errorf("the ledger does not add up: %+v", o)
	}
	return all[0]
}

func TestACursorOfARunningAgentIsPutElsewhere(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	h.append("a.log", "1\n2\n3\n")
	h.append("b.log", "x\n")
	h.start(h.config(source("web", h.path("a.log")) + sender(r)))
	h.eventually("all of it", func() bool { return strings.HasSuffix(r.got(), "3") })
	h.eventually("its checkpoint", func() bool { return h.ledger().Offset == 6 })

	if m := h.move(api.OffsetWish{File: h.path("a.log"), To: "2", DryRun: true}).Moves; len(m) != 1 || m[0].From != 6 || m[0].To != 2 || m[0].Again != 4 || m[0].Error != "" {
		t.Errorf("what would be done: %+v", m)
	}
	if o := h.ledger(); o.Offset != 6 {
		t.Errorf("it was done: %+v", o)
	}
	stream := h.ledger().ID
	if m := h.move(api.OffsetWish{File: h.path("a.log"), To: "2"}).Moves; len(m) != 1 || m[0].To != 2 || m[0].Again != 4 || m[0].Pipeline != "web/in" {
		t.Errorf("what was done: %+v", m)
	}
	h.eventually("two lines again", func() bool { return r.got() == "1 2 3 2 3" })
	h.eventually("all is delivered again", func() bool { o := h.ledger(); return o.Offset == 6 && o.Delivered == 6 && o.ID == stream })

	// Forward: what was not delivered is skipped, and counted so.
	r.answer(503)
	h.append("a.log", "4\n5\n")
	h.eventually("it is found", func() bool { return h.first().LagBytes == 4 })
	if m := h.move(api.OffsetWish{File: h.path("a.log"), To: "8", Source: "web", Sender: "in"}).Moves; len(m) != 1 || m[0].Skipped != 2 {
		t.Errorf("what was done: %+v", m)
	}
	r.answer(0)
	h.eventually("the line behind", func() bool { return strings.HasSuffix(r.got(), "3 5") })
	h.eventually("the ledger", func() bool { o := h.ledger(); return o.Offset == 10 && o.Delivered == 8 && o.Skipped == 2 })
	if strings.Contains(r.got(), "4") {
		t.Errorf("what was passed by was sent: %s", r.got())
	}
	audit, err := os.ReadFile(h.path("data/audit.jsonl"))
	if err != nil || strings.Count(string(audit), `"action":"offset-set"`) != 2 {
		t.Errorf("the audit log: %v: %s", err, audit)
	}
	for says, w := range map[string]api.OffsetWish{
		"no checkpoint is of this file": {File: h.path("b.log"), To: "end"},
		"there is no place":             {File: h.path("a.log"), To: "yesterday"},
	} {
		if _, err := agent.RequestOffsets(t.Context(), h.path("data"), w); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", w, err)
		}
	}
}

func TestACursorOfAStoppedAgentIsPutElsewhere(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	day := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	line := func(hour int) string {
		return `{"time":"` + day.Add(time.Duration(hour)*time.Hour).Format(time.RFC3339) + `","n":` + string(rune('0'+hour)) + "}\n"
	}
	text := ""
	for hour := range 6 {
		text += line(hour)
	}
	h.append("a.log", text)
	cfg := h.config("[[source]]\nname = \"web\"\nreader.file = { paths = [\"" + h.path("a.log") + "\"], start_at = \"beginning\" }\nparser.json = {}\ntime = { field = \"time\" }\nsend_to = [\"in\"]\n" + sender(r))
	h.start(cfg)
	h.eventually("its checkpoint", func() bool {
		all, _, err := agent.Offsets(t.Context(), h.path("data"))
		return err == nil && len(all) == 1 && all[0].Offset == int64(len(text))
	})
	if _, err := agent.MoveStored(h.path("data"), cfg, api.OffsetWish{File: h.path("a.log"), To: "beginning"}); err == nil || !strings.Contains(err.Error(), "lock") {
		t.Errorf("beside a running agent: %v", err)
	}
	h.end()
	at := day.Add(3*time.Hour + 30*time.Minute).Format(time.RFC3339)
	moves, err := agent.MoveStored(h.path("data"), cfg, api.OffsetWish{File: h.path("a.log"), To: at})
	want := int64(len(line(0)) * 4)
	if err != nil || len(moves.Moves) != 1 || moves.Moves[0].Error != "" || int64(moves.Moves[0].To) != want {
		t.Fatalf("%v: %+v, want %d", err, moves, want)
	}
	if o := h.ledger(); o.Offset != want || o.Delivered != want {
		t.Errorf("it is stored as %+v", o)
	}
	if _, err := agent.MoveStored(h.path("data"), cfg, api.OffsetWish{File: h.path("no.log"), To: "end"}); err == nil {
		t.Error("a file of which nothing is stored")
	}
}
