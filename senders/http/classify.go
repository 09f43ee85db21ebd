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

// verdict is what an answer means for the records, and what a person can do.
type verdict struct {
	senders.Class
	advice string // "": the answer says it itself
}

// classify sorts an answer by its status (RFC 9110, section 15) and, since proxies use
// 400 for what has statuses of its own, by what it says. Only an answer that looked
// at the records is Refused. The table for people is in docs/protocol.md.
func (e *endpoint) classify(status int, said []byte) verdict {
	switch status {
	case http.StatusUnauthorized:
		return verdict{senders.Held, "check bearer or basic"}
	case http.StatusPaymentRequired, http.StatusForbidden:
		return verdict{senders.Held, ""}
	case http.StatusNotFound, http.StatusGone, http.StatusRequestURITooLong:
		return verdict{senders.Held, "check the path of the endpoint"}
	case http.StatusMethodNotAllowed, http.StatusLengthRequired, http.StatusExpectationFailed, http.StatusPreconditionRequired,
		http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusNotExtended, http.StatusVariantAlsoNegotiates:
		return verdict{senders.Held, "whatever answers there does not take batches; check the endpoint"}
	case http.StatusConflict: // a stream belongs to another client, says the forwarder: a person must look
		return verdict{senders.Held, ""}
	case http.StatusUnsupportedMediaType:
		return verdict{senders.Held, "it does not take this format or compression"}
	case http.StatusProxyAuthRequired:
		return verdict{senders.Held, "the proxy wants a name and a password: write them into HTTP_PROXY or HTTPS_PROXY, or name the host in NO_PROXY"}
	case http.StatusMisdirectedRequest:
		return verdict{senders.Held, "what answers is not meant for this name; check the endpoint's host and tls.server_name"}
	case http.StatusTooEarly:
		return verdict{senders.Held, "it came as TLS early data; a proxy on the way does not ask again itself"}
	case http.StatusUpgradeRequired:
		return verdict{senders.Held, "it wants another protocol than HTTP/1.1; check the endpoint"}
	case http.StatusRequestHeaderFieldsTooLarge, 494:
		return verdict{senders.TooManySegments, headersAdvice}
	case 495, 496:
		return verdict{senders.Held, certificateAdvice}
	case 497:
		return verdict{senders.Held, httpsAdvice}
	case http.StatusNetworkAuthenticationRequired:
		return verdict{senders.Held, "a network on the way wants a login first"}
	case http.StatusRequestEntityTooLarge:
		return verdict{senders.TooLarge, ""}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return verdict{senders.Throttled, ""}
	case http.StatusRequestTimeout:
		return verdict{senders.Retry, ""}
	case http.StatusBadRequest:
		return e.badRequest(string(said))
	}
	switch {
	case status >= 200 && status < 300:
		return verdict{senders.Delivered, ""}
	case status < 400: // 3xx, and a 1xx that should not end a request: not a forwarder's answer
		return verdict{senders.Held, ""}
	case status >= 500:
		return verdict{senders.Retry, ""}
	}
	return verdict{senders.Refused, ""}
}

const (
	headersAdvice     = "the headers are too large: use fewer or shorter tags and headers, or raise the limit there (nginx: large_client_header_buffers)"
	certificateAdvice = "it wants a client certificate that it trusts: check tls.cert and tls.key"
	httpsAdvice       = "it speaks TLS: write the endpoint with https://"
)

// badRequest tells the 400s of servers and proxies that never read the body from a
// receiver's. They are known by the place of the text too: a receiver may well
// repeat a log line, and log lines hold such texts.
func (e *endpoint) badRequest(said string) verdict {
	page := func(title string) bool { return strings.Contains(said, "<title>400 "+title+"</title>") } // nginx
	apache := func(text string) bool {
		return strings.HasPrefix(said, "<!DOCTYPE HTML PUBLIC") && strings.Contains(said, text)
	}
	starts := func(text string) bool { return strings.HasPrefix(strings.TrimSpace(said), text) }
	plain := e.url.Scheme == "http"
	switch {
	case plain && (page("The plain HTTP request was sent to HTTPS port") ||
		starts("Client sent an HTTP request to an HTTPS server.") || // Go
		apache("speaking plain HTTP to an SSL-enabled server port") ||
		starts("Bad Request\nThis combination of host and port requires TLS.")): // Tomcat
		return verdict{senders.Held, httpsAdvice}
	case page("No required SSL certificate was sent"), page("The SSL certificate error"):
		return verdict{senders.Held, certificateAdvice}
	case page("Request Header Or Cookie Too Large"), apache("Size of a request header field exceeds server limit"):
		return verdict{senders.TooManySegments, headersAdvice}
	case starts("400 Bad Request: malformed Host header"), starts("400 Bad Request: missing required Host header"): // Go
		return verdict{senders.Held, "check the host of the endpoint"}
	}
	return verdict{senders.Refused, ""}
}

// segmentsOf returns how many segments the header of p lists.
func segmentsOf(p *senders.Payload) int {
	n := 0
	if p.Batch != nil {
		for i := range p.Batch.Segments {
			if s := &p.Batch.Segments[i]; max(p.First, s.First) < min(p.Last, s.First+s.N) {
				n++
			}
		}
	}
	return n
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
func (e *endpoint) reason(answer *http.Response, said []byte, advice string) string {
	why := strconv.Itoa(answer.StatusCode)
	if t := http.StatusText(answer.StatusCode); t != "" {
		why += " " + t
	}
	if to := answer.Header.Get("Location"); to != "" && answer.StatusCode < 400 {
		why += fmt.Sprintf(": redirects are not followed; it points to %s", to)
	}
	if advice != "" {
		why += " (" + advice + ")"
	}
	if said := strings.TrimSpace(string(said)); said != "" {
		why += ": " + said
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
