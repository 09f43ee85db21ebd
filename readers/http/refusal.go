package http

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"logskiff/readers/inbox"
)

// reason is why a request was not accepted, for those who count.
type reason uint8

const (
	malformed reason = iota // 400
	unauthorized
	noSuchPath // 404, 405
	tooSlow    // 408: too slow, or broken off
	foreign    // 409
	oversize   // 413
	mediaType  // 415
	internal   // 500

	// 503: come again.
	queueFull
	shareFull // the client's share of the queue
	inUse     // another client is just sending that stream
	noWord
	late // not delivered in time
	stopping
	clientGone

	reasons // how many there are
)

// String returns the reason as it is counted; docs/metrics.md has them all.
func (r reason) String() string {
	return [reasons]string{
		"malformed", "unauthorized", "no_such_path", "too_slow", "foreign", "too_large", "media_type", "internal",
		"queue_full", "share_full", "in_use", "no_word", "late", "stopping", "client_gone",
	}[r]
}

// refusals counts by reason.
type refusals [reasons]atomic.Int64

// byName takes a snapshot; no reason is missing.
func (c *refusals) byName() map[string]int64 {
	m := make(map[string]int64, reasons)
	for r := range reasons {
		m[r.String()] = c[r].Load()
	}
	return m
}

// refusal is an answer other than 200, as an error.
type refusal struct {
	status int
	why    reason
	text   string
}

func (r *refusal) Error() string { return r.text }

// wordless says that it waits for its agent's word.
func (r *refusal) wordless() bool { return r.why == noWord }

// refusalOf makes a refusal of an error of the inbox, or of the lack of one.
func refusalOf(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, inbox.ErrNever):
		return tooLarge("%v", err)
	case errors.Is(err, inbox.ErrClosed):
		return busy(stopping, "the forwarder is stopping")
	case errors.Is(err, inbox.ErrShare):
		return busy(shareFull, "%v", err)
	}
	return busy(queueFull, "%v", err)
}

// refuse is an answer of a status that has one reason.
func refuse(status int, format string, args ...any) error {
	why := malformed
	switch status {
	case http.StatusBadRequest:
	case http.StatusUnauthorized:
		why = unauthorized
	case http.StatusRequestTimeout:
		why = tooSlow
	case http.StatusConflict:
		why = foreign
	case http.StatusRequestEntityTooLarge:
		why = oversize
	case http.StatusUnsupportedMediaType:
		why = mediaType
	default:
		panic(fmt.Sprintf("BUG: status %d has no reason, or several", status))
	}
	return &refusal{status, why, fmt.Sprintf(format, args...)}
}

// garbage is what will never be taken, whoever sends it again.
func garbage(format string, args ...any) error {
	return refuse(http.StatusBadRequest, format, args...)
}

// conflict is what another client may send, and this one may not.
func conflict(format string, args ...any) error {
	return refuse(http.StatusConflict, format, args...)
}

func tooLarge(format string, args ...any) error {
	return refuse(http.StatusRequestEntityTooLarge, format, args...)
}

// busy is what may be sent again as it is. With noWord it waits for the word of the stream's agent, or for a person; that is
// no conflict, since agents from before that word put into quarantine what is answered 409.
func busy(why reason, format string, args ...any) error {
	return &refusal{http.StatusServiceUnavailable, why, fmt.Sprintf(format, args...)}
}
