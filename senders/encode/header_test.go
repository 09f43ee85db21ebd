package encode

import (
	"reflect"
	"testing"

	"logskiff/record"
	"logskiff/record/wire"
)

func header(t *testing.T, b *record.Batch, first, last int) wire.Header {
	t.Helper()
	line := string(AppendHeader(nil, b, first, last))
	h, err := wire.Parse(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return h
}

func TestHeaderCutsSegmentsToTheirRecords(t *testing.T) {
	b := newBatch(100, "a", "bb", "ccc") // at 100, 102, 105; ends at 109
	b.Segments[0].Start = 90             // bytes before the first record that hold none
	b.Segments[0].End = 120
	addSegment(b, &record.Stream{ID: record.StreamID{1}, Path: "/b", Origin: testStream.Origin}, 5, "d", "e")
	const a, z = "ab010000000000000000000000000000", "01000000000000000000000000000000"
	const path = "/var/log/nginx/access.log"
	for _, c := range []struct {
		first, last int
		want        []wire.Segment
	}{
		{0, 5, []wire.Segment{{Stream: a, Path: path, Start: 90, End: 120, Records: 3}, {Stream: z, Path: "/b", Start: 5, End: 9, Records: 2}}},
		{0, 1, []wire.Segment{{Stream: a, Path: path, Start: 90, End: 102, Records: 1}}},
		{1, 2, []wire.Segment{{Stream: a, Path: path, Start: 102, End: 105, Records: 1}}},
		{2, 4, []wire.Segment{{Stream: a, Path: path, Start: 105, End: 120, Records: 1}, {Stream: z, Path: "/b", Start: 5, End: 7, Records: 1}}},
	} {
		h := header(t, b, c.first, c.last)
		want := wire.Header{Version: 1, Host: "web-1", Source: "nginx", Tags: map[string]string{"env": "prod", "é": `"x"`}, Segments: c.want}
		if !reflect.DeepEqual(h, want) {
			t.Errorf("records %d to %d: got %+v", c.first, c.last, h)
		}
	}
}

func TestHeaderBearsAnyName(t *testing.T) {
	b := &record.Batch{}
	addSegment(b, &record.Stream{Path: "/ü/😀/\"\\\x00\x7f\n\xff"}, 0, "a")
	h := header(t, b, 0, 1)
	if got, want := h.Segments[0].Path, "/ü/😀/\"\\\x00\x7f\n\uFFFD"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if h.Tags != nil || h.Host != "" {
		t.Fatalf("got %+v", h)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("/var/log/ü", "host", "key", "value")
	f.Fuzz(func(t *testing.T, path, host, key, value string) {
		b := &record.Batch{}
		addSegment(b, &record.Stream{Path: path, Origin: &record.Origin{Host: host, Tags: []record.Tag{{Key: key, Value: value}}}}, 0, "a")
		h := header(t, b, 0, 1)
		if h.Segments[0].Path != wanted(path) || h.Host != wanted(host) || h.Tags[wanted(key)] != wanted(value) {
			t.Fatalf("got %+v", h)
		}
	})
}

// wanted is a text as a header may hold it: each byte that is not UTF-8 is U+FFFD.
func wanted(s string) string { return string([]rune(s)) }
