package encode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"logskiff/record"
	"logskiff/record/jsontext"
)

// Names that documents have beside those of records.
const (
	TimeName   = "@timestamp"
	OriginName = "logskiff"
	// movedTo stands before a record's own name where that is one of these.
	movedTo = "fields."
)

// documentFacts are what a document can say of where its record came from, in the order in which it does.
var documentFacts = [...]string{"host", "source", "path", "tags", "stream", "offset"}

// Document writes records as documents of stores that index them (Elasticsearch and its kin):
//
//	{"logskiff":{"host":…,"source":…,"path":…,"tags":{…},"stream":…,"offset":N},
//	 what NDJSON writes between its time and its end, "@timestamp":"…"}
//
// Unlike in NDJSON, each name is there once, since such stores refuse objects that repeat one: of equal names the first counts.
// Every document has a time: the record's or, with "time_from":"read", when it was read. An own member @timestamp that is a
// time of RFC 3339 is the record's where nobody found another. Other fields that are called @timestamp or logskiff are kept as
// fields.@timestamp and fields.logskiff.
//
// A Document belongs to one goroutine.
type Document struct {
	facts []string
	clock clock
	names names

	stream *record.Stream // that origin is of
	origin []byte         // `{"logskiff":{…`, up to the offset

	schema *record.Schema // that plain is about
	plain  bool           // its names are all different, and none is ours
}

// CheckFacts returns an error that a person can act on when names are not what NewDocument takes: some of "host",
// "source", "path", "tags", "stream", "offset".
func CheckFacts(names []string) error {
	for i, n := range names {
		if !slices.Contains(documentFacts[:], n) {
			return fmt.Errorf("%q is not known", n)
		}
		if slices.Contains(names[:i], n) {
			return fmt.Errorf("%q is named twice", n)
		}
	}
	return nil
}

// FactNames returns what CheckFacts takes, for people.
func FactNames() string { return strings.Join(documentFacts[:], ", ") }

// NewDocument returns one that says the given facts, which must have passed CheckFacts.
func NewDocument(facts []string) *Document {
	if err := CheckFacts(facts); err != nil {
		panic("BUG: " + err.Error())
	}
	return &Document{facts: slices.Clone(facts)}
}

// Append appends record r of b, from s, without a newline behind it.
func (d *Document) Append(dst []byte, b *record.Batch, r *record.Record, s *record.Stream) []byte {
	dst = d.appendOrigin(dst, r, s)
	d.names.begin()
	replaced, timed := r.Flags&record.BadUTF8 != 0, false
	if r.Brought != 0 {
		dst, replaced = d.appendPairs(dst, b, b.BroughtTo(r), replaced)
	}
	switch {
	case r.Kind == record.Object:
		dst, timed = d.appendMembers(dst, b.Bytes(r.Text), r)
	case r.Kind == record.Columns && r.Brought == 0 && d.isPlain(b.Schema):
		dst, replaced = appendColumns(dst, b, r, replaced)
	case r.Kind == record.Columns:
		dst, replaced = d.appendColumns(dst, b, r, replaced)
	case r.Kind == record.Pairs:
		dst, replaced = d.appendPairs(dst, b, b.PairsOf(r), replaced)
	default:
		dst, replaced = appendMessage(dst, b, r, replaced)
	}
	if replaced {
		dst = d.appendFact(dst, `"invalid_utf8"`, "true")
	}
	if !timed {
		dst = d.appendTime(dst, b, r)
	}
	dst = append(dst, '}')
	return dst
}

// appendTime appends the time of a record, which it always has.
func (d *Document) appendTime(dst []byte, b *record.Batch, r *record.Record) []byte {
	at, zone := r.Time, r.Zone
	if at == 0 {
		at, zone = b.ReadAt, 0
	}
	if r.Time == 0 || r.Flags&record.ReadTime != 0 {
		dst = d.appendFact(dst, `"time_from"`, `"read"`)
	}
	dst = append(dst, `,"`+TimeName+`":"`...)
	return append(d.clock.append(dst, at, zone), '"')
}

// appendFact appends a member that the record may have, too: an agent wrote it, and this is a forwarder.
func (d *Document) appendFact(dst []byte, name, value string) []byte {
	from := len(dst) + 1
	dst = append(append(dst, ','), name...)
	if !d.names.isNew(dst, from) {
		return dst[:from-1]
	}
	return append(append(dst, ':'), value...)
}

// appendOrigin appends the brace and the member that says where a record came from.
func (d *Document) appendOrigin(dst []byte, r *record.Record, s *record.Stream) []byte {
	if s == nil {
		s = &record.Stream{}
	}
	if d.stream != s {
		d.setOrigin(s)
	}
	dst = append(dst, d.origin...)
	if slices.Contains(d.facts, "offset") {
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, `"offset":`...)
		dst = strconv.AppendInt(dst, r.Offset, 10)
	}
	return append(dst, '}')
}

func (d *Document) setOrigin(s *record.Stream) {
	o := append(d.origin[:0], `{"`+OriginName+`":{`...)
	begins := len(o)
	for _, fact := range documentFacts[:] {
		if !slices.Contains(d.facts, fact) || fact == "offset" || fact == "tags" && len(origin(s).Tags) == 0 || fact == "path" && s.Path == "" {
			continue
		}
		if len(o) > begins {
			o = append(o, ',')
		}
		o = append(append(append(o, '"'), fact...), `":`...)
		o = appendFact(o, fact, s)
	}
	d.stream, d.origin = s, o
}

// isPlain says whether no name of a schema is ours, or there twice.
func (d *Document) isPlain(s *record.Schema) bool {
	if d.schema != s {
		d.schema, d.plain = s, true
		for i, c := range s.Columns {
			d.plain = d.plain && !slices.Contains([]string{TimeName, OriginName, "time_from", "invalid_utf8"}, c) && !slices.Contains(s.Columns[:i], c)
		}
	}
	return d.plain
}

// isOurs says whether a quoted name is one that documents have beside those of records.
func isOurs(name []byte) bool {
	return jsontext.Says(name, TimeName) || jsontext.Says(name, OriginName)
}

// named decides about the name that stands in dst[from:], behind its comma. false: the object has it, and dst is as it was
// before the comma.
func (d *Document) named(dst []byte, from int) ([]byte, bool) {
	if isOurs(dst[from:]) {
		dst = slices.Insert(dst, from+1, []byte(movedTo)...)
	}
	if !d.names.isNew(dst, from) {
		return dst[:from-1], false
	}
	return dst, true
}

// appendPairs appends names and values by turns.
func (d *Document) appendPairs(dst []byte, b *record.Batch, fields []record.Field, replaced bool) ([]byte, bool) {
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1].Type == record.Absent {
			continue
		}
		from := len(dst) + 1
		var badName, badValue, isNew bool
		dst, badName = appendValue(append(dst, ','), b, &fields[i])
		if dst, isNew = d.named(dst, from); !isNew {
			continue
		}
		dst, badValue = appendValue(append(dst, ':'), b, &fields[i+1])
		replaced = replaced || badName || badValue
	}
	return dst, replaced
}

func (d *Document) appendColumns(dst []byte, b *record.Batch, r *record.Record, replaced bool) ([]byte, bool) {
	fields := b.Fields[r.Fields:]
	for i := range b.Schema.Columns {
		if fields[i].Type == record.Absent {
			continue
		}
		from := len(dst) + 1
		var bad, isNew bool
		key := b.Schema.Key(i) // `,"name":`
		if dst, isNew = d.named(append(dst, key[:len(key)-1]...), from); !isNew {
			continue
		}
		dst, bad = appendValue(append(dst, ':'), b, &fields[i])
		replaced = replaced || bad
	}
	return dst, replaced
}

// appendMembers appends those of an object. timed: one of them is the time of the document.
func (d *Document) appendMembers(dst, object []byte, r *record.Record) (_ []byte, timed bool) {
	for i := jsontext.Next(object, 0); i < len(object); {
		m := jsontext.At(object, i)
		i = jsontext.Next(object, m.End)
		name, value := object[m.Name.Off:m.Name.Off+m.Name.Len], object[m.Value.Off:m.End]
		from := len(dst) + 1
		if jsontext.Says(name, TimeName) {
			at, ok := timeOf(value)
			switch {
			case ok && r.Time == 0 && !timed:
				dst = append(append(dst, `,"`+TimeName+`":`...), value...)
				timed = true
				continue
			case ok && r.Time != 0 && at.Equal(time.Unix(0, r.Time)):
				continue // that is where it was found
			}
		}
		dst = append(append(dst, ','), name...)
		var isNew bool
		if dst, isNew = d.named(dst, from); isNew {
			dst = append(append(dst, ':'), value...)
		}
	}
	return dst, timed
}

// timeOf reads a quoted time of RFC 3339.
func timeOf(quoted []byte) (t time.Time, ok bool) {
	const shortest, longest = len(`"2006-01-02T15:04:05Z"`), len(`"2006-01-02T15:04:05.999999999+00:00"`)
	if len(quoted) < shortest || len(quoted) > longest || quoted[0] != '"' || quoted[11] != 'T' {
		return t, false
	}
	text := quoted[1 : len(quoted)-1]
	t, err := time.Parse(time.RFC3339Nano, unsafe.String(unsafe.SliceData(text), len(text))) // which keeps nothing of it but in an error
	return t, err == nil && t.Year() > 1678 && t.Year() < 2262                               // what nanoseconds in 64 bits can be, as of a record
}
