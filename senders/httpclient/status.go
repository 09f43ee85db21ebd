package httpclient

import (
	"net/http"
	"strings"

	"logskiff/senders"
)

// Verdict is what an answer means for the records, and what a person can do.
type Verdict struct {
	senders.Class
	Advice string // "": the answer says it itself
	// HeadersTooLarge: the request's headers were, and nothing else was looked at.
	HeadersTooLarge bool
}

// Classify sorts an answer by its status (RFC 9110, section 15) and, since proxies use
// 400 for what has statuses of its own, by what it says. Only an answer that looked
// at the records is Refused. A sender asks it about what its own protocol says nothing of. The
// table for people is in docs/protocol.md.
func (c *Client) Classify(a *Answer) Verdict {
	switch a.Status {
	case http.StatusUnauthorized:
		return held("check bearer or basic")
	case http.StatusPaymentRequired, http.StatusForbidden:
		return held("")
	case http.StatusNotFound, http.StatusGone, http.StatusRequestURITooLong:
		return held("check the path of the endpoint")
	case http.StatusMethodNotAllowed, http.StatusLengthRequired, http.StatusExpectationFailed, http.StatusPreconditionRequired,
		http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusNotExtended, http.StatusVariantAlsoNegotiates:
		return held("whatever answers there does not take batches; check the endpoint")
	case http.StatusUnsupportedMediaType:
		return held("it does not take this format or compression")
	case http.StatusProxyAuthRequired:
		return held("the proxy wants a name and a password: write them into proxy, HTTP_PROXY or HTTPS_PROXY, or name the host in NO_PROXY")
	case http.StatusMisdirectedRequest:
		return held("what answers is not meant for this name; check the endpoint's host and tls.server_name")
	case http.StatusTooEarly:
		return held("it came as TLS early data; a proxy on the way does not ask again itself")
	case http.StatusUpgradeRequired:
		return held("it wants another protocol than HTTP/1.1; check the endpoint")
	case http.StatusRequestHeaderFieldsTooLarge, 494:
		return headersTooLarge()
	case 495, 496:
		return held(certificateAdvice)
	case 497:
		return held(httpsAdvice)
	case http.StatusNetworkAuthenticationRequired:
		return held("a network on the way wants a login first")
	case http.StatusRequestEntityTooLarge:
		return Verdict{Class: senders.TooLarge}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return Verdict{Class: senders.Throttled}
	case http.StatusRequestTimeout:
		return Verdict{Class: senders.Retry}
	case http.StatusBadRequest:
		return c.badRequest(string(a.Body[:min(len(a.Body), maxSaid)]))
	}
	switch {
	case a.Status >= 200 && a.Status < 300:
		return Verdict{Class: senders.Delivered}
	case a.Status < 400: // 3xx, and a 1xx that should not end a request: not a receiver's answer
		return held("")
	case a.Status >= 500:
		return Verdict{Class: senders.Retry}
	}
	return Verdict{Class: senders.Refused}
}

const (
	headersAdvice     = "the headers are too large: use fewer or shorter tags and headers, or raise the limit there (nginx: large_client_header_buffers)"
	certificateAdvice = "it wants a client certificate that it trusts: check tls.cert and tls.key"
	httpsAdvice       = "it speaks TLS: write the endpoint with https://"
)

func held(advice string) Verdict { return Verdict{Class: senders.Held, Advice: advice} }

func headersTooLarge() Verdict {
	return Verdict{Class: senders.Held, Advice: headersAdvice, HeadersTooLarge: true}
}

// badRequest tells the 400s of servers and proxies that never read the body from a
// receiver's. They are known by the place of the text too: a receiver may well
// repeat a log line, and log lines hold such texts.
func (c *Client) badRequest(said string) Verdict {
	page := func(title string) bool { return strings.Contains(said, "<title>400 "+title+"</title>") } // nginx
	apache := func(text string) bool {
		return strings.HasPrefix(said, "<!DOCTYPE HTML PUBLIC") && strings.Contains(said, text)
	}
	starts := func(text string) bool { return strings.HasPrefix(strings.TrimSpace(said), text) }
	plain := c.url.Scheme == "http"
	switch {
	case plain && (page("The plain HTTP request was sent to HTTPS port") ||
		starts("Client sent an HTTP request to an HTTPS server.") || // Go
		apache("speaking plain HTTP to an SSL-enabled server port") ||
		starts("Bad Request\nThis combination of host and port requires TLS.")): // Tomcat
		return held(httpsAdvice)
	case page("No required SSL certificate was sent"), page("The SSL certificate error"):
		return held(certificateAdvice)
	case page("Request Header Or Cookie Too Large"), apache("Size of a request header field exceeds server limit"):
		return headersTooLarge()
	case starts("400 Bad Request: malformed Host header"), starts("400 Bad Request: missing required Host header"): // Go
		return held("check the host of the endpoint")
	}
	return Verdict{Class: senders.Refused}
}
