package encode

import (
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

// gzipper is also the io.Writer its gzip.Writer writes to, so that one
// allocation serves for ever.
type gzipper struct {
	w   *gzip.Writer
	out []byte
}

// NewGzip returns a gzip compressor (RFC 1952) at the fastest level.
func NewGzip() senders.Compressor {
	g := &gzipper{}
	w, err := gzip.NewWriterLevel(g, gzip.BestSpeed)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	g.w = w
	return g
}

func (g *gzipper) ContentEncoding() string { return "gzip" }

func (g *gzipper) Append(dst, src []byte) []byte {
	g.out = dst
	g.w.Reset(g)
	if _, err := g.w.Write(src); err != nil {
		panic("BUG: gzip into memory failed: " + err.Error())
	}
	if err := g.w.Close(); err != nil {
		panic("BUG: gzip into memory failed: " + err.Error())
	}
	dst, g.out = g.out, nil
	return dst
}

// Write appends p to the output under way; it never fails.
func (g *gzipper) Write(p []byte) (int, error) {
	g.out = append(g.out, p...)
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
