package encode

// marks notes where each record ends while a body is made of them, if anybody wants to know.
type marks struct {
	on   bool
	from int // length of dst before the first of them
	ends []uint32
}

func (m *marks) begin(dst []byte, ends []uint32) { *m = marks{on: true, from: len(dst), ends: ends} }

// end notes that a record ends where dst does.
func (m *marks) end(dst []byte) {
	if m.on {
		m.ends = append(m.ends, uint32(len(dst)-m.from))
	}
}

// longer notes that one byte more belongs to the last record.
func (m *marks) longer() {
	if m.on {
		m.ends[len(m.ends)-1]++
	}
}

// take returns what begin was given, with the ends behind it.
func (m *marks) take() []uint32 {
	ends := m.ends
	*m = marks{}
	return ends
}
