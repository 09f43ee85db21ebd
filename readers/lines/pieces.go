package lines

import "bytes"

// A message of a container whose pieces had to be put into several records must not look whole:
// records that go on with one are marked (record.Record.Continues).

// JoinsPieces reports whether lines can be pieces of containers' messages.
func (c *Cutter) JoinsPieces() bool { return c.rule != nil && c.rule.pieces }

// Waits returns the part of s that says which streams of a container wait for more pieces.
func (s State) Waits() State { return s & waits }

// After returns which streams wait for more pieces behind a group, where those of s did before it.
func (s State) After(group State) State {
	has := group / hasOut & waits
	return s&^has | group&waits
}

// WaitingBehind returns which streams wait for more pieces behind text, which ends with a whole line.
func (c *Cutter) WaitingBehind(text []byte) State {
	var s State
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte{'\n'})
		s, _ = c.rule.next(s, bytes.TrimSuffix(line, []byte{'\r'}))
	}
	return s & waits
}
