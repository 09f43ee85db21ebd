package elasticsearch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"logskiff/record"
	"logskiff/record/jsontext"
)

// wanted is what an answer shall say (filter_path): the outcome of each document, without repeating which it was.
const wanted = "errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason"

// said is what an answer says of one document.
type said struct {
	status               int
	kind, reason, caused []byte // quoted, or nil; they are the answer's
}

// allTaken counts the items of an answer that took all, in the form that wanted leaves of it. false: it has another form.
func allTaken(body []byte) (n int, ok bool) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"errors":false,"items":[{"`))
	action, _, found := bytes.Cut(rest[:min(len(rest), 16)], []byte(`"`))
	if !ok || !found {
		return 0, false
	}
	for {
		if rest, ok = bytes.CutPrefix(rest, action); !ok {
			return 0, false
		}
		if rest, ok = bytes.CutPrefix(rest, []byte(`":{"status":20`)); !ok || len(rest) < 4 || rest[0] > '1' || string(rest[1:3]) != "}}" {
			return 0, false
		}
		n++
		if rest = rest[3:]; string(rest) == "]}" {
			return n, true
		}
		if rest, ok = bytes.CutPrefix(rest, []byte(`,{"`)); !ok {
			return 0, false
		}
	}
}

// readAnswer reads an answer to a bulk request and calls each for its items, in their order, unless all were taken. It fails when it
// is none: then each may have been called.
func readAnswer(body []byte, each func(i int, s said)) (n int, _ error) {
	if n, ok := allTaken(body); ok {
		return n, nil
	}
	if !json.Valid(body) {
		return 0, errors.New("it is no JSON")
	}
	items, ok := member(body, "items")
	if !ok || items[0] != '[' {
		return 0, errors.New("it has no items")
	}
	for i := jsontext.NextElement(items, 0); i < len(items); n++ {
		e := jsontext.Element(items, i)
		i = jsontext.NextElement(items, int(e.Off+e.Len))
		s, err := readItem(of(items, e))
		if err != nil {
			return n, fmt.Errorf("item %d: %w", n, err)
		}
		each(n, s)
	}
	return n, nil
}

// readItem reads {"create":{"status":…,"error":{…}}}.
func readItem(item []byte) (s said, _ error) {
	if item[0] != '{' {
		return s, errors.New("it is no object")
	}
	at := jsontext.Next(item, 0)
	if at >= len(item) {
		return s, errors.New("it is empty")
	}
	m := jsontext.At(item, at)
	one := item[m.Value.Off:m.End]
	status, ok := member(one, "status")
	if !ok {
		return s, errors.New("it has no status")
	}
	var err error
	if s.status, err = strconv.Atoi(string(status)); err != nil {
		return s, errors.New("its status is no number")
	}
	if e, ok := member(one, "error"); ok {
		s.kind, s.reason, s.caused = readError(e)
	}
	return s, nil
}

// readError reads {"type":…,"reason":…,"caused_by":{"reason":…}}, or a text, as very old versions have it.
func readError(e []byte) (kind, reason, caused []byte) {
	if e[0] == '"' {
		return nil, e, nil
	}
	kind, reason = text(e, "type"), text(e, "reason")
	if c, ok := member(e, "caused_by"); ok {
		caused = text(c, "reason")
	}
	return kind, reason, caused
}

// refusal is what an answer that is no success says in words: its body, or the error in it.
func refusal(body []byte) []byte {
	if !json.Valid(body) {
		return body
	}
	e, ok := member(body, "error")
	if !ok {
		return body
	}
	kind, reason, caused := readError(e)
	if reason == nil {
		return body
	}
	return inWords(nil, kind, reason, caused)
}

// inWords appends what an error says.
func inWords(dst, kind, reason, caused []byte) []byte {
	for i, quoted := range [...][]byte{kind, reason, caused} {
		if quoted == nil {
			continue
		}
		if i > 0 && len(dst) > 0 {
			dst = append(dst, ": "...)
		}
		dst = jsontext.Unquote(dst, quoted)
	}
	return dst
}

// member returns the value of a member; false: value is no object, or has none of that name. The JSON was checked.
func member(value []byte, name string) (_ []byte, ok bool) {
	value = value[jsontext.SkipSpace(value, 0):]
	if value[0] != '{' {
		return nil, false
	}
	for i := jsontext.Next(value, 0); i < len(value); {
		m := jsontext.At(value, i)
		if jsontext.Says(of(value, m.Name), name) {
			return value[m.Value.Off:m.End], true
		}
		i = jsontext.Next(value, m.End)
	}
	return nil, false
}

// text is member for quoted strings; nil: there is none.
func text(value []byte, name string) []byte {
	if v, ok := member(value, name); ok && v[0] == '"' {
		return v
	}
	return nil
}

func of(s []byte, span record.Span) []byte { return s[span.Off : span.Off+span.Len] }
