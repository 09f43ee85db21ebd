package agent

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"logskiff/senders"
	"logskiff/senders/encode"
)

// counted counts the compressors there are.
type counted struct {
	senders.Compressor
	at atomic.Bool // it works
}

func (c *counted) Append(dst, src []byte) []byte {
	if c.at.Swap(true) {
		panic("one compressor works for two")
	}
	defer c.at.Store(false)
	return c.Compressor.Append(dst, src)
}

func TestThereAreAsManyCompressorsAsCores(t *testing.T) {
	c := newCompressors()
	var made atomic.Int64
	var all []*senders.Sender
	for range 3 {
		s := &senders.Sender{NewCompressor: func() senders.Compressor {
			made.Add(1)
			return &counted{Compressor: encode.NewZstd()}
		}}
		c.share(s)
		all = append(all, s)
	}
	text := bytes.Repeat([]byte("some text to compress, more than once\n"), 1000)
	want := encode.NewZstd().Append(nil, text)
	var running sync.WaitGroup
	for range 50 { // workers of pipelines
		running.Go(func() {
			own := all[0].NewCompressor()
			for range 20 {
				if got := own.Append(nil, text); !bytes.Equal(got, want) {
					t.Error("a body is not what it would be alone")
				}
			}
		})
	}
	running.Wait()
	cores := runtime.GOMAXPROCS(0)
	if n := made.Load(); n > int64(3+cores) {
		t.Errorf("%d compressors were made for %d cores and 3 senders", n, cores)
	}
	for _, s := range all {
		s.NewCompressor().Append(nil, text)
	}
	if len(c.idle) > cores {
		t.Errorf("%d compressors are kept for %d cores", len(c.idle), cores)
	}
	plain := &senders.Sender{NewCompressor: encode.NewNone}
	c.share(plain)
	if got := plain.NewCompressor().Append(nil, text); !bytes.Equal(got, text) {
		t.Error("what is not compressed is not as it was")
	}
}
