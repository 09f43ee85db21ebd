package deliver

import (
	"context"
	"sync/atomic"
	"time"

	"logskiff/senders"
)

const (
	backoffFirst = time.Second
	backoffMost  = 10 * time.Second
	firstLimit   = 2 // requests in flight to an endpoint we know nothing of
)

// State is how an endpoint is doing, in one word for people.
type State string

const (
	// Healthy endpoints are used.
	Healthy State = "healthy"
	// Waiting endpoints failed and are left alone until their next try.
	Waiting State = "waiting"
	// Throttled endpoints asked for less and are left alone for as long as they asked.
	Throttled State = "throttled"
	// Held endpoints work but refuse us until a person changes something; they
	// are tried again all the same.
	Held State = "held"
)

// health is one endpoint and what is known of it. Its Pool's mutex guards it.
type health struct {
	senders.Endpoint

	state    State
	since    time.Time // when it came into this state
	last     Answer    // zero: there was none yet
	next     time.Time // when an endpoint that is not healthy is tried again
	failures int       // in a row, of requests begun after the one before failed
	epoch    int       // counts failures; a request remembers the one it began in
	lastErr  string
	lastAt   time.Time

	answered bool // a probe was answered since the last failure
	probing  bool // one is under way
	silent   int  // requests that have been without an answer for longer than patience
	trial    trial
	times    times

	inFlight int
	limit    int  // adapts between 1 and the pool's max_in_flight
	round    int  // successes since the limit last changed or was last reviewed
	full     bool // the limit was reached in this round

	form atomic.Pointer[string] // content type of the last body delivered; nil: none was

	requests, failed, throttled, bytes int64
	took                               int64 // bodies delivered
}

// Send makes an attempt, and notes the form of a body that was taken: which it is may depend on what
// the endpoint says it takes.
func (h *health) Send(ctx context.Context, p *senders.Payload) senders.Result {
	contentType := p.ContentType
	r := h.Endpoint.Send(ctx, p)
	if r.Class == senders.Delivered {
		if last := h.form.Load(); last == nil || *last != contentType {
			form := contentType // in memory of its own, which only a change costs
			h.form.Store(&form)
		}
	}
	return r
}

// ready says whether a request may begin now. After a wait one request goes
// first, alone, to see whether the endpoint is back.
func (h *health) ready(now time.Time) bool {
	if h.state == Healthy {
		return h.inFlight < h.limit
	}
	return h.inFlight == 0 && !now.Before(h.next)
}

// began notes the beginning of a request.
func (h *health) began() {
	h.inFlight++
	h.full = h.full || h.inFlight >= h.limit
}

// succeeded notes an answer that shows the endpoint to work. A request that
// began before the last failure says nothing about what came after it.
func (h *health) succeeded(epoch, maxLimit int) {
	if epoch != h.epoch {
		return
	}
	h.state, h.failures, h.lastErr = Healthy, 0, ""
	// Additive increase: a full round of successes while the limit was what held us back.
	if h.round++; h.round >= h.limit {
		if h.full && h.limit < maxLimit {
			h.limit++
		}
		h.round, h.full = 0, false
	}
}

// failedWith notes a failure. Several requests that fail together are one
// failure, so that the wait doubles once. took is how long the request was kept.
func (h *health) failedWith(r senders.Result, epoch int, took time.Duration, now time.Time, random float64) {
	h.failed++
	h.lastErr, h.lastAt = r.Reason, now
	if r.Class == senders.Throttled {
		h.throttled++
	}
	if epoch != h.epoch {
		return
	}
	h.epoch++
	h.failures++
	h.answered = false
	h.round, h.full = 0, false
	h.limit = max(1, h.limit/2) // multiplicative decrease
	wait := backoff(h.failures, random)
	switch r.Class {
	case senders.Throttled:
		h.state = Throttled
	case senders.Held:
		h.state = Held
	default:
		h.state = Waiting
	}
	if r.Wait > 0 {
		// Never earlier than asked, and not all agents at the same moment.
		wait = r.Wait + time.Duration(0.2*random*float64(r.Wait))
	}
	h.next = now.Add(wait)
	if r.Class == senders.Retry && took >= patienceLeast {
		h.trial.lost(now, random)
	}
}

// backoff returns the wait after n failures in a row: 1 s, doubled up to 10 s,
// with ±20 % of jitter. random is in [0, 1).
func backoff(n int, random float64) time.Duration {
	d := backoffMost
	if shift := n - 1; shift < 4 {
		d = min(backoffFirst<<shift, backoffMost)
	}
	return time.Duration(float64(d) * (0.8 + 0.4*random))
}

// EndpointStatus is an endpoint as people see it.
type EndpointStatus struct {
	Endpoint string    `json:"endpoint"` // its name, without secrets
	State    State     `json:"state"`
	Since    time.Time `json:"since"` // when it came into this state
	Last     Answer    `json:"-"`     // to the last attempt; zero: there was none yet
	InFlight int       `json:"in_flight"`
	Limit    int       `json:"limit"`                // most requests in flight it bears, as learnt so far
	Form     string    `json:"form,omitempty"`       // content type of the last body that it took
	Error    string    `json:"error,omitempty"`      // of the last failure since it last worked
	Failed   time.Time `json:"failed_at,omitzero"`   // when the last failure was
	Next     time.Time `json:"next_try_at,omitzero"` // zero when healthy

	// Since the start: attempts, body bytes in them, attempts that failed, and
	// those among them that were asked to slow down.
	Requests  int64 `json:"requests"`
	Bytes     int64 `json:"bytes"`
	Failures  int64 `json:"failures"`
	Throttled int64 `json:"throttled"`
}

func (h *health) status() EndpointStatus {
	s := EndpointStatus{
		Endpoint: h.Name(), State: h.state, Since: h.since, Last: h.last, InFlight: h.inFlight, Limit: h.limit,
		Error: h.lastErr, Failed: h.lastAt,
		Requests: h.requests, Bytes: h.bytes, Failures: h.failed, Throttled: h.throttled,
	}
	if h.state != Healthy {
		s.Next = h.nextTry()
	}
	if form := h.form.Load(); form != nil {
		s.Form = *form
	}
	return s
}
