package httpsend

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"logskiff/senders"
)

// maxWait bounds what a destination may ask for with Retry-After.
const maxWait = 5 * time.Minute

// classify sorts an answer by its status (RFC 9110, section 15).
func classify(answer *http.Response, now time.Time) senders.Result {
	r := senders.Result{Status: answer.StatusCode}
	switch s := answer.StatusCode; {
	case s >= 200 && s < 300:
		r.Class = senders.Delivered
	case s == http.StatusRequestEntityTooLarge:
		r.Class = senders.TooLarge
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		r.Class = senders.Throttled
	case s == http.StatusConflict: // a stream belongs to another client, says the forwarder: a person must look
		r.Class = senders.Held
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusNotFound:
		r.Class = senders.Held
	case s < 400: // 3xx, and a 1xx that should not end a request: not a forwarder's answer
		r.Class = senders.Held
	case s == http.StatusRequestTimeout, s >= 500:
		r.Class = senders.Retry
	default:
		r.Class = senders.Refused
	}
	if r.Class == senders.Throttled || r.Class == senders.Retry {
		r.Wait = retryAfter(answer.Header.Get("Retry-After"), now)
	}
	return r
}

// retryAfter reads a number of seconds or a date (RFC 9110, section 10.2.3). What
// it cannot read, and what is past, is 0.
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if v == "" {
		return 0
	}
	if strings.Trim(v, "0123456789") == "" {
		n, err := strconv.Atoi(v)
		if err != nil || n > int(maxWait/time.Second) {
			return maxWait
		}
		return time.Duration(n) * time.Second
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(t.Sub(now), 0), maxWait)
}

// reason is what a person reads about an answer that is not 2xx.
func (e *endpoint) reason(answer *http.Response, said []byte) string {
	why := strconv.Itoa(answer.StatusCode)
	if t := http.StatusText(answer.StatusCode); t != "" {
		why += " " + t
	}
	if to := answer.Header.Get("Location"); to != "" && answer.StatusCode < 400 {
		why += fmt.Sprintf(": redirects are not followed; it points to %s", to)
	}
	if len(said) > 0 && strings.TrimSpace(string(said)) != "" {
		why += ": " + strings.TrimSpace(string(said))
	}
	return e.clean(why)
}

// clean hides secrets, makes control and invisible characters harmless to a
// terminal, and cuts at maxReason bytes.
func (e *endpoint) clean(s string) string {
	for _, secret := range e.hide {
		s = strings.ReplaceAll(s, secret, "***")
	}
	var b strings.Builder
	for _, r := range s {
		piece := string(r) // U+FFFD for what is not UTF-8
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			piece = " "
		case !unicode.IsPrint(r):
			piece = strings.Trim(strconv.QuoteRuneToASCII(r), "'")
		}
		if b.Len()+len(piece) > maxReason {
			break
		}
		b.WriteString(piece)
	}
	return b.String()
}
