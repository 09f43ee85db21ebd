package httpclient

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/senders/httpclient/httpclienttest"
)

// packed returns text in gzip.
func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Bytes()
}

func TestAnAnswerOfMegabytesIsReadWithinABound(t *testing.T) {
	const want = 2 << 20
	d := httpclienttest.NewDestination(t)
	c := client(t, d.URL, nil)
	from := map[string]bool{}
	f := func(size int, how string, cut bool) {
		t.Helper()
		text := bytes.Repeat([]byte(`{"status":201},`), size/15)
		sent := text
		if how == "gzip" {
			sent = packed(text)
		}
		d.Handle(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("accepts %q", r.Header.Get("Accept-Encoding"))
			}
			if how == "gzip" {
				w.Header().Set("Content-Encoding", "gzip")
			}
			_, _ = w.Write(sent)
		})
		a, err := c.Do(t.Context(), &Request{Body: []byte("x"), Want: want})
		if err != nil || a.Status != 200 || a.Cut != cut || !bytes.Equal(a.Body, text[:min(len(text), want)]) {
			t.Errorf("%d bytes, %s: %d bytes came, cut %t, %v", size, how, len(a.Body), a.Cut, err)
		}
		from[d.Client()] = true
	}
	for _, how := range []string{"", "gzip"} {
		f(0, how, false)
		f(15, how, false)
		f(want-15, how, false)
	}
	if len(from) != 1 {
		t.Errorf("%d connections for answers that were read to their end", len(from))
	}
	f(want+100, "", true)
	f(8<<20, "", true)
	f(8<<20, "gzip", true) // a few KiB on the wire
}

// What unpacks to nothing for ever must end too: empty members of gzip, one after another.
func TestAnAnswerThatIsPackedForEverEnds(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	empty := packed(nil)
	d.Handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		for {
			if _, err := w.Write(empty); err != nil {
				return
			}
		}
	})
	if a, err := client(t, d.URL, nil).Do(t.Context(), &Request{Want: 1000}); err == nil || !strings.Contains(err.Error(), "has no end") {
		t.Errorf("%d bytes, %v", len(a.Body), err)
	}
}

// What an answer says is the outcome for its sender: half of it is none.
func TestAnAnswerThatIsCutOffIsNone(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	c := client(t, d.URL, nil)
	f := func(code int, encoding, text, want string) {
		t.Helper()
		d.Handle(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", "1000")
			if encoding != "" {
				w.Header().Set("Content-Encoding", encoding)
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
		a, err := c.Do(t.Context(), &Request{Body: []byte("x"), Want: 1 << 20})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d %s: %v, want %q", code, encoding, err, want)
		}
		if a.Status != code {
			t.Errorf("status %d, want %d", a.Status, code)
		}
	}
	f(200, "", `{"errors":false,`, "the answer cannot be read behind its first 16 bytes")
	f(200, "gzip", string(packed([]byte(`{"errors":false}`)))[:20], "the answer cannot be read")
	f(200, "gzip", "not gzip at all", "the answer cannot be read")
	f(200, "br", "\x0b\x02", "packed in a way that was not asked for (br)")
	f(429, "", "slow do", "") // the status says enough
	f(503, "br", "\x0b\x02", "")
}

func TestAnAnswerWithoutAnEndIsWaitedForUntilTheTimeout(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	stop := make(chan struct{})
	defer close(stop)
	d.Handle(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "so far")
		_ = http.NewResponseController(w).Flush()
		<-stop
	})
	httpclienttest.Slowly(t, func(limit time.Duration) error {
		c := client(t, d.URL, func(c *Config) { c.Timeout = conf.Duration(limit) })
		want := fmt.Sprintf("the answer did not end within %s (timeout): 6 bytes of it came", limit)
		if _, err := c.Do(t.Context(), &Request{Body: []byte("x"), Want: 100}); err == nil || err.Error() != want {
			return fmt.Errorf("got %v, want %s", err, want)
		}
		return nil
	})
}

// A first byte that comes late is no fault, as long as the timeout is not over.
func TestASlowFirstByteIsWaitedFor(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	answer := make(chan struct{})
	d.Handle(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.AfterFunc(300*time.Millisecond, func() { close(answer) })
		<-answer
		w.WriteHeader(202)
	})
	if a, err := client(t, d.URL, nil).Do(t.Context(), &Request{Body: []byte("x")}); err != nil || a.Status != 202 {
		t.Errorf("got %+v, %v", a, err)
	}
}

// Whoever calls may have less time than the settings give: that limit is named then.
func TestTheCallersLimitIsNamedToo(t *testing.T) {
	d := httpclienttest.NewDestination(t)
	stop := make(chan struct{})
	defer close(stop)
	d.Handle(func(http.ResponseWriter, *http.Request) { <-stop })
	c := client(t, d.URL, nil)
	httpclienttest.Slowly(t, func(limit time.Duration) error {
		f := func(want string, do func(*testing.T) error) error {
			if err := do(t); err == nil || !strings.Contains(err.Error(), want+limit.String()) {
				return fmt.Errorf("got %v, want %s%s", err, want, limit)
			}
			return nil
		}
		if err := f("no answer within ", func(t *testing.T) error {
			_, err := c.Do(within(t, limit), &Request{Body: []byte("x")})
			return err
		}); err != nil {
			return err
		}
		return f("cannot probe: no answer within ", func(t *testing.T) error { return c.Probe(within(t, limit)) })
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte("text"), "", 10)
	f.Add(packed([]byte("some text that is packed")), "gzip", 10)
	f.Add(append(packed([]byte("a")), packed(nil)...), "x-gzip", 1)
	f.Add([]byte{0x1f, 0x8b}, "GZIP", 100)
	f.Fuzz(func(t *testing.T, text []byte, encoding string, want int) {
		want = min(max(want, 1), 1<<20)
		a := Answer{Status: 200, Header: http.Header{"Content-Encoding": {encoding}, "Retry-After": {strconv.Itoa(want)}}}
		err := a.read(bytes.NewReader(text), want)
		switch {
		case len(a.Body) > want:
			t.Errorf("%d bytes of %d", len(a.Body), want)
		case a.Cut && len(a.Body) != want:
			t.Errorf("cut at %d of %d", len(a.Body), want)
		case err == nil && encoding == "" && !a.Cut && !bytes.Equal(a.Body, text):
			t.Errorf("%q became %q", text, a.Body)
		}
		if r := (&Client{}).Reason(&a, ""); len(r) > MaxReason {
			t.Errorf("a reason of %d bytes", len(r))
		}
	})
}
