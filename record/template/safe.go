package template

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe is what a text is for: what its values may not bring into it, and what the template itself may not have. A value
// is written with _ for each character that is forbidden. The zero Safe forbids nothing.
type Safe struct {
	name string
	max  int // bytes
	// clean makes a value harmless that stands behind dst[from:], in a text that begins at dst[start].
	clean    func(dst []byte, start, from int) []byte
	notFirst string // characters that it cannot begin with
	// allows says whether the template may have a character.
	allows func(r rune) bool
}

// ForPath is for values that become parts of a file's path: one cannot bring a slash, a control character or a dot at its
// beginning, and has at most 200 bytes. The template may have slashes.
func ForPath() Safe {
	return Safe{"path", 4095, cleanPath, "", func(r rune) bool { return r >= ' ' && r != 0x7f && r != utf8.RuneError }}
}

// ForIndex is for names of indexes and data streams of Elasticsearch and OpenSearch: small letters, and none of
// \ / * ? " < > | , # : or space (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create).
func ForIndex() Safe {
	return Safe{"index", 255, func(dst []byte, start, from int) []byte {
		return cleanName(dst, start, from, unicode.ToLower, inIndex)
	}, "_-+", func(r rune) bool { return inIndex(r) && unicode.ToLower(r) == r }}
}

// ForTopic is for names of topics of Kafka: letters, digits, dots, _ and -
// (org.apache.kafka.common.internals.Topic).
func ForTopic() Safe {
	return Safe{"topic", 249, func(dst []byte, start, from int) []byte {
		return cleanName(dst, start, from, func(r rune) rune { return r }, inTopic)
	}, "", inTopic}
}

// SafeFor returns the Safe of that name: path, index or topic.
func SafeFor(name string) (Safe, bool) {
	for _, s := range []Safe{ForPath(), ForIndex(), ForTopic()} {
		if s.name == name {
			return s, true
		}
	}
	return Safe{}, false
}

// forbids says why the template cannot have a text, or "".
func (s Safe) forbids(text string) string {
	if s.allows == nil {
		return ""
	}
	for _, r := range text {
		if !s.allows(r) {
			return fmt.Sprintf("no %s can have %q in its name", s.name, r)
		}
	}
	return ""
}

func inIndex(r rune) bool {
	return r > ' ' && r != 0x7f && r != utf8.RuneError && !unicode.IsSpace(r) && !strings.ContainsRune(`\/*?"<>|,#:`, r)
}

func inTopic(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
}

// cleanName replaces what is forbidden. What a value would bring to the beginning of a name that has a meaning there
// (.kibana, __consumer_offsets, -all) is left out.
func cleanName(dst []byte, start, from int, to func(rune) rune, allowed func(rune) bool) []byte {
	at := from
	for i := from; i < len(dst); {
		if c := dst[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' { // always allowed, and most of what there is
			dst[at] = c
			i, at = i+1, at+1
			continue
		}
		r, n := utf8.DecodeRune(dst[i:])
		i += n
		if r = to(r); !allowed(r) {
			r = '_'
		}
		if at == start && strings.ContainsRune("._-+", r) {
			continue
		}
		if at+utf8.RuneLen(r) > i { // a small letter that is longer than its capital
			r = '_'
		}
		at += utf8.EncodeRune(dst[at:i], r)
	}
	return dst[:at]
}

const maxSegment = 200 // of the 255 bytes that a file's name can have

func cleanPath(dst []byte, _, from int) []byte {
	if len(dst)-from > maxSegment {
		dst = dst[:from+whole(dst[from:], maxSegment)]
	}
	for i := from; i < len(dst); i++ {
		if c := dst[i]; c == '/' || c < ' ' || c == 0x7f || c == '.' && i == from {
			dst[i] = '_'
		}
	}
	return dst
}
