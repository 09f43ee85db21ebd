package httpclient

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"logskiff/conf"
)

// ReadEndpoints reads the URLs of the key `endpoints`, of which there must be one. One
// without a path gets defaultPath. It returns those that can be used, and a
// *conf.FieldError for each of the others.
func ReadEndpoints(list []string, defaultPath string) (urls []*url.URL, errs []error) {
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	if len(list) == 0 {
		bad("endpoints", "must name at least one URL", `write endpoints = ["http://host:7711"]`)
	}
	seen := map[string]bool{}
	for i, e := range list {
		key := fmt.Sprintf("endpoints[%d]", i)
		u, msg, hint := ParseURL(e, defaultPath)
		switch {
		case msg != "":
			bad(key, msg, hint)
		case seen[u.String()]:
			bad(key, nameOf(u)+" is there twice", "remove one")
		default:
			seen[u.String()] = true
			urls = append(urls, u)
		}
	}
	return urls, errs
}

// AnyHTTPS says whether one of the URLs is https.
func AnyHTTPS(urls []*url.URL) bool {
	for _, u := range urls {
		if u.Scheme == "https" {
			return true
		}
	}
	return false
}

// ParseURL reads one http or https URL and adds the default path. The message of a URL
// that cannot be used never repeats it whole, since it may hold a password.
func ParseURL(s, defaultPath string) (u *url.URL, msg, hint string) {
	s = strings.TrimSpace(s)
	const want = `write it as "https://host:7711"`
	scheme, rest, found := strings.Cut(s, "://")
	switch {
	case !found || scheme != "http" && scheme != "https":
		return nil, "must begin with http:// or https://", want
	case strings.Contains(rest, "://"):
		return nil, "must be one URL", `write several as ["http://a:7711", "http://b:7711"]`
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, whyNoURL(rest), want
	}
	host := conf.CheckHostPort(u.Hostname(), u.Port())
	switch {
	case u.User != nil:
		return nil, "must not hold a user name or password", `use basic = { username = "...", password = "${file:/path}" }`
	case host != "":
		return nil, host, want
	case strings.HasSuffix(u.Host, ":"):
		return nil, "must have a port behind the colon", want
	case u.Fragment != "":
		return nil, "has a fragment (#...), which is never sent", "remove it"
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = defaultPath
	}
	return u, "", ""
}

// whyNoURL says what is wrong with what stands behind the scheme. It may hold a
// password, so nothing of it is shown.
func whyNoURL(rest string) string {
	authority, _, _ := strings.Cut(rest, "/")
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	if host, port, err := net.SplitHostPort(authority); err == nil && conf.CheckHost(host) == "" && port != "" {
		return "must have a number for its port"
	}
	switch {
	case strings.Count(authority, ":") > 1:
		return "must have [ and ] around an address of IPv6"
	case strings.ContainsAny(authority, " \t"):
		return "must not have a space in the name of a host"
	}
	return "is not a URL"
}

// nameOf is the URL as people may see it: a query can hold a token.
func nameOf(u *url.URL) string {
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// noProxy is the value of proxy that passes by those of the environment.
const noProxy = "none"

// parseProxy reads the key proxy; nil without a message: there is none, or the environment's.
func parseProxy(s string) (u *url.URL, msg, hint string) {
	const want = `write it as "http://host:3128", or "none"`
	if s == "" || s == noProxy {
		return nil, "", ""
	}
	scheme, rest, _ := strings.Cut(s, "://")
	switch scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, "must begin with http://, https:// or socks5://", want
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, whyNoURL(rest), want
	}
	if msg := conf.CheckHostPort(u.Hostname(), u.Port()); msg != "" {
		return nil, msg, want
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, "must end behind its port", want
	}
	return u, "", ""
}

// proxy returns what net/http asks for each request.
func (c *Config) proxy() func(*http.Request) (*url.URL, error) {
	u, _, _ := parseProxy(c.Proxy.Reveal())
	switch {
	case u != nil:
		return http.ProxyURL(u)
	case c.Proxy == noProxy:
		return nil
	}
	return http.ProxyFromEnvironment
}
