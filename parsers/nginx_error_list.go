package parsers

import (
	"bytes"

	"logskiff/parsers/number"
	"logskiff/record"
)

// errorKey is one key of the list that nginx writes behind a message.
type errorKey struct {
	name   string // with the colon
	column int
	rank   int // its place in the list
	quoted bool
}

// errorKeys are all there are, first those that HTTP requests have.
var errorKeys = [...]errorKey{
	{"client: ", errorClient, 0, false},
	{"server: ", errorServer, 1, false},
	{`request: "`, errorRequest, 3, true},
	{`host: "`, errorHost, 6, true},
	{`upstream: "`, errorUpstream, 5, true},
	{`referrer: "`, errorReferrer, 7, true},
	{`subrequest: "`, errorSubrequest, 4, true},
	{"udp client: ", errorClient, 0, false},
	{`login: "`, errorLogin, 2, true},
	{"upstream: ", errorUpstream, 5, false}, // of the mail module
	{"bytes from/to client:", errorFromClient, 8, false},
	{"bytes from/to upstream:", errorFromUpstream, 9, false},
}

// errorItem is one pair of the list.
type errorItem struct {
	key          *errorKey
	at, from, to int // of its comma, and its value
}

// readErrorList stores the message at text[from:] and the list behind it. Backwards from
// the end, whatever looks like a pair is one, until the client, which is the first. A pair
// whose place is behind those found already has them in its value: nginx writes the
// Referer last, with whatever the client sent.
func readErrorList(text []byte, off uint32, from int, fields []record.Field) {
	var list [len(errorKeys)]errorItem // from the end
	n := 0
	for at := len(text); n == 0 || list[n-1].key.rank > 0; {
		comma := bytes.LastIndex(text[from:at], []byte(", "))
		if comma < 0 {
			break
		}
		at = from + comma
		key := errorKeyAt(text[at+2:])
		if key == nil {
			continue
		}
		before := n
		for before > 0 && list[before-1].key.rank <= key.rank {
			before--
		}
		item := errorItem{key, at, at + 2 + len(key.name), len(text)}
		if before > 0 {
			item.to = list[before-1].at
		}
		if key.takes(text[item.from:item.to]) {
			list[before] = item
			n = before + 1
		}
	}
	end := len(text)
	for _, item := range list[:n] {
		item.key.put(fields, text, off, item.from, item.to)
		end = item.at
	}
	fields[errorMessage] = record.Field{Span: record.Span{Off: off + uint32(from), Len: uint32(end - from)}, Type: record.String}
}

// errorKeyAt returns the key that text begins with.
func errorKeyAt(text []byte) *errorKey {
	if len(text) < 6 || text[0] < 'b' || text[0] > 'u' {
		return nil
	}
	for i := range errorKeys {
		k := &errorKeys[i]
		if len(text) >= len(k.name) && string(text[:len(k.name)]) == k.name {
			return k
		}
	}
	return nil
}

// takes reports whether this can be the value that nginx writes behind the key.
func (k *errorKey) takes(value []byte) bool {
	if k.quoted {
		return len(value) > 0 && value[len(value)-1] == '"'
	}
	if bytes.IndexByte(value, ' ') >= 0 {
		return false
	}
	if k.column < errorFromClient {
		return true
	}
	slash := bytes.IndexByte(value, '/')
	return slash >= 0 && number.Guessed(value[:slash]) && number.Guessed(value[slash+1:])
}

// put stores a value that the key takes.
func (k *errorKey) put(fields []record.Field, text []byte, off uint32, from, to int) {
	field := func(from, to int, kind record.Type) record.Field {
		return record.Field{Span: record.Span{Off: off + uint32(from), Len: uint32(to - from)}, Type: kind}
	}
	if k.quoted {
		to--
	}
	switch k.column {
	case errorRequest:
		splitRequest(fields[errorRequest:errorRequest+4:errorRequest+4], text[from:to], field(from, to, record.String))
	case errorFromClient, errorFromUpstream:
		slash := from + bytes.IndexByte(text[from:to], '/')
		fields[k.column], fields[k.column+1] = field(from, slash, record.Number), field(slash+1, to, record.Number)
	default:
		if from < to { // nginx writes "server: " where it has no name
			fields[k.column] = field(from, to, record.String)
		}
	}
}
