package fields

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"logskiff/parsers"
	"logskiff/record"
)

// bring gives every record but the last a peer, as a reader does, and the first a time.
func bring(b *record.Batch) {
	for i := range b.Records[:len(b.Records)-1] {
		b.Buf = b.Brought.Add(b.Buf, "peer", fmt.Append(nil, "10.0.0.", i), record.String)
		b.Buf = b.Brought.Add(b.Buf, "port", fmt.Append(nil, 514+i), record.Number)
		at := int64(0)
		if i == 0 {
			at = 1e18
		}
		b.Records[i].Brought = b.Brought.End(at, 0)
	}
}

// What a reader brought is sent with each record, whatever a parser made of it, and steps see it as any other field.
func TestStepsSeeWhatAReaderBrought(t *testing.T) {
	f := func(kind string, steps []Step, lines []string, want ...string) {
		t.Helper()
		parser, stage := parsers.KeepTimes(newParser(t, kind)), parsers.Chain()
		if len(steps) > 0 {
			stage = newStage(t, steps...)
		}
		for range 2 {
			b := newBatch(lines...)
			bring(b)
			parser.Parse(b)
			stage.Parse(b)
			if got := encoded(t, b); !slices.Equal(got, want) {
				t.Fatalf("%s: got\n%s\nwant\n%s", kind, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	at := `"time":"2001-09-09T01:46:40Z",`
	rename := []Step{{Rename: map[string]string{"peer": "client"}}, {Drop: []string{"port", "http_b"}}}

	f("raw", nil, []string{"a", "b", "c"}, at+`"peer":"10.0.0.0","port":514,"message":"a"`, `"peer":"10.0.0.1","port":515,"message":"b"`, `"message":"c"`)
	f("raw", rename, []string{"a", "b", "c"}, at+`"message":"a","client":"10.0.0.0"`, `"message":"b","client":"10.0.0.1"`, `"message":"c"`)

	lines := []string{"x|y|z|200", "broken", "x|y|z|404", "x|y|z|500"}
	f(columns, nil, lines,
		at+`"peer":"10.0.0.0","port":514,"http_a":"x","http_b":"y","http_c":"z","status":200`,
		`"peer":"10.0.0.1","port":515,"message":"broken","parse_error":"no match for nginx format at $http_a"`,
		`"peer":"10.0.0.2","port":516,"http_a":"x","http_b":"y","http_c":"z","status":404`,
		`"http_a":"x","http_b":"y","http_c":"z","status":500`)
	f(columns, rename, lines,
		at+`"client":"10.0.0.0","http_a":"x","http_c":"z","status":200`,
		`"peer":"10.0.0.1","port":515,"message":"broken","parse_error":"no match for nginx format at $http_a"`,
		`"client":"10.0.0.2","http_a":"x","http_c":"z","status":404`,
		`"http_a":"x","http_c":"z","status":500`)
	f("json", rename, []string{`{"a":1}`, `{}`}, at+`"client":"10.0.0.0","a":1`, ``)
	f("logfmt", rename, []string{`a=1`, `a=2`}, at+`"client":"10.0.0.0","a":1`, `"a":2`)
}

// A field of a text cannot pretend to be what the reader says.
func TestWhatWasBroughtComesBeforeATextsOwn(t *testing.T) {
	b := newBatch(`{"peer":"forged"}`, `{}`)
	bring(b)
	newParser(t, "json").Parse(b)
	stage := newStage(t, Step{Keep: []string{"peer"}})
	stage.Parse(b)
	if got := encoded(t, b)[0]; !strings.HasPrefix(got, `"peer":"10.0.0.0"`) {
		t.Errorf("got %s", got)
	}
}

func TestStepsOnWhatWasBroughtTakeNoMemory(t *testing.T) {
	for kind, line := range map[string]string{columns: "x|y|z|200", "json": `{"a":1}`, "logfmt": "a=1", "raw": "a"} {
		var lines []string
		for range 100 {
			lines = append(lines, line)
		}
		b, p := newBatch(lines...), newParser(t, kind)
		stage := newStage(t, Step{Rename: map[string]string{"peer": "client"}})
		text, records := len(b.Buf), slices.Clone(b.Records)
		pass := func() {
			b.Buf, b.Records, b.Fields, b.Schema = b.Buf[:text], append(b.Records[:0], records...), b.Fields[:0], nil
			b.Brought.Reset()
			for i := range b.Records {
				b.Buf = b.Brought.Add(b.Buf, "peer", []byte("10.0.0.1"), record.String)
				b.Records[i].Brought = b.Brought.End(0, 0)
			}
			p.Parse(b)
			stage.Parse(b)
		}
		pass()
		if n := testing.AllocsPerRun(50, pass); n > 0 {
			t.Errorf("%s: %v allocations for 100 records", kind, n)
		}
	}
}
