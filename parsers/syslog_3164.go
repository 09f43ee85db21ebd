package parsers

import "bytes"

// bsdHeader reads host, tag and message, all that is behind the time. Since nothing of
// it has a fixed form (RFC 3164, section 4.1), what looks like none of them is message.
func (l *syslogLine) bsdHeader() {
	rest := l.text[l.at:]
	if l.timed && !l.noHost {
		// A first word that looks like a tag comes from a local socket, where programs say no host.
		end := bytes.IndexByte(rest, ' ')
		if end > 0 && rest[end-1] != ':' && bytes.IndexByte(rest[:end], '[') < 0 {
			if end > 1 || rest[0] != '-' {
				l.set(syslogHost, l.at, l.at+end)
			}
			l.at += end + 1
		}
	}
	if bytes.HasPrefix(l.text[l.at:], []byte(": ")) { // Cisco ASA: "host : %ASA-6-302013: text"
		l.at += 2
	}
	l.tag()
	l.setMessage()
}

// tag reads "app: ", "app[pid]: " or "app[pid] ", if one of them is there.
func (l *syslogLine) tag() {
	rest := l.text[l.at:]
	end := bytes.IndexByte(rest, ' ')
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	next := min(l.at+end+1, len(l.text))
	if n := bytes.IndexByte(word, '['); n > 0 {
		closing := bytes.IndexByte(word[n:], ']')
		if closing < 0 {
			return
		}
		closing += n
		switch behind := word[closing+1:]; {
		case len(behind) == 0: // macOS writes no colon
		case behind[0] == ':':
			if len(behind) > 1 {
				next = l.at + closing + 2
			}
		default:
			return
		}
		l.set(syslogApp, l.at, l.at+n)
		if closing > n+1 {
			l.setPID(l.at+n+1, l.at+closing)
		}
		l.at = next
		return
	}
	if n := len(word) - 1; n > 0 && word[n] == ':' {
		l.set(syslogApp, l.at, l.at+n)
		l.at = next
	}
}
