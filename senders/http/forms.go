package http

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"logskiff/record/wire"
	"logskiff/senders"
)

// restAfter is how long no bare lines are sent to who did not take them: behind a balancer
// only some may.
const restAfter = time.Minute

// forms is what the answers of an endpoint said of bare lines. The zero value: nothing.
type forms struct {
	lines atomic.Bool
	rest  atomic.Pointer[time.Time] // until then no lines, whatever is said; nil: at once
}

// Takes implements senders.Chooser. What was said counts until an answer does not say it, or none comes.
func (e *endpoint) Takes(contentType string) bool {
	if contentType != wire.LinesType || !e.forms.lines.Load() {
		return false
	}
	until := e.forms.rest.Load()
	return until == nil || !time.Now().Before(*until)
}

// heard notes what an answer says.
func (f *forms) heard(h http.Header) (takesLines bool) {
	takesLines = slices.ContainsFunc(h.Values(wire.AcceptHeader), func(v string) bool {
		return slices.ContainsFunc(strings.Split(v, ","), func(word string) bool {
			return strings.EqualFold(strings.TrimSpace(word), wire.AcceptLines)
		})
	})
	f.lines.Store(takesLines)
	return takesLines
}

// unheard notes that no answer came: who is there next may be another.
func (f *forms) unheard() { f.lines.Store(false) }

// misread says whether r, the answer to p, is about its form. Who takes a body of lines without saying
// that it does may have stored anything. A refusal counts only of the form that all take.
func (f *forms) misread(p *senders.Payload, r *senders.Result, takesLines bool) bool {
	if p.ContentType != wire.LinesType {
		return false
	}
	switch {
	case r.Class == senders.Delivered && !takesLines:
		r.Reason = "it does not say that it takes bare lines"
	case r.Class == senders.Refused, r.Status == http.StatusUnsupportedMediaType:
	default:
		return false
	}
	until := time.Now().Add(restAfter)
	f.rest.Store(&until)
	return true
}
