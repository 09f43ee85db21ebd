package http

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"logskiff/record"
	"logskiff/record/wire"
)

// maxReason is what clients show of a reason at most.
const maxReason = 512

// route answers any request; one that is not for us is counted, too.
func (r *Reader) route(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, pattern := mux.Handler(req); pattern == "" {
			r.Counters.Requests.Add(1)
			r.Counters.Garbage.Add(1)
			r.Counters.Refusals[noSuchPath].Add(1)
			if early(req, false) {
				answerEarly(w, req, func() { mux.ServeHTTP(w, req) })
				return
			}
		}
		mux.ServeHTTP(w, req)
	})
}

// serve answers one request.
func (r *Reader) serve(w http.ResponseWriter, req *http.Request) {
	r.Counters.Requests.Add(1)
	if c, _ := req.Context().Value(guestKey{}).(*conn); c != nil {
		c.head.served()
	}
	w.Header().Set(wire.AcceptHeader, wire.AcceptLines)
	ended := false
	n, err := r.receive(w, req, &ended)
	if err == nil {
		r.Counters.Accepted.Add(1)
		r.Counters.Records.Add(int64(n))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"records\":%d}\n", n)
		return
	}
	no := &refusal{http.StatusInternalServerError, internal, err.Error()}
	errors.As(err, &no)
	r.count(no, req)
	switch {
	case no.wordless():
		w.Header().Set("Retry-After", "10")
		w.Header().Set(wire.MissingName, wire.MissingAgent)
	case no.status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case no.status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="logskiff"`)
	}
	answer := func() { http.Error(w, no.text[:min(len(no.text), maxReason)], no.status) }
	if no.why != tooSlow && no.why != clientGone && early(req, ended) {
		answerEarly(w, req, answer)
		return
	}
	answer()
}

func (r *Reader) count(no *refusal, req *http.Request) {
	r.Counters.Refusals[no.why].Add(1)
	if no.status == http.StatusServiceUnavailable {
		r.Counters.Busy.Add(1)
		if no.wordless() {
			n := r.Counters.Wordless.Add(1)
			r.complain("waits for its agent's word", no, req, n)
		}
		return
	}
	if no.status == http.StatusConflict {
		r.Counters.Foreign.Add(1)
	}
	n := r.Counters.Garbage.Add(1)
	r.complain("was refused", no, req, n)
}

func (r *Reader) complain(how string, no *refusal, req *http.Request, n int64) {
	// One line a second is enough to act on; a flood must not fill our own log.
	now := time.Now().Unix()
	if last := r.complained.Load(); last != now && r.complained.CompareAndSwap(last, now) {
		r.log.Warn("refused: a request "+how, "client", req.RemoteAddr, "status", no.status, "reason", no.text, "count", n)
	}
}

// receive walks one request from its header to the word that all its records are
// delivered, and returns their number. It sets ended when the body was read to its end, and fails with a refusal.
func (r *Reader) receive(w http.ResponseWriter, req *http.Request, ended *bool) (int, error) {
	if err := r.authorize(req); err != nil {
		return 0, err
	}
	form, err := formOf(req.Header.Get("Content-Type"))
	if err != nil {
		return 0, err
	}
	encoding, err := encodingOf(req.Header.Values("Content-Encoding"))
	if err != nil {
		return 0, err
	}
	header, err := headerOf(req)
	if err != nil {
		return 0, err
	}

	m := newMessage(r.budget.Lease(clientOf(req)))
	n, err := r.enqueue(w, req, m, encoding, form, header, ended)
	if err != nil || n == 0 {
		m.Lease.End()
		if no := (*refusal)(nil); errors.As(err, &no) && no.status == http.StatusServiceUnavailable && !no.wordless() {
			r.arrivals.Press(time.Now())
		}
		return 0, err
	}
	return n, r.wait(req.Context(), m)
}

// enqueue reads the body into m and puts it into the queue; from then on m belongs
// to the queue. A body without records is not queued.
func (r *Reader) enqueue(w http.ResponseWriter, req *http.Request, m *message, encoding string, form form, header *wire.Header, ended *bool) (int, error) {
	if err := r.readBody(w, req, encoding, m, ended); err != nil {
		return 0, err
	}
	owner := ownerOf(req, header)
	from := sender{origin: r.originOf(req, header)}
	if owner != (record.Owner{}) {
		from.owner = &owner
	}
	if err := m.cut(form, header, from, int64(r.cfg.MaxDecoded)); err != nil {
		return 0, err
	}
	n := len(m.Records)
	if n == 0 {
		return 0, nil
	}
	if err := r.mayStart(m, owner); err != nil {
		return 0, err
	}
	err := refusalOf(r.queue.Push(&m.Message))
	if err != nil {
		m.giveBack()
	}
	return n, err
}

// wait waits for the answer. When the client goes away, or it takes too long, the
// records stay on their way; sent again, they are recognised by who stores them.
func (r *Reader) wait(ctx context.Context, m *message) error {
	timer := time.NewTimer(r.cfg.AnswerTimeout.Std())
	defer timer.Stop()
	select {
	case err := <-m.answer:
		return err
	case <-timer.C:
		return busy(late, "the records were not delivered within %s", r.cfg.AnswerTimeout)
	case <-ctx.Done():
		return busy(clientGone, "the client has gone")
	}
}

func (r *Reader) authorize(req *http.Request) error {
	if len(r.cfg.Tokens) == 0 {
		return nil
	}
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	got := sha256.Sum256([]byte(strings.TrimSpace(token)))
	good := 0
	for _, t := range r.cfg.Tokens {
		want := sha256.Sum256([]byte(t.Reveal()))
		good |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	if !strings.EqualFold(scheme, "Bearer") || good == 0 {
		return refuse(http.StatusUnauthorized, "the request has no valid bearer token")
	}
	return nil
}

// form is what a body is made of.
type form int

const (
	objects   form = iota // application/x-ndjson
	plainText             // text/plain
	bareLines             // wire.LinesType
)

func formOf(contentType string) (form, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(params["charset"])
	switch {
	case err != nil || charset != "" && charset != "utf-8" && charset != "us-ascii":
	case kind == "text/plain":
		return plainText, nil
	case kind == "application/x-ndjson":
		return objects, nil
	case kind == wire.LinesType:
		return bareLines, nil
	}
	return 0, refuse(http.StatusUnsupportedMediaType,
		"cannot take Content-Type %q: send application/x-ndjson or text/plain", contentType)
}

func encodingOf(values []string) (string, error) {
	switch v := strings.ToLower(strings.Join(values, ", ")); v {
	case "", "identity":
		return "", nil
	case "zstd", "gzip":
		return v, nil
	default:
		return "", refuse(http.StatusUnsupportedMediaType, "cannot take Content-Encoding %q: send zstd, gzip or none", v)
	}
}

// headerOf returns nil for a client that does not say what it sends.
func headerOf(req *http.Request) (*wire.Header, error) {
	values := req.Header.Values(wire.HeaderName)
	switch len(values) {
	case 0:
		return nil, nil
	case 1:
		h, err := wire.Parse(values[0])
		if err != nil {
			return nil, garbage("%v", err)
		}
		return &h, nil
	}
	return nil, garbage("there are %d %s headers", len(values), wire.HeaderName)
}
