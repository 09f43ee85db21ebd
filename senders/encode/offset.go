package encode

import (
	"strconv"

	"logskiff/record/wire"
)

const opening = `{"` + wire.OffsetKey + `":`

// opener writes the beginning of a record and remembers all but the last four
// digits of its offset, which the records after it mostly share.
type opener struct {
	high int64
	text []byte // opening and the digits of high
}

// append appends `{"_offset":n`.
func (o *opener) append(dst []byte, n int64) []byte {
	if n < 10_000 {
		return strconv.AppendInt(append(dst, opening...), n, 10)
	}
	high, low := n/10_000, uint32(n%10_000)
	if high != o.high {
		o.high = high
		o.text = strconv.AppendInt(append(o.text[:0], opening...), high, 10)
	}
	dst = append(dst, o.text...)
	return append(dst, byte('0'+low/1000), byte('0'+low/100%10), byte('0'+low/10%10), byte('0'+low%10))
}
