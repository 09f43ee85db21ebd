package kafka

import (
	"logskiff/record"
	"logskiff/record/template"
	"logskiff/senders"
)

// A body has the values of its records, each with a newline behind it: what stands at its
// place without one has no value.

// valueOf returns the value in a record's part of a body. false: it has none.
func valueOf(part []byte) (value []byte, ok bool) {
	if len(part) == 0 {
		return nil, false
	}
	return part[:len(part)-1], true
}

// rawValues encodes lines as they were read.
type rawValues struct{}

func (rawValues) ContentType() string { return "text/plain" }

func (rawValues) Append(dst []byte, b *record.Batch, first, last int) []byte {
	dst, _ = rawValues{}.AppendMarked(dst, nil, b, first, last)
	return dst
}

// AppendMarked implements senders.Marking.
func (rawValues) AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32) {
	from := len(dst)
	for i := first; i < last; i++ {
		dst = append(append(dst, b.Bytes(b.Records[i].Text)...), '\n')
		ends = append(ends, uint32(len(dst)-from))
	}
	return dst, ends
}

// templateValues encodes what a template makes of records.
type templateValues struct{ t *template.Template }

func newTemplateValues(t *template.Template) senders.Encoder { return templateValues{t.Clone()} }

func (templateValues) ContentType() string { return "text/plain" }

func (e templateValues) Append(dst []byte, b *record.Batch, first, last int) []byte {
	dst, _ = e.AppendMarked(dst, nil, b, first, last)
	return dst
}

// AppendMarked implements senders.Marking.
func (e templateValues) AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32) {
	from := len(dst)
	in := template.Input{Batch: b}
	streams := b.Streams()
	for i := first; i < last; i++ {
		in.Record, in.Stream = &b.Records[i], streams.Of(i)
		var ok bool
		if dst, ok = e.t.Append(dst, &in); ok {
			dst = append(dst, '\n')
		}
		ends = append(ends, uint32(len(dst)-from))
	}
	return dst, ends
}
