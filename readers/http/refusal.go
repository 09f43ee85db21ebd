package httpread

import (
	"errors"
	"fmt"
	"net/http"

	"logskiff/readers/inbox"
)

// refusal is an answer other than 200, as an error.
type refusal struct {
	status   int
	reason   string
	wordless bool // see wordless
}

func (r *refusal) Error() string { return r.reason }

// refusalOf makes a refusal of an error of the inbox, or of the lack of one.
func refusalOf(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, inbox.ErrNever):
		return tooLarge("%v", err)
	case errors.Is(err, inbox.ErrClosed):
		return busy("the forwarder is stopping")
	}
	return busy("%v", err)
}

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, reason: fmt.Sprintf(format, args...)}
}

// garbage is what will never be taken, whoever sends it again.
func garbage(format string, args ...any) error {
	return refuse(http.StatusBadRequest, format, args...)
}

// conflict is what another client may send, and this one may not.
func conflict(format string, args ...any) error {
	return refuse(http.StatusConflict, format, args...)
}

// wordless is what waits for the word of the stream's agent, or for a person. It is no conflict: agents from
// before that word put into quarantine what is answered 409.
func wordless(format string, args ...any) error {
	return &refusal{http.StatusServiceUnavailable, fmt.Sprintf(format, args...), true}
}

func tooLarge(format string, args ...any) error {
	return refuse(http.StatusRequestEntityTooLarge, format, args...)
}

func busy(format string, args ...any) error {
	return refuse(http.StatusServiceUnavailable, format, args...)
}
