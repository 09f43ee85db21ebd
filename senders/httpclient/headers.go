package httpclient

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// checkHeader follows RFC 9110, section 5.
func checkHeader(name, value string, own []string) string {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if name == "" || strings.Trim(name, token) != "" {
		return "is not a header name"
	}
	switch strings.ToLower(name) {
	case "content-type", "content-encoding", "content-length", "transfer-encoding", "connection", "accept-encoding", "trailer":
		return "is set by the sender itself"
	case "authorization":
		return "belongs in bearer or basic, where it is kept secret"
	case "proxy-authorization":
		return "belongs in proxy, as http://user:password@host:3128"
	}
	if slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(o, name) }) {
		return "is set by the sender itself"
	}
	if !validHeaderValue(value) {
		return "has a value with a line break or another control character"
	}
	return ""
}

func validHeaderValue(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// fixedHeaders are the same in every request; they are never written to again.
func (c *Config) fixedHeaders(userAgent string) http.Header {
	h := http.Header{"User-Agent": {userAgent}}
	for k, v := range c.Headers {
		h.Set(k, v.Reveal())
	}
	switch {
	case c.Bearer != "":
		h.Set("Authorization", "Bearer "+c.Bearer.Reveal())
	case c.Basic.Username != "":
		h.Set("Authorization", "Basic "+c.Basic.encoded())
	}
	return h
}

func (b *Basic) encoded() string {
	return base64.StdEncoding.EncodeToString([]byte(b.Username + ":" + b.Password.Reveal()))
}

// secrets are what a destination may echo in its answer and people must not
// see. Custom headers count too: they often are API keys.
func (c *Config) secrets() []string {
	const tooShortToHide = 6 // hiding "1" would make every reason unreadable
	all := []string{c.Bearer.Reveal(), c.Basic.Password.Reveal()}
	if c.Basic != (Basic{}) {
		all = append(all, c.Basic.encoded())
	}
	for _, v := range c.Headers {
		all = append(all, v.Reveal())
	}
	if u, _, _ := parseProxy(c.Proxy.Reveal()); u != nil && u.User != nil {
		password, _ := u.User.Password()
		all = append(all, password, u.User.String())
	}
	var long []string
	for _, s := range all {
		if len(s) >= tooShortToHide {
			long = append(long, s)
		}
	}
	return long
}
