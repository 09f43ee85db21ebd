package httpclient

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfterIsReadAndCapped(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := func(v string, want time.Duration) {
		t.Helper()
		if got := retryAfter(v, now); got != want {
			t.Errorf("%q: got %v, want %v", v, got, want)
		}
	}
	f("", 0)
	f("0", 0)
	f(" 7 ", 7*time.Second)
	f("86400", MaxWait)
	f("99999999999999999999", MaxWait)
	f("-3", 0)
	f("soon", 0)
	f(now.Add(time.Minute).Format(http.TimeFormat), time.Minute)
	f(now.Add(-time.Minute).Format(http.TimeFormat), 0)
	f(now.Add(time.Hour).Format(http.TimeFormat), MaxWait)
}

// The clocks of two hosts may differ by more than what is asked for.
func TestADateToWaitForIsComparedWithTheAnswersOwn(t *testing.T) {
	there := time.Now().Add(-time.Hour)
	f := func(header http.Header, least, most time.Duration) {
		t.Helper()
		if got := (&Answer{Header: header}).RetryAfter(); got < least || got > most {
			t.Errorf("%v: got %v", header, got)
		}
	}
	until := there.Add(2 * time.Minute).UTC().Format(http.TimeFormat)
	f(http.Header{"Retry-After": {until}, "Date": {there.UTC().Format(http.TimeFormat)}}, 2*time.Minute, 2*time.Minute)
	f(http.Header{"Retry-After": {until}}, 0, 0)
	f(http.Header{"Retry-After": {until}, "Date": {"today"}}, 0, 0)
	f(http.Header{"Retry-After": {"7"}, "Date": {"today"}}, 7*time.Second, 7*time.Second)
	f(http.Header{"Retry-After": {time.Now().Add(3 * time.Minute).UTC().Format(http.TimeFormat)}}, 2*time.Minute, 3*time.Minute)
	f(http.Header{}, 0, 0)
}
