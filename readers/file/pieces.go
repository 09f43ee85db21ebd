package file

import (
	"bytes"

	"logskiff/readers/lines"
)

// A message of a container whose pieces had to be put into several records (the file was idle for `flush`
// between them, or max_lines or max_bytes were reached) must not look whole: records that go on
// with one are marked. What says so stands before them, so a restart reads it again there.

// unknownWaits is the state of a file that was read before this start.
const unknownWaits lines.State = 1 << 7

// pieceLookBack is how far before the cursor the last piece of each stream is looked for. Runtimes cut
// messages into pieces of 16 KiB.
const pieceLookBack = 128 << 10

// waitingPieces returns the streams that wait for more pieces where t begins to read.
func (t *turn) waitingPieces(r *Reader) lines.State {
	switch {
	case !r.cut.JoinsPieces():
		return 0
	case t.waiting != unknownWaits:
		return t.waiting.Waits()
	case r.cut.Charset().Decodes(): // no runtime writes anything but UTF-8
		return 0
	}
	back := min(t.read-t.at, pieceLookBack)
	text, err := t.more(nil, int(back), t.read-back, int(back))
	if err != nil {
		return 0
	}
	if back < t.read-t.at { // the first line may be the end of one
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	return r.cut.WaitingBehind(text)
}

// goesOnWith has f, which was not read yet, begin with the messages that wait for more pieces where
// the file that had its name before ends: where f is not joined to it, that is.
func (f *file) goesOnWith(older *file) {
	if f.read > 0 {
		return
	}
	f.waiting = older.waiting
	if s := older.groupState; older.groupEnd > older.read {
		f.waiting = f.waiting.After(s)
	}
}
