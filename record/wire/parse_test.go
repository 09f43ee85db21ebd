package wire

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const (
	idA  = "00112233445566778899aabbccddeeff"
	good = `{"v":1,"host":"web-1","source":"nginx","tags":{"env":"prod"},"segments":[{"stream":"` + idA + `","path":"/var/log/a","start":10,"end":30,"records":2}]}`
)

func TestParseReadsWhatAnAgentSends(t *testing.T) {
	got, err := Parse(good)
	want := Header{Version: 1, Host: "web-1", Source: "nginx", Tags: map[string]string{"env": "prod"},
		Segments: []Segment{{Stream: idA, Path: "/var/log/a", Start: 10, End: 30, Records: 2}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestParseSkipsKeysOfLaterVersions(t *testing.T) {
	if _, err := Parse(strings.Replace(good, `"v":1`, `"v":1,"later":{"a":[1]}`, 1)); err != nil {
		t.Fatal(err)
	}
}

func TestParseRefusesWithTheReason(t *testing.T) {
	f := func(value, reason string) {
		t.Helper()
		_, err := Parse(value)
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s\n got %v, want %q", value, err, reason)
		}
	}
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	f("", "JSON")
	f("{", "JSON")
	f(good+"{}", "after top-level value")
	f(good+"\n", "not printable ASCII")
	f(with("web-1", "wéb"), "not printable ASCII")
	f("null", "version 0")
	f(with(`"v":1`, `"v":2`), "version 2 is not known")
	f(with(`"v":1`, `"v":"1"`), "cannot read")
	f(`{"v":1,"segments":[]}`, "no segments")
	f(with(idA, idA[1:]), "32 lower-case")
	f(with(idA, strings.ToUpper(idA)), "32 lower-case")
	f(with(`"start":10`, `"start":-1`), "not a range")
	f(with(`"end":30`, `"end":10`), "not a range")
	f(with(`"records":2`, `"records":0`), "0 records")
	f(with(`"records":2`, `"records":21`), "21 records cannot cover 20 bytes")
	f(with(`"end":30`, `"end":9223372036854775808`), "cannot read")
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add(`{"v":1,"segments":[{}]}`)
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		h, err := Parse(value)
		if err != nil {
			return
		}
		// What was taken must survive being written and read again.
		again, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		for i := range again {
			if again[i] >= 0x80 || again[i] == 0x7f { // the standard encoder does not escape these
				return
			}
		}
		h2, err := Parse(string(again))
		if len(h.Tags) == 0 {
			h.Tags, h2.Tags = nil, nil
		}
		if err != nil || !reflect.DeepEqual(h, h2) {
			t.Fatalf("%s became %s: %v", value, again, err)
		}
		for _, s := range h.Segments {
			if s.Start < 0 || s.End <= s.Start || s.Records < 1 || len(s.Stream) != 32 {
				t.Fatalf("taken: %+v", s)
			}
		}
	})
}
