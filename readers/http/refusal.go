package httpread

import (
	"fmt"
	"net/http"
)

// refusal is an answer other than 200, as an error.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
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

func busy(format string, args ...any) error {
	return refuse(http.StatusServiceUnavailable, format, args...)
}
