package parsers

import (
	"slices"
	"strings"
)

// apacheColumn says what a directive logs, or false when httpd has none of that
// letter. Sources: mod_log_config, and for %I %O %S %^FB mod_logio, for %{…}x and
// %{…}c mod_ssl, below http://httpd.apache.org/docs/2.4/mod/.
func apacheColumn(t apacheToken) (slot, bool) {
	text := func(name string) slot { return slot{name: name} }
	number := func(name string) slot { return slot{name: name, numeric: true, strict: true} }
	switch t.letter {
	case "a":
		if t.arg == "c" {
			return text("peer_addr"), true
		}
		return text("remote_addr"), true
	case "A":
		return text("server_addr"), true
	case "b":
		return slot{name: "body_bytes_sent", numeric: true, strict: true, take: takeBytes}, true
	case "B":
		return number("body_bytes_sent"), true
	case "D":
		return number("request_time_us"), true
	case "f":
		return text("request_filename"), true
	case "h":
		return text("remote_addr"), true
	case "H":
		return text("server_protocol"), true
	case "I":
		return number("request_length"), true
	case "k":
		return number("keepalive_requests"), true
	case "l":
		return text("remote_logname"), true
	case "L":
		return text("log_id"), true
	case "m":
		return text("request_method"), true
	case "O":
		return number("bytes_sent"), true
	case "p":
		switch t.arg {
		case "local":
			return number("local_port"), true
		case "remote":
			return number("remote_port"), true
		}
		return number("server_port"), true
	case "P":
		switch t.arg {
		case "tid":
			return number("tid"), true
		case "hextid":
			return text("tid_hex"), true
		}
		return number("pid"), true
	case "q":
		return slot{name: "args", take: takeQuery}, true
	case "r":
		return text("request"), true
	case "R":
		return text("handler"), true
	case "s":
		return number("status"), true
	case "S":
		return number("bytes_transferred"), true
	case "T":
		switch t.arg {
		case "ms", "us":
			return number("request_time_" + t.arg), true
		}
		return number("request_time"), true
	case "u":
		return text("remote_user"), true
	case "U":
		return text("uri"), true
	case "v":
		return text("server_name"), true
	case "V":
		return text("host"), true
	case "X":
		return slot{name: "connection_status", take: takeWord, width: 1}, true
	case "^FB":
		return number("first_byte_time_us"), true
	}
	return apacheNamed(t)
}

// apacheNamed is apacheColumn for directives that log something by its name.
func apacheNamed(t apacheToken) (slot, bool) {
	prefix, named := "", t.hasArg
	switch t.letter {
	case "i":
		prefix = "http_"
	case "o":
		prefix = "sent_http_"
	case "^ti":
		prefix = "trailer_"
	case "^to":
		prefix = "sent_trailer_"
	case "C":
		prefix = "cookie_"
	case "e":
		prefix = "env_"
	case "n":
		prefix = "note_"
	case "c":
		prefix = "ssl_"
	case "x": // its variables have names such as SSL_PROTOCOL
	default:
		named = false
	}
	name := plainName(prefix + t.arg)
	return slot{name: name}, named && name != ""
}

// plainName makes a name of a header's: in lower case, with _ for all but letters and digits.
func plainName(name string) string {
	plain := []byte(strings.ToLower(name))
	for i, c := range plain {
		if !isNameByte(c) {
			plain[i] = '_'
		}
	}
	return string(plain)
}

func hasRequestParts(all []slot) bool {
	return slices.ContainsFunc(all, func(s slot) bool { return slices.Contains(requestParts[:], s.name) })
}
