package record

// AppendCopy appends record i of b to dst, with text and fields of its own. Segments are the caller's. Columns become
// Pairs, so that records of different schemas can be in one batch.
func (b *Batch) AppendCopy(dst *Batch, i int) {
	r := b.Records[i]
	text := r.Text
	r.Text = dst.copyOf(b, text)
	switch r.Kind {
	case Columns:
		first, n := uint32(len(dst.Fields)), 0
		for c, name := range b.Schema.Columns {
			if f := b.Fields[int(r.Fields)+c]; f.Type != Absent {
				key := Span{Off: uint32(len(dst.Buf)), Len: uint32(len(name))}
				dst.Buf = append(dst.Buf, name...)
				dst.Fields = append(dst.Fields, Field{Span: key, Type: String})
				dst.copyField(b, f, text, r.Text)
				n++
			}
		}
		r.Kind, r.Fields, r.Reason = Pairs, first, uint16(n)
	case Pairs:
		first := uint32(len(dst.Fields))
		for _, f := range b.PairsOf(&r) {
			dst.copyField(b, f, text, r.Text)
		}
		r.Fields = first
	case Failed:
		r.Reason = dst.Reason(b.Reasons[r.Reason])
	}
	dst.Records = append(dst.Records, r)
}

func (b *Batch) copyOf(from *Batch, s Span) Span {
	at := uint32(len(b.Buf))
	b.Buf = append(b.Buf, from.Bytes(s)...)
	return Span{Off: at, Len: s.Len}
}

// copyField appends a field of a record whose text was copied already; most fields are parts of that.
func (b *Batch) copyField(from *Batch, f Field, text, copied Span) {
	switch {
	case f.Type == Absent:
		f.Span = Span{}
	case f.Off >= text.Off && f.Off+f.Len <= text.Off+text.Len:
		f.Off += copied.Off - text.Off
	default:
		f.Span = b.copyOf(from, f.Span)
	}
	b.Fields = append(b.Fields, f)
}

// Detach moves the memory of b's records and body to an empty batch, and leaves b with its segments and counts.
func (b *Batch) Detach() *Batch {
	spare := &Batch{Buf: b.Buf, Records: b.Records, Fields: b.Fields, Reasons: b.Reasons, Plain: b.Plain, Body: b.Body, Ends: b.Ends}
	spare.Reset()
	b.Buf, b.Records, b.Fields, b.Reasons, b.Plain, b.Body, b.Ends = nil, nil, nil, nil, nil, nil, nil
	b.Schema, b.BodyType = nil, ""
	return spare
}
