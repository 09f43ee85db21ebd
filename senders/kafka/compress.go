package kafka

import (
	"context"
	"runtime"

	"github.com/klauspost/compress/s2"
	"github.com/pierrec/lz4/v4"

	"logskiff/senders"
	"logskiff/senders/encode"
)

// codec is how the records of a batch are compressed, as its attributes say.
type codec uint8

const (
	noCodec codec = iota
	gzipCodec
	snappyCodec
	lz4Codec
	zstdCodec
)

func codecOf(name string) (codec, func() senders.Compressor) {
	switch name {
	case "zstd":
		return zstdCodec, encode.NewZstd
	case "gzip":
		return gzipCodec, encode.NewGzip
	case "lz4":
		return lz4Codec, newLZ4
	case "snappy":
		return snappyCodec, func() senders.Compressor { return snappy{} }
	}
	return noCodec, encode.NewNone
}

// press makes the records of batches, and compresses them.
type press struct {
	plain []byte
	senders.Compressor
}

// presses lends them, as many as there are cores: a compressor holds more than a megabyte, and works only
// while a core does.
type presses struct {
	free  chan *press // nil in it: one that was not made yet
	build func() senders.Compressor
}

func newPresses(build func() senders.Compressor) *presses {
	p := &presses{free: make(chan *press, runtime.GOMAXPROCS(0)), build: build}
	for range cap(p.free) {
		p.free <- nil
	}
	return p
}

// take waits for one. It fails only with the context's error.
func (p *presses) take(ctx context.Context) (*press, error) {
	select {
	case one := <-p.free:
		if one == nil {
			one = &press{Compressor: p.build()}
		}
		return one, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// give takes one back. A buffer that overlong lines made grow is not kept.
func (p *presses) give(one *press) {
	if cap(one.plain) > 2*maxPlain {
		one.plain = nil
	}
	p.free <- one
}

// snappy compresses to one block: https://github.com/google/snappy/blob/main/format_description.txt. Kafka's own
// clients write frames of another library around blocks, and read both.
type snappy struct{}

func (snappy) ContentEncoding() string { return "snappy" }

func (snappy) Append(dst, src []byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, s2.MaxEncodedLen(len(src)))...)
	return dst[:at+len(s2.EncodeSnappy(dst[at:], src))]
}

// newLZ4 returns a compressor to frames: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md.
func newLZ4() senders.Compressor {
	w := lz4.NewWriter(nil)
	if err := w.Apply(lz4.BlockSizeOption(lz4.Block256Kb)); err != nil {
		panic("BUG: " + err.Error())
	}
	return encode.Writing("lz4", w)
}
