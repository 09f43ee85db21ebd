package http

import (
	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders/encode"
)

// headerSize returns the length of the header of a batch from one file, whose offsets have
// as many digits as those of a terabyte, and the length that proxies and forwarders take.
func headerSize(o *record.Origin, path string) (size, most int) {
	const far = int64(1e12)
	b := &record.Batch{
		Segments: []record.Segment{{Stream: &record.Stream{Origin: o, Path: path}, Start: far, End: far + 1, N: 1}},
		Records:  make([]record.Record, 1),
	}
	return len(encode.AppendHeader(nil, b, 0, 1)), wire.MaxHeader
}
