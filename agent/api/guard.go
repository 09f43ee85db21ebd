package api

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// policy is sent with every answer: nothing but our own files may run, be shown, or be asked.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Guard stands before everything that is served to whoever can open a connection. It answers 421 to names that are not this
// host's loopback nor among names, so that a web page whose name was rebound to 127.0.0.1 learns nothing, and 403 to requests that
// another site has a browser make. names may be nil.
func Guard(names func() []string, next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !ours(r.Host, names) {
			http.Error(w, "this agent answers to localhost only", http.StatusMisdirectedRequest)
			return
		}
		if err := cross.Check(r); err != nil || slices.Contains(r.Header.Values("Origin"), "null") {
			fail(w, http.StatusForbidden, "cross_origin", "another site may not make requests here", "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ours(host string, names func() []string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	return names != nil && slices.Contains(names(), host)
}
