package httpclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Probe asks for the headers of the client's URL on a new connection. Whatever answers
// is an answer: a receiver need not know HEAD, which changes nothing there (RFC 9110,
// section 9.3.2). Who closes the connection without an answer lives too.
func (c *Client) Probe(ctx context.Context) error {
	began := time.Now()
	lent := lend(nil)
	reply, err := c.fresh.RoundTrip(c.request(ctx, &Request{Method: http.MethodHead}, lent))
	if err == nil {
		return reply.Body.Close()
	}
	if ctx.Err() == nil && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil
	}
	return c.failure(err, fmt.Sprintf("cannot probe: %s", c.why(ctx, ctx, began, lent, err)))
}
