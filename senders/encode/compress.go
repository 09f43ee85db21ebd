package encode

import (
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/senders"
)

// GzipMemory and ZstdMemory are how many bytes one compressor holds at most
// beside its input and output, measured by a test.
const (
	GzipMemory = 1 << 20
	ZstdMemory = 3 << 19
)

type none struct{}

// NewNone returns a compressor that copies.
func NewNone() senders.Compressor { return none{} }

func (none) ContentEncoding() string       { return "" }
func (none) Append(dst, src []byte) []byte { return append(dst, src...) }

// NewGzip returns a gzip compressor (RFC 1952) at the fastest level.
func NewGzip() senders.Compressor {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return Writing("gzip", w)
}

// Compressors returns what makes those of a name that settings have: zstd, gzip or none; nil: there is no other.
func Compressors(name string) func() senders.Compressor {
	switch name {
	case "zstd":
		return NewZstd
	case "gzip":
		return NewGzip
	case "none":
		return NewNone
	}
	return nil
}

// Writer is what compresses to an io.Writer, one body after another.
type Writer interface {
	io.WriteCloser
	Reset(io.Writer)
}

// Writing returns a compressor of what w makes. name is its content encoding.
func Writing(name string, w Writer) senders.Compressor { return &writing{name: name, w: w} }

// writing is also the io.Writer that its writer writes to, so that one allocation serves for ever.
type writing struct {
	name string
	w    Writer
	out  []byte
}

func (z *writing) ContentEncoding() string { return z.name }

func (z *writing) Append(dst, src []byte) []byte {
	z.out = dst
	z.w.Reset(z)
	if _, err := z.w.Write(src); err != nil {
		panic("BUG: " + z.name + " into memory failed: " + err.Error())
	}
	if err := z.w.Close(); err != nil {
		panic("BUG: " + z.name + " into memory failed: " + err.Error())
	}
	dst, z.out = z.out, nil
	return dst
}

// Write appends p to the output under way; it never fails.
func (z *writing) Write(p []byte) (int, error) {
	z.out = append(z.out, p...)
	return len(p), nil
}

// zstdWindow bounds what a receiver must hold to decompress a body.
const zstdWindow = 512 << 10

type zstdCompressor struct{ e *zstd.Encoder }

// NewZstd returns a zstd compressor (RFC 8878) at the fastest level. Every body is one
// frame with a checksum.
func NewZstd() senders.Compressor {
	e, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(zstdWindow),
		zstd.WithLowerEncoderMem(true),
		zstd.WithZeroFrames(true)) // an empty body, too, is one that decompresses
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return &zstdCompressor{e}
}

func (z *zstdCompressor) ContentEncoding() string       { return "zstd" }
func (z *zstdCompressor) Append(dst, src []byte) []byte { return z.e.EncodeAll(src, dst) }
