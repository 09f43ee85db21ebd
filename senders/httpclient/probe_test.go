package httpclient

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"logskiff/senders/httpclient/httpclienttest"
)

func TestAProbeTellsWhoAnswersFromWhoDoesNot(t *testing.T) {
	silent := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
	closing := httpclienttest.RawServer(t, func(_ int, c *net.TCPConn) { _, _ = http.ReadRequest(bufio.NewReader(c)) })
	d := httpclienttest.NewDestination(t)
	d.Handle(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.ContentLength != 0 {
			t.Errorf("%s with %d bytes", r.Method, r.ContentLength)
		}
		w.WriteHeader(http.StatusMethodNotAllowed)
	})
	for _, c := range []struct {
		name, url, want string
		within          time.Duration
	}{
		{"answers 405", d.URL, "", time.Minute},
		{"closes without an answer", closing, "", time.Minute},
		{"never answers", silent, "cannot probe", 200 * time.Millisecond},
		{"is not there", "http://" + httpclienttest.Nobody(t), "connection refused", time.Minute},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), c.within)
		err := open(t, c.url, nil).Probe(ctx)
		cancel()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
