package sink

import (
	"encoding/json"
	"reflect"
)

// sameContent reports whether an ndjson record (lines have no other form) holds the same values as line
// seq, in any order and however escaped. It is slow, and only used for records
// that are not the bytes we would have written.
func (l *Ledger) sameContent(record []byte, seq uint64) bool {
	var got, want map[string]any
	if json.Unmarshal(record, &got) != nil {
		return false
	}
	if err := json.Unmarshal(l.set.Append([]byte{'{'}, seq), &want); err != nil {
		panic("BUG: a generated record is not JSON: " + err.Error())
	}
	if l.exact {
		want["_offset"] = float64(l.file.Offset(seq))
	} else {
		delete(got, "_offset")
	}
	return reflect.DeepEqual(got, want)
}
