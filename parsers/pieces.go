package parsers

import (
	"bytes"

	"logskiff/parsers/clocks"
	"logskiff/record"
)

// containerParser is what the parsers of both formats of containers' logs have. It belongs to one goroutine.
type containerParser struct {
	schema *record.Schema
	clock  clocks.RFC3339
	mixed  interleaved
	yes    record.Field // true, in the batch under way
}

// again returns one with the same settings.
func (c *containerParser) again() containerParser { return containerParser{schema: c.schema} }

// walk has p read each line, and makes records of the messages that it found among others'.
func (c *containerParser) walk(b *record.Batch, p lineParser) {
	b.Schema, c.yes = c.schema, appendTrue(b)
	eachLine(b, p)
	c.mixed.insert(b)
}

// containerPiece is what one line of a container's log says.
type containerPiece struct {
	time   int64
	zone   int16
	stderr bool
	more   bool // it is not the end of its message
	stream record.Field
	attrs  record.Field
	text   record.Span
	next   int // the next piece of the message; 0: there is none
}

// containerMessage is a message whose pieces stand among others'.
type containerMessage struct {
	first, last int // pieces
	at          int // where its first line begins in the record's text
}

// interleaved takes apart a record in which pieces of two streams stand: each message becomes a
// record. They divide the record's bytes where their first lines begin.
type interleaved struct {
	pieces   []containerPiece
	messages []containerMessage
	open     [2]int // by stream: its message that waits for more pieces, counted from 1
	after    []int
	records  []record.Record
}

func (v *interleaved) begin() {
	v.pieces, v.messages, v.open = append(v.pieces[:0], containerPiece{}), v.messages[:0], [2]int{}
}

// add takes a piece, whose line begins at text[at].
func (v *interleaved) add(p containerPiece, at int) {
	of := 0
	if p.stderr {
		of = 1
	}
	this := len(v.pieces)
	v.pieces = append(v.pieces, p)
	if v.open[of] == 0 {
		v.messages = append(v.messages, containerMessage{first: this, last: this, at: at})
		v.open[of] = len(v.messages)
	} else {
		m := &v.messages[v.open[of]-1]
		v.pieces[m.last].next, m.last = this, this
	}
	if !p.more {
		v.open[of] = 0
	}
}

// divide has each message be a record, the first in the place of record i, with the fields
// that put appends; continued says whether the message began in an earlier record. false: the record
// covers fewer bytes than there are messages.
func (v *interleaved) divide(b *record.Batch, i int, put func(m *containerMessage, continued bool)) bool {
	whole := b.Records[i]
	n := len(v.messages)
	if int(whole.Size) < n {
		return false
	}
	// Where the text is not what the stream has there, because it was decoded or goes on in another
	// stream, what is left of the bytes is divided as it must be.
	begins := func(k int) uint32 {
		if k == n {
			return whole.Size
		}
		return min(uint32(v.messages[k].at), whole.Size-uint32(n-k))
	}
	goesOn := whole.Continues()
	for k := range v.messages {
		m := &v.messages[k]
		first := &v.pieces[m.first]
		r := whole
		r.Offset, r.Size = whole.Offset+int64(begins(k)), begins(k+1)-begins(k)
		end := whole.Text.Len
		if k+1 < n {
			end = uint32(v.messages[k+1].at) - 1
			r.Flags &^= record.NoNewline
		}
		r.Text = record.Span{Off: whole.Text.Off + uint32(m.at), Len: end - uint32(m.at)}
		stream := streamBit(first.stderr)
		r.Kind, r.Fields, r.Time, r.Zone = record.Columns, uint32(len(b.Fields)), first.time, first.zone
		put(m, goesOn&stream != 0)
		goesOn &^= stream
		if k == 0 {
			b.Records[i] = r
			continue
		}
		v.after, v.records = append(v.after, i), append(v.records, r)
	}
	return true
}

// insert puts the records that were made into b.
func (v *interleaved) insert(b *record.Batch) {
	if len(v.records) > 0 {
		b.Insert(v.after, v.records)
		v.after, v.records = v.after[:0], v.records[:0]
	}
}

// streamBit is what Record.Continues calls a stream.
func streamBit(stderr bool) uint16 {
	if stderr {
		return 2
	}
	return 1
}

// isContinued reports whether the first message of a record began in an earlier one.
func isContinued(b *record.Batch, r *record.Record, stream record.Span) bool {
	return r.Continues() != 0 && r.Continues()&streamBit(isStderr(b, stream)) != 0
}

func isStderr(b *record.Batch, stream record.Span) bool {
	return bytes.Equal(b.Bytes(stream), []byte("stderr"))
}
