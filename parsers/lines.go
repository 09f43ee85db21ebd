package parsers

import (
	"slices"

	"logskiff/record"
)

// lineParser is what a format knows of one record.
type lineParser interface {
	// parse makes of record i of b what its format says, and returns "" or the constant reason why it cannot: then
	// what it appended to b.Fields and b.Buf is taken off again.
	parse(b *record.Batch, i int) (why string)
}

// locating is a lineParser that knows at which byte of its text, from 0, the last record that it could not read failed.
type locating interface{ failedAt() int }

// eachLine is the one loop over the records of a batch: p reads each but parts of overlong lines, and those that it cannot read Failed.
func eachLine(b *record.Batch, p lineParser) {
	place, _ := p.(locating)
	for i := range b.Records {
		if b.Records[i].Flags&record.Part != 0 {
			continue
		}
		fields, end := len(b.Fields), len(b.Buf)
		if why := p.parse(b, i); why != "" {
			b.Fields, b.Buf = b.Fields[:fields], b.Buf[:end]
			if place == nil {
				b.Fail(i, why)
			} else {
				b.FailAt(i, why, place.failedAt())
			}
		}
	}
}

// appendColumns makes r a Columns record and returns its n fields, all Absent: part of b.Fields, until that grows.
func appendColumns(b *record.Batch, r *record.Record, n int) []record.Field {
	base := len(b.Fields)
	b.Fields = slices.Grow(b.Fields, n)[:base+n]
	fields := b.Fields[base:]
	clear(fields)
	r.Kind, r.Fields = record.Columns, uint32(base)
	return fields
}
