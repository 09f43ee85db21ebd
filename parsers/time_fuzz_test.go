package parsers

import (
	"testing"
)

// FuzzTimeStage has every format read anything.
func FuzzTimeStage(f *testing.F) {
	f.Add("%Y-%m-%d %H:%M:%S.%f %z", "2026-11-21 02:20:47.5 +0100")
	f.Add("auto", "1795224047.5e3")
	f.Add("rfc3164", "Nov  1 02:20:47")
	f.Add("%j %p %s%Z", "325 am 1UTC")
	f.Fuzz(func(t *testing.T, format, text string) {
		p, err := NewTime(TimeConfig{Field: "t", Format: format, Zone: "Europe/Berlin"})
		if err != nil {
			return
		}
		b := newBatch(`{"t":`+text+`}`, `{"t":"`+text+`"}`)
		b.ReadAt = 1795224047e9
		before := string(b.Buf)
		Chain(jsonParser{}, p).Parse(b)
		checkSpans(t, b, before)
	})
}
