package httpclient

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxWait bounds what a destination may ask for with Retry-After.
const MaxWait = 5 * time.Minute

// RetryAfter reads how long an answer asks us to wait: a number of seconds or a date (RFC
// 9110, section 10.2.3). What it cannot read, and what is past, is 0. A date is compared with
// the answer's own Date where it has one: the clocks of two hosts may differ.
func (a *Answer) RetryAfter() time.Duration {
	now := time.Now()
	if t, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		now = t
	}
	return retryAfter(a.Header.Get("Retry-After"), now)
}

func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if v == "" {
		return 0
	}
	if strings.Trim(v, "0123456789") == "" {
		n, err := strconv.Atoi(v)
		if err != nil || n > int(MaxWait/time.Second) {
			return MaxWait
		}
		return time.Duration(n) * time.Second
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return min(max(t.Sub(now), 0), MaxWait)
}
