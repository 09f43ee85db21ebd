package encode

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"logskiff/senders"
)

func decompressed(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	switch encoding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var compressors = map[string]func() senders.Compressor{"": NewNone, "gzip": NewGzip, "zstd": NewZstd}

func TestCompressorsAppendWhatDecompressesToTheSame(t *testing.T) {
	big := strings.Repeat(strings.Join(accessLines(2000), "\n"), 4) // larger than the window
	for encoding, newCompressor := range compressors {
		t.Run("encoding="+encoding, func(t *testing.T) {
			c := newCompressor()
			if c.ContentEncoding() != encoding {
				t.Fatalf("ContentEncoding is %q", c.ContentEncoding())
			}
			for _, src := range []string{"", "a", big, "b"} {
				got := c.Append([]byte("kept"), []byte(src))
				if !bytes.HasPrefix(got, []byte("kept")) {
					t.Fatal("the bytes before are gone")
				}
				if string(decompressed(t, encoding, got[4:])) != src {
					t.Fatalf("%d bytes came back as others", len(src))
				}
			}
		})
	}
}

func TestCompressorsAllocateNothingPerBody(t *testing.T) {
	src := []byte(strings.Join(accessLines(2000), "\n"))
	for encoding, newCompressor := range compressors {
		c := newCompressor()
		dst := c.Append(nil, src)
		if n := testing.AllocsPerRun(20, func() { dst = c.Append(dst[:0], src) }); n > 0 {
			t.Errorf("%q: %v allocations a body", encoding, n)
		}
	}
}

// The memory of a compressor is part of what the agent promises to stay below.
func TestCompressorsStayBelowTheirStatedMemory(t *testing.T) {
	src := []byte(strings.Repeat(strings.Join(accessLines(2000), "\n"), 4))
	dst := make([]byte, 0, len(src))
	for encoding, most := range map[string]uint64{"": 0, "gzip": GzipMemory, "zstd": ZstdMemory} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		c := compressors[encoding]()
		c.Append(dst, src)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(c)
		if used := after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc); used > most+64<<10 {
			t.Errorf("%q keeps %d KiB, stated are %d", encoding, used>>10, most>>10)
		} else {
			t.Logf("%q keeps %d KiB", encoding, used>>10)
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	src := []byte(strings.Join(accessLines(2000), "\n"))
	for encoding, newCompressor := range compressors {
		b.Run("encoding="+encoding, func(b *testing.B) {
			c := newCompressor()
			dst := c.Append(nil, src)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				dst = c.Append(dst[:0], src)
			}
			b.ReportMetric(float64(len(src))/float64(len(dst)), "ratio")
		})
	}
}
