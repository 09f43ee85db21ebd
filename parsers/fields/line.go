package fields

import "logskiff/record"

// atLine is a step that a line that failed to parse can take: it does not touch what
// such a line has to keep.
type atLine interface{ failed(st *stage) }

// line does the steps to a record that is one text.
func (st *stage) line(i int) {
	r := st.r
	st.items = append(st.items[:0], st.constant(messageText), record.Field{Span: r.Text, Type: record.String})
	if r.Kind == record.Failed {
		st.items = append(st.items, st.constant(parseErrorText), st.put(st.b.Reasons[r.Reason]))
	}
	st.items = append(st.items, st.b.BroughtTo(r)...)
	own := len(st.items)
	st.changed = false
	for _, s := range st.steps {
		if r.Kind != record.Failed {
			s.pairs(st)
		} else if f, ok := s.(atLine); ok {
			f.failed(st)
		}
		if st.dropped {
			return
		}
	}
	if !st.changed {
		return
	}
	if len(st.items) == own && r.Brought == 0 && st.isMessage() {
		r.Text = st.items[1].Span
		return
	}
	if r.Kind == record.Failed {
		r.Flags |= record.Unparsed
	}
	st.store(i)
}

// isMessage says whether the first item still is the message, with another text.
func (st *stage) isMessage() bool {
	return st.items[0] == st.constant(messageText) && st.items[1].Type == record.String
}

// redactPiece redacts a piece of an overlong line.
func (st *stage) redactPiece() {
	for _, s := range st.steps {
		if s, ok := s.(*redact); ok && s.touches("message") {
			f := record.Field{Span: st.r.Text, Type: record.String}
			if s.value(st, &f) {
				st.r.Text = f.Span
			}
		}
	}
}
