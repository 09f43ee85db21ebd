package elasticsearch

import (
	"encoding/hex"
	"strconv"

	"logskiff/record"
	"logskiff/record/template"
	"logskiff/senders/encode"
)

// bulk encodes records as actions and documents by turns
// (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk). A record whose index lacks what the template
// names stands there with nothing.
type bulk struct {
	index    *template.Template
	opening  string // `{"create":{"_index":"`
	document *encode.Document
}

func newBulk(cfg *Config, index *template.Template) *bulk {
	return &bulk{index: index.Clone(), opening: `{"` + cfg.Action + `":{"_index":"`, document: encode.NewDocument(cfg.Origin)}
}

// ContentType returns "application/x-ndjson".
func (e *bulk) ContentType() string { return "application/x-ndjson" }

// Append implements senders.Encoder.
func (e *bulk) Append(dst []byte, b *record.Batch, first, last int) []byte {
	in := template.Input{Batch: b}
	streams := b.Streams()
	for i := first; i < last; i++ {
		in.Record, in.Stream = &b.Records[i], streams.Of(i)
		dst = e.appendOne(dst, &in)
	}
	return dst
}

// AppendMarked implements senders.Marking.
func (e *bulk) AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32) {
	from := len(dst)
	in := template.Input{Batch: b}
	streams := b.Streams()
	for i := first; i < last; i++ {
		in.Record, in.Stream = &b.Records[i], streams.Of(i)
		dst = e.appendOne(dst, &in)
		ends = append(ends, uint32(len(dst)-from))
	}
	return dst, ends
}

func (e *bulk) appendOne(dst []byte, in *template.Input) []byte {
	from := len(dst)
	dst, ok := e.index.Append(append(dst, e.opening...), in)
	if !ok {
		return dst[:from]
	}
	dst = append(dst, `","_id":"`...)
	dst = appendID(dst, in.Stream, in.Record.Offset)
	dst = append(dst, `"}}`+"\n"...)
	return append(e.document.Append(dst, in.Batch, in.Record, in.Stream), '\n')
}

// appendID appends what a record is known by: its stream and its offset. Documents of one stream have ids that begin alike,
// which costs an index little.
func appendID(dst []byte, s *record.Stream, offset int64) []byte {
	if s != nil {
		dst = hex.AppendEncode(dst, s.ID[:])
	}
	return strconv.AppendInt(append(dst, '-'), offset, 10)
}
