package e2e

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// The troubles that a forwarder, or the network before it, can make.

// hang reads the request and never answers.
func hang(ctx context.Context, _ http.ResponseWriter, r *request) bool {
	if r.read() == nil {
		<-ctx.Done()
	}
	abort()
	return false
}

// abort ends a request without any answer; returning would answer 200.
func abort() { panic(http.ErrAbortHandler) }

// busy answers 503 and names a time.
func busy(seconds int) script {
	return func(_ context.Context, w http.ResponseWriter, _ *request) bool {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		http.Error(w, "the queue is full", http.StatusServiceUnavailable)
		return false
	}
}

// reset reads a little of the body and resets the connection.
func reset(_ context.Context, w http.ResponseWriter, r *request) bool {
	io.ReadFull(r.Body, make([]byte, 512)) //nolint:errcheck // it may be shorter
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		abort()
	}
	c.(*net.TCPConn).SetLinger(0) //nolint:errcheck // closing resets it then
	c.Close()
	return false
}

// slow takes the body in small pieces and a while to answer.
func slow(ctx context.Context, _ http.ResponseWriter, r *request) bool {
	var body bytes.Buffer
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := io.CopyN(&body, r.Body, 16<<10)
		if err == io.EOF {
			r.body = body.Bytes()
			return true
		}
		if err != nil {
			abort()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			abort()
		}
	}
}

// atMost answers 413 to bodies of more than limit bytes.
func atMost(limit int) script {
	return func(_ context.Context, w http.ResponseWriter, r *request) bool {
		if r.read() != nil {
			abort()
		}
		if len(r.body) > limit {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return false
		}
		return true
	}
}

// forget takes the batch and resets the connection instead of answering, so
// that the agent cannot know.
func (s *sink) forget(ctx context.Context, w http.ResponseWriter, r *request) bool {
	if r.read() != nil || s.take(r) != nil {
		abort()
	}
	return reset(ctx, w, r)
}

// refuse answers 400 to a body that holds the word.
func refuse(word string) script {
	return func(_ context.Context, w http.ResponseWriter, r *request) bool {
		text, err := r.text()
		if err != nil {
			abort()
		}
		if bytes.Contains(text, []byte(word)) {
			http.Error(w, "a record is "+word, http.StatusBadRequest)
			return false
		}
		return true
	}
}

// unauthorized answers 401.
func unauthorized(_ context.Context, w http.ResponseWriter, _ *request) bool {
	http.Error(w, "who are you?", http.StatusUnauthorized)
	return false
}

// first uses trouble for the first n requests and takes the others.
func first(n int64, trouble script) script {
	var seen atomic.Int64
	return func(ctx context.Context, w http.ResponseWriter, r *request) bool {
		if seen.Add(1) <= n {
			return trouble(ctx, w, r)
		}
		return true
	}
}
