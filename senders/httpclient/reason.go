package httpclient

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

// MaxReason is how many bytes of a reason people get to see.
const MaxReason = 512

// Reason is what a person reads about an answer that is not what was hoped for. advice may be "".
func (c *Client) Reason(a *Answer, advice string) string {
	why := strconv.Itoa(a.Status)
	if t := http.StatusText(a.Status); t != "" {
		why += " " + t
	}
	if to := a.Header.Get("Location"); to != "" && a.Status < 400 {
		why += fmt.Sprintf(": redirects are not followed; it points to %s", to)
	}
	if advice != "" {
		why += " (" + advice + ")"
	}
	if said := strings.TrimSpace(string(a.Body[:min(len(a.Body), maxSaid)])); said != "" {
		why += ": " + said
	}
	return c.Clean(why)
}

// Clean hides secrets, makes control and invisible characters harmless to a
// terminal, and cuts at MaxReason bytes.
func (c *Client) Clean(s string) string { return Clean(s, c.hide...) }

// Clean is Client.Clean for senders without one.
func Clean(s string, hide ...string) string {
	for _, secret := range hide {
		if secret == "" {
			continue // there is none
		}
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
		if b.Len()+len(piece) > MaxReason {
			break
		}
		b.WriteString(piece)
	}
	return b.String()
}
