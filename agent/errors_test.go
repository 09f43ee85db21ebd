package agent_test

import (
	"errors"
	"net/http"
	"testing"

	"logskiff/agent"
	"logskiff/agent/api"
)

// troubles are what the agent's API lists, by their kinds.
func (h *host) troubles() map[string]api.Trouble {
	h.t.Helper()
	var list api.ErrorList
	h.eventually("an answer", func() bool {
		err := agent.Ask(h.t.Context(), h.path("data"), "api/v1/errors", &list)
		if err != nil && !errors.Is(err, agent.ErrNotRunning) {
			h.t.Fatal(err)
		}
		return err == nil
	})
	all := map[string]api.Trouble{}
	for _, one := range list.Errors {
		all[one.Kind] = one
	}
	return all
}

func TestErrorsSayWhatGoesWrongAndWhatIsOver(t *testing.T) {
	r, h := newReceiver(t), newHost(t)
	r.mu.Lock()
	r.deny = http.StatusServiceUnavailable
	r.mu.Unlock()
	h.append("a.log", "no JSON\n{\"a\":1}\n")
	text := h.config("[[source]]\nname = \"a\"\nreader.file = { paths = [\"" + h.path("a.log") + "\"], start_at = \"beginning\" }\nparser.json = {}\nsend_to = [\"in\"]\n" + sender(r))
	h.start(text)
	h.eventually("the sender is down", func() bool {
		all := h.troubles()
		return all[api.Down].Count > 0 && all[api.TakesNothing].Count > 0 && all[api.NotParsed].Count == 1
	})
	all := h.troubles()
	if d := all[api.Down]; d.Name != "in" || d.Level != api.Critical || d.OverAt != nil || d.Text == "" {
		t.Errorf("the sender: %+v", d)
	}
	if e := all[api.TakesNothing]; e.Name != "in" || e.Endpoint == "" || e.OverAt != nil || e.Since.IsZero() {
		t.Errorf("the endpoint: %+v", e)
	}
	if n := all[api.NotParsed]; n.Name != "a" || n.Level != api.Warning || n.Text == "" {
		t.Errorf("the line: %+v", n)
	}
	r.mu.Lock()
	r.deny = 0
	r.mu.Unlock()
	h.eventually("it is over", func() bool {
		all := h.troubles()
		return all[api.Down].OverAt != nil && all[api.TakesNothing].OverAt != nil
	})
}
