package httpsend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Probe asks for the headers of the endpoint's path on a new connection. Whatever answers
// is an answer: a receiver need not know HEAD, which changes nothing there (RFC 9110,
// section 9.3.2). Who closes the connection without an answer lives too.
func (e *endpoint) Probe(ctx context.Context) error {
	h := make(http.Header, len(e.headers))
	for k, v := range e.headers {
		h[k] = v
	}
	r := &http.Request{
		Method: http.MethodHead, URL: e.url, Host: e.url.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	answer, err := e.fresh.RoundTrip(r.WithContext(ctx))
	if err == nil {
		return answer.Body.Close()
	}
	if ctx.Err() == nil && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil
	}
	return fmt.Errorf("cannot probe: %s", e.clean(err.Error()))
}
