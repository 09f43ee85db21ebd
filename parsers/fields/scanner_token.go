package fields

import (
	"bytes"
	"strings"
)

// token looks for a credential that has s[i] in it.
func token(s []byte, i, done int) (from, to int) {
	switch s[i] {
	case ':':
		if len(s)-i > 3 && s[i+1] == '/' && s[i+2] == '/' {
			return userPassword(s, i+3)
		}
		return secret(s, i, done)
	case '=':
		return secret(s, i, done)
	case 'B', 'b':
		return credentials(s, i)
	case 'J':
		return webToken(s, i-2, done)
	case 'A':
		return accessKey(s, i)
	case '_':
		return prefixed(s, i-3, done, "gh", 4, 36)
	case 'x':
		return prefixed(s, i, done, "xox", 5, 15)
	}
	return 0, 0
}

// credentials finds what stands behind Bearer and Basic (RFC 6750, RFC 7617).
func credentials(s []byte, i int) (from, to int) {
	if i > 0 && isWord(s[i-1]) {
		return 0, 0
	}
	rest := s[i:]
	switch {
	case len(rest) > 7 && strings.EqualFold(view(rest[:7]), "bearer "):
		from = i + 7
	case len(rest) > 6 && strings.EqualFold(view(rest[:6]), "basic "):
		from = i + 6
	default:
		return 0, 0
	}
	for to = from; to < len(s) && (isWord(s[to]) || bytes.IndexByte([]byte("-.~+/="), s[to]) >= 0); {
		to++
	}
	if to-from < 8 {
		return 0, 0
	}
	return from, to
}

// webToken finds a JSON Web Token (RFC 7519): its header begins with {" in base64.
func webToken(s []byte, i, done int) (from, to int) {
	if i < done || s[i] != 'e' || s[i+1] != 'y' || i > 0 && isBase64URL(s[i-1]) {
		return 0, 0
	}
	header := base64End(s, i)
	if header-i < 8 || header >= len(s) || s[header] != '.' {
		return 0, 0
	}
	to = base64End(s, header+1)
	if to == header+1 {
		return 0, 0
	}
	for to < len(s) && s[to] == '.' && base64End(s, to+1) > to+1 { // the signature, and more in encrypted ones
		to = base64End(s, to+1)
	}
	return i, to
}

func isBase64URL(c byte) bool { return isWord(c) || c == '-' }

func base64End(s []byte, i int) int {
	for i < len(s) && isBase64URL(s[i]) {
		i++
	}
	return i
}

// accessKey finds an AWS access key id
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
func accessKey(s []byte, i int) (from, to int) {
	const size = 20
	if len(s)-i < size || i > 0 && isWord(s[i-1]) {
		return 0, 0
	}
	if kind := string(s[i : i+4]); kind != "AKIA" && kind != "ASIA" {
		return 0, 0
	}
	for to = i + 4; to < len(s) && (s[to]-'0' <= 9 || s[to] >= 'A' && s[to] <= 'Z'); {
		to++
	}
	if to-i != size || to < len(s) && isWord(s[to]) {
		return 0, 0
	}
	return i, to
}

// prefixed finds tokens that begin with a kind of their own, of kindSize bytes: GitHub's
// (ghp_ and the like) and Slack's (xoxb-).
func prefixed(s []byte, i, done int, kind string, kindSize, least int) (from, to int) {
	if i < done || i > 0 && isWord(s[i-1]) || len(s)-i < kindSize+least || string(s[i:i+len(kind)]) != kind {
		return 0, 0
	}
	if c := s[i+kindSize-1]; c != '_' && c != '-' {
		return 0, 0
	}
	if to = base64End(s, i+kindSize); to-i < kindSize+least {
		return 0, 0
	}
	return i, to
}

// secret finds the value behind a word such as password or api_key and the = or : at s[i].
func secret(s []byte, i, done int) (from, to int) {
	name := keyWord(s, i, done)
	if name == noSecret {
		return 0, 0
	}
	from = i + 1
	if from < len(s) && s[from] == ' ' {
		from++
	}
	closing := byte(0)
	if from+1 < len(s) && s[from] == '\\' && s[from+1] == '"' {
		closing, from = '\\', from+2
	} else if from < len(s) && (s[from] == '"' || s[from] == '\'') {
		closing = s[from]
		from++
	}
	for to = from; to < len(s); to++ {
		c := s[to]
		if closing != 0 && c == closing || closing == 0 && bytes.IndexByte([]byte(" \t\r\n&,;)}]\"'<>|"), c) >= 0 {
			break
		}
	}
	if !looksSecret(s[from:to], name) {
		return 0, 0
	}
	return from, to
}

// longestAuthority is how far behind // the @ of a URL is looked for.
const longestAuthority = 512

// userPassword finds the password in scheme://user:password@host (RFC 3986, section 3.2.1); the
// authority begins at s[i].
func userPassword(s []byte, i int) (from, to int) {
	end := min(len(s), i+longestAuthority)
	for k := i; k < end; k++ {
		switch c := s[k]; {
		case c == ':' && from == 0:
			from = k + 1
		case c == '@' && from > 0 && k > from:
			to = k // a password with an unescaped @ ends at the last one
		case c <= ' ' || bytes.IndexByte([]byte("/?#\"'<>\\"), c) >= 0:
			end = k
		}
	}
	if to == 0 {
		return 0, 0
	}
	return from, to
}

// word is what a name says of its value.
type word uint8

const (
	noSecret     word = iota
	maybeSecret       // if it looks like one: "token: expired" is none
	surelySecret      // whatever it looks like
)

func looksSecret(value []byte, name word) bool {
	n := len(value)
	return n > 0 && (name == surelySecret || n >= 20 || n >= 8 && bytes.ContainsAny(value, "0123456789"))
}

// keyWord says what the word before s[i], perhaps in quotes, says of what follows it.
func keyWord(s []byte, i, done int) word {
	for i > done && s[i-1] == ' ' && i > 1 && s[i-2] != ' ' {
		i--
	}
	if i > done && (s[i-1] == '"' || s[i-1] == '\'') {
		i--
		if i > done && s[i-1] == '\\' {
			i--
		}
	}
	// The last letters of the word, small, without - and _.
	var low [16]byte
	at := len(low)
	for k := i; k > done && at > 0; k-- {
		c := s[k-1]
		if c == '-' || c == '_' {
			continue
		}
		if !isWord(c) {
			break
		}
		at--
		low[at] = c | 0x20
	}
	name := view(low[at:])
	if name == "" {
		return noSecret
	}
	sure, maybe := false, false
	switch name[len(name)-1] {
	case 'd':
		sure = endsIn(name, "password", "passwd", "pwd")
	case 'e':
		sure, maybe = endsIn(name, "passphrase"), endsIn(name, "signature")
	case 't':
		sure = endsIn(name, "secret")
	case 'n':
		maybe = endsIn(name, "token")
	case 'y':
		maybe = endsIn(name, "apikey", "accesskey", "secretkey", "privatekey", "authkey")
	case 'h':
		maybe = endsIn(name, "auth")
	case 's':
		maybe = endsIn(name, "credentials")
	case 'l':
		maybe = endsIn(name, "credential")
	}
	switch {
	case sure:
		return surelySecret
	case maybe:
		return maybeSecret
	}
	return noSecret
}

func endsIn(word string, endings ...string) bool {
	for _, e := range endings {
		if strings.HasSuffix(word, e) {
			return true
		}
	}
	return false
}
