package parsers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/record"
)

// readAt is a moment of a batch in tests.
func readAt(t testing.TB, rfc3339 string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixNano()
}

func newTime(t testing.TB, c TimeConfig) Parser {
	t.Helper()
	p, err := NewTime(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// timeOf describes a record's time in its own zone; "read": it is when it was read.
func timeOf(r *record.Record) string {
	if r.Flags&record.ReadTime != 0 {
		return "read"
	}
	return time.Unix(0, r.Time).In(time.FixedZone("", 60*int(r.Zone))).Format(time.RFC3339Nano)
}

// A record whose field says no time has the one that its reader knows.
func TestAReadersTimeIsBetterThanThatOfReading(t *testing.T) {
	b := &record.Batch{ReadAt: readAt(t, "2026-11-28T10:00:00Z"), Buf: []byte("x"), Records: make([]record.Record, 2)}
	b.Records[0].Brought = b.Brought.End(readAt(t, "2026-11-27T10:00:00Z"), 120)
	newTime(t, TimeConfig{Field: "ts", Format: "epoch"}).Parse(b)
	if got := timeOf(&b.Records[0]); got != "2026-11-27T12:00:00+02:00" {
		t.Errorf("the first is of %s", got)
	}
	if got := timeOf(&b.Records[1]); got != "read" {
		t.Errorf("the second is of %s", got)
	}
}

func TestTimeFormats(t *testing.T) {
	const now = "2026-11-21T12:00:00Z"
	f := func(format, zone, text, want string) {
		t.Helper()
		b := newBatch(text, text) // the second from the cache
		b.ReadAt = readAt(t, now)
		b.Schema = record.NewSchema([]string{"a", "ts"})
		for i := range b.Records {
			r := &b.Records[i]
			r.Kind, r.Fields = record.Columns, uint32(len(b.Fields))
			b.Fields = append(b.Fields, record.Field{}, record.Field{Span: r.Text, Type: record.String})
		}
		newTime(t, TimeConfig{Field: "ts", Format: format, Zone: zone}).Parse(b)
		for i := range b.Records {
			if got := timeOf(&b.Records[i]); got != want {
				t.Errorf("%q as %q: got %s, want %s", text, format, got, want)
			}
			if gone := b.Fields[2*i+1].Type == record.Absent; gone != (want != "read") {
				t.Errorf("%q as %q: the field was taken out: %v", text, format, gone)
			}
		}
		if want == "read" != (b.Untimed == 2) {
			t.Errorf("%q: %d records count as untimed", text, b.Untimed)
		}
	}
	const z = "UTC"
	f("auto", z, "2026-11-21T02:20:47.123456789+01:00", "2026-11-21T02:20:47.123456789+01:00")
	f("auto", z, "2026-11-21 02:20:47,5", "2026-11-21T02:20:47.5Z")
	f("auto", "Europe/Berlin", "2026-07-21T02:20:47", "2026-07-21T02:20:47+02:00")
	f("auto", z, "2026-11-21t02:20:47z", "2026-11-21T02:20:47Z")
	f("auto", z, "2026-11-21 02:20:47.000001 -0330", "2026-11-21T02:20:47.000001-03:30")
	f("auto", z, "2026-11-21 02:20:47 UTC", "2026-11-21T02:20:47Z")
	f("auto", z, "2026-11-21 02:20:47 +05", "2026-11-21T02:20:47+05:00")
	f("auto", z, "2026-11-21 02:20:47 CET", "read")
	f("auto", z, "2026-02-29T00:00:00Z", "read")
	f("auto", z, "2026-11-21T24:00:00Z", "read")
	f("auto", z, "2026-11-21", "read")
	f("auto", z, "", "read")
	f("auto", z, "-", "read")
	f("auto", z, "1795224047", "2026-11-21T01:20:47Z")
	f("auto", z, "1795224047.25", "2026-11-21T01:20:47.25Z")
	f("auto", z, "1795224047123", "2026-11-21T01:20:47.123Z")
	f("auto", z, "1795224047123.5", "2026-11-21T01:20:47.1235Z")
	f("auto", z, "1795224047123456", "2026-11-21T01:20:47.123456Z")
	f("auto", z, "1795224047123456789", "2026-11-21T01:20:47.123456789Z")
	f("auto", z, "1.795224047E9", "2026-11-21T01:20:47Z")
	f("auto", z, "-1.5", "1969-12-31T23:59:58.5Z")
	f("auto", z, "99999999999999999999", "read")
	f("auto", z, "12.3.4", "read")
	f("epoch", z, "1795224047123", "read") // the year 58858
	f("epoch_ms", z, "5", "1970-01-01T00:00:00.005Z")
	f("epoch_us", z, "5.5", "1970-01-01T00:00:00.0000055Z")
	f("epoch_ns", z, "1795224047123456789", "2026-11-21T01:20:47.123456789Z")
	f("rfc3339", z, "1795224047", "read")
	f("rfc1123", z, "Sat, 21 Nov 2026 02:20:47 GMT", "2026-11-21T02:20:47Z")
	f("rfc1123", z, "Sat, 21 Nov 2026 02:20:47 EST", "2026-11-21T02:20:47-05:00")
	f("rfc1123", z, "Sat, 1 Nov 2026 02:20:47 +0100", "2026-11-01T02:20:47+01:00")
	f("rfc3164", z, "Nov 21 02:20:47", "2026-11-21T02:20:47Z")
	f("rfc3164", "Europe/Berlin", "Nov  1 02:20:47", "2026-11-01T02:20:47+01:00")
	f("02/Jan/2006:15:04:05 -0700", z, "21/Nov/2026:02:20:47 +0100", "2026-11-21T02:20:47+01:00")
	f("2006/01/02 15:04:05", "Asia/Kolkata", "2026/11/21 02:20:47.25", "2026-11-21T02:20:47.25+05:30")
	f("Monday, January 2 2006 3:04:05 PM", z, "SATURDAY, november 21 2026 1:02:03 PM", "2026-11-21T13:02:03Z")
	f("2006-002", z, "2026-325", "2026-11-21T00:00:00Z")
	f("2006-002", z, "2026-366", "read")
	f("06-1-2 15h4.000", z, "26-11-21 2h20.125", "2026-11-21T02:20:00.125Z")
	f("%Y-%m-%d %H:%M:%S.%f %z", z, "2026-11-21 02:20:47.123456 +01:00", "2026-11-21T02:20:47.123456+01:00")
	f("%Y-%m-%d %H:%M:%S,%L", z, "2026-11-21 02:20:47,123", "2026-11-21T02:20:47.123Z")
	f("%FT%T.%9N%z", z, "2026-11-21T02:20:47.123456789Z", "2026-11-21T02:20:47.123456789Z")
	f("%d/%b/%Y:%H:%M:%S %z", z, "21/Nov/2026:02:20:47 +0100", "2026-11-21T02:20:47+01:00")
	f("%a %b %e %H:%M:%S %Y", z, "Sat Nov  7 02:20:47 2026", "2026-11-07T02:20:47Z")
	f("%s.%f", z, "1795224047.5", "2026-11-21T01:20:47.5Z")
	f("%s", z, "1795224047", "2026-11-21T01:20:47Z")
	f("%D %I:%M %p", z, "11/21/26 12:05 am", "2026-11-21T00:05:00Z")
	f("100%% %Y", z, "100% 2026", "2026-01-01T00:00:00Z")
	f("%j %H", z, "325 7", "2026-11-21T07:00:00Z")
	f("%H:%M:%S", z, "11:59:00", "2026-11-21T11:59:00Z")
	f("%H:%M:%S", z, "12:30:00", "2026-11-21T12:30:00Z") // their clock is ahead
	f("%H:%M:%S", z, "23:30:00", "2026-11-20T23:30:00Z")
	f("15:04:05", "Asia/Tokyo", "20:30:00", "2026-11-21T20:30:00+09:00")
	f("15:04:05", "Asia/Tokyo", "23:30:00", "2026-11-20T23:30:00+09:00")
	f("2006-01-02 15:04:05", z, strings.Repeat("9", 1<<20), "read")
	f("auto", z, strings.Repeat("9", 1<<20), "read")
	f("auto", z, "2026-11-21T02:20:47."+strings.Repeat("9", 1<<20)+"Z", "2026-11-21T02:20:47.999999999Z")
}

func TestAYearThatIsLeftOutIsTheLikelyOne(t *testing.T) {
	f := func(now, zone, text, want string) {
		t.Helper()
		b := newBatch(`{"ts":"` + text + `"}`)
		b.ReadAt = readAt(t, now)
		jsonParser{}.Parse(b)
		newTime(t, TimeConfig{Field: "ts", Format: "rfc3164", Zone: zone}).Parse(b)
		if got := timeOf(&b.Records[0]); got != want {
			t.Errorf("%s read at %s: got %s, want %s", text, now, got, want)
		}
	}
	f("2027-01-01T00:00:05Z", "UTC", "Dec 31 23:59:59", "2026-12-31T23:59:59Z")
	f("2027-01-01T00:00:05Z", "UTC", "Jan  1 00:00:00", "2027-01-01T00:00:00Z")
	f("2026-12-31T23:59:58Z", "UTC", "Jan  1 00:00:00", "2027-01-01T00:00:00Z")
	f("2026-12-31T23:30:00Z", "Europe/Berlin", "Jan  1 00:29:00", "2027-01-01T00:29:00+01:00")
	f("2026-12-31T23:30:00Z", "America/New_York", "Dec 31 18:29:00", "2026-12-31T18:29:00-05:00")
	f("2026-03-01T00:00:00Z", "UTC", "Apr  1 00:00:00", "2025-04-01T00:00:00Z")
	f("2026-03-01T00:00:00Z", "UTC", "Feb 29 00:00:00", "2024-02-29T00:00:00Z")
	f("2103-03-01T00:00:00Z", "UTC", "Feb 29 00:00:00", "2096-02-29T00:00:00Z")
	f("2026-03-01T00:00:00Z", "UTC", "Feb 30 00:00:00", "read")
}

func TestTheSameClockIsAnotherDayTomorrow(t *testing.T) {
	p := newTime(t, TimeConfig{Field: "ts", Format: "15:04", Zone: "UTC"})
	for _, now := range []string{"2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"} {
		b := newBatch(`{"ts":"03:00"}`)
		b.ReadAt = readAt(t, now)
		jsonParser{}.Parse(b)
		p.Parse(b)
		if got := timeOf(&b.Records[0]); got != now[:11]+"03:00:00Z" {
			t.Errorf("read at %s: got %s", now, got)
		}
	}
}

func TestOnlyTheFractionOfASecondIsReadAnew(t *testing.T) {
	f := func(format string, texts ...string) {
		t.Helper()
		var lines []string
		for _, s := range texts {
			lines = append(lines, `{"t":"`+s+`"}`)
		}
		b, p := newBatch(lines...), newTime(t, TimeConfig{Field: "t", Format: format, Zone: "Europe/Berlin"})
		b.ReadAt = readAt(t, "2026-11-21T12:00:00Z")
		Chain(jsonParser{}, p).Parse(b)
		for i := range lines {
			alone := newBatch(lines[i])
			alone.ReadAt = b.ReadAt
			Chain(jsonParser{}, p.Clone()).Parse(alone)
			if got, want := timeOf(&b.Records[i]), timeOf(&alone.Records[0]); got != want {
				t.Errorf("%s after others: got %s, want %s", texts[i], got, want)
			}
		}
	}
	f("auto", "2026-11-21T02:20:47.123Z", "2026-11-21T02:20:47.987Z", "2026-11-21T02:20:47.98xZ", "2026-11-21T02:20:47.1Z", "2026-11-21T02:20:48.123Z", "2026-11-21T02:20:48.123+01:00", "2026-11-21T02:20:48.123-01:00", "2026-11-21T02:20:48")
	f("auto", "1795224047.123", "1795224047.124", "-1795224047.12", "1795224048.123", "1795224048x123")
	f("%Y-%m-%d %H:%M:%S,%f", "2026-11-21 02:20:47,123456789012", "2026-11-21 02:20:47,999999999999", "2026-11-21 02:20:47,000000000000", "2026-11-21 02:20:47,+00000000000")
	f("Jan _2 15:04:05.000", "Nov 21 02:20:47.123", "Nov 21 02:20:47.456", "Dec 21 02:20:47.456", "Dec 21 02:20:47,456")
	f("15.000 04:05", "02.123 20:47", "02.456 20:47", "03.456 20:47")
}

func TestTimeOfObjects(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		b := newBatch(line)
		b.ReadAt = readAt(t, "2026-11-21T12:00:00Z")
		before := string(b.Buf)
		jsonParser{}.Parse(b)
		newTime(t, TimeConfig{Field: "t", Format: "auto"}).Parse(b)
		checkSpans(t, b, before)
		r := &b.Records[0]
		got := timeOf(r)
		b.EachField(r, func(name []byte, f record.Field) { got += " " + string(name) + "=" + string(b.Bytes(f.Span)) })
		if r.Kind == record.Object {
			got += " " + string(b.Bytes(r.Text))
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
	f(`{"t":1795224047,"a":{"t":[1,"}"]},"b":"x\"y"}`, `2026-11-21T01:20:47Z a={"t":[1,"}"]} b="x\"y"`)
	f(`{ "a" : -1.5e3 , "t" : "2026-11-21T01:20:47Z" , "c" : [ ] }`, `2026-11-21T01:20:47Z a=-1.5e3 c=[ ]`)
	f(`{"\u0074":"2026-11-21T01:20:47\u005a"}`, `2026-11-21T01:20:47Z`)
	f(`{"t":null,"a":1}`, `read {"t":null,"a":1}`)
	f(`{"t":"soon","a":1}`, `read {"t":"soon","a":1}`)
	f(`{"a":1}`, `read {"a":1}`)
	f(`{ }`, `read { }`)
	f(`no`, `read`)
}

func TestAFieldThatIsKeptLeavesTheObjectAlone(t *testing.T) {
	b := newBatch(`{"a":1,"t":1795224047}`)
	jsonParser{}.Parse(b)
	newTime(t, TimeConfig{Field: "t", Keep: true}).Parse(b)
	if r := b.Records[0]; r.Kind != record.Object || timeOf(&r) != "2026-11-21T01:20:47Z" {
		t.Fatalf("got %+v", r)
	}
}

func TestAFieldNamedTimeThatStaysIsNotTheRecordsTime(t *testing.T) {
	check := func(p Parser, c TimeConfig, line, want string) {
		t.Helper()
		b := newBatch(line)
		b.ReadAt = readAt(t, "2026-11-21T12:00:00Z")
		before := string(b.Buf)
		p.Parse(b)
		newTime(t, c).Parse(b)
		checkSpans(t, b, before)
		r := &b.Records[0]
		got := timeOf(r)
		b.EachField(r, func(name []byte, f record.Field) { got += " " + string(name) + "=" + string(b.Bytes(f.Span)) })
		if r.Kind == record.Object {
			got += " " + string(b.Bytes(r.Text))
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
	objects := jsonParser{}
	own, other := TimeConfig{Field: "time"}, TimeConfig{Field: "ts"}
	check(objects, own, `{"time":"soon","a":1}`, `read time_2="soon" a=1`)
	check(objects, own, `{"a":1,"ti\u006de":null}`, `read a=1 time_2=null`)
	check(objects, own, `{"time":1795224047,"a":1}`, `2026-11-21T01:20:47Z a=1`)
	check(objects, TimeConfig{Field: "time", Keep: true}, `{"a":1,"time":1795224047}`, `2026-11-21T01:20:47Z a=1 time_2=1795224047`)
	check(objects, other, `{"time":"soon","ts":1795224047}`, `2026-11-21T01:20:47Z time_2="soon"`)
	check(objects, other, `{"ts":1795224047,"time":"soon"}`, `2026-11-21T01:20:47Z time_2="soon"`)
	check(objects, other, `{"a":{"time":1}}`, `read {"a":{"time":1}}`)

	logfmt, err := NewLogfmt(DefaultLogfmt())
	if err != nil {
		t.Fatal(err)
	}
	check(logfmt, own, `time=soon a=1`, `read time_2=soon a=1`)
	check(logfmt, other, `time=soon ts=1795224047`, `2026-11-21T01:20:47Z time_2=soon`)

	c := DefaultCSV()
	c.Columns = []string{"time", "time_2", "ts"}
	csv, err := NewCSV(c)
	if err != nil {
		t.Fatal(err)
	}
	check(csv, own, `soon,a,b`, `read time_3=soon time_2=a ts=b`)
	check(csv, other, `soon,a,1795224047`, `2026-11-21T01:20:47Z time_3=soon time_2=a`)
}

func TestTheFieldWinsOverTheParsersTime(t *testing.T) {
	c := withFormat(`[$time_local] $arg_t`, "default")
	b := newBatch("[21/Nov/2026:02:20:47 +0100] 5", "[21/Nov/2026:02:20:47 +0100] x", "bad")
	b.Records = append(b.Records, record.Record{Flags: record.Part})
	b.ReadAt = 7
	newNginx(t, c).Parse(b)
	newTime(t, TimeConfig{Field: "arg_t", Format: "epoch_ns"}).Parse(b)
	for i, want := range []int64{5, 7, 7, 7} {
		if r := &b.Records[i]; r.Time != want || (r.Flags&record.ReadTime != 0) != (i > 0) {
			t.Errorf("line %d: %+v", i, r)
		}
	}
	if b.Untimed != 1 {
		t.Errorf("%d records are untimed, want the one that was parsed", b.Untimed)
	}
}

func TestTimeSettingsThatAreWrong(t *testing.T) {
	f := func(c TimeConfig, key string) {
		t.Helper()
		_, err := NewTime(c)
		bad, ok := errors.AsType[*conf.FieldError](err)
		if !ok || bad.Key != key {
			t.Errorf("%+v: got %v, want an error at %s", c, err, key)
		}
	}
	f(TimeConfig{}, "field")
	f(TimeConfig{Field: "a", Zone: "Mars/Olympus"}, "zone")
	f(TimeConfig{Field: "a", Format: "iso"}, "format")
	f(TimeConfig{Field: "a", Format: "%Q"}, "format")
	f(TimeConfig{Field: "a", Format: "%Y %"}, "format")
	f(TimeConfig{Field: "a", Format: "%p %Z"}, "format")
	f(TimeConfig{Field: "a", Format: "%Y-%m-%d %H:%m:%S"}, "format")
	f(TimeConfig{Field: "a", Format: "2006-01-02 15:01:05"}, "format")
	f(TimeConfig{Field: "a", Format: "2024-12-31 23:59:59"}, "format")
	f(TimeConfig{Field: "a", Format: "ISO8601"}, "format")
}

func TestTimeAllocatesNothingPerLine(t *testing.T) {
	f := func(c TimeConfig, line string) {
		t.Helper()
		var lines []string
		for i := range 50 {
			lines = append(lines, strings.Replace(line, "SS", string(rune('0'+i/10))+string(rune('0'+i%10)), 1))
		}
		if n := allocs(Chain(jsonParser{}, newTime(t, c)), lines); n > 0 {
			t.Errorf("%s: %v allocations", line, n)
		}
	}
	f(TimeConfig{Field: "t"}, `{"a":1,"t":"2026-11-21T02:20:SS.123Z"}`)
	f(TimeConfig{Field: "t"}, `{"a":1,"t":17952240SS.123}`)
	f(TimeConfig{Field: "t", Zone: "Europe/Berlin", Format: "%b %d %H:%M:%S"}, `{"a":1,"t":"Nov 21 02:20:SS"}`)
}

func BenchmarkTime(b *testing.B) {
	f := func(name, layout, format string) {
		b.Run("format="+name, func(b *testing.B) {
			at := time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC)
			batch := newBatch()
			batch.Schema = record.NewSchema([]string{"ts"})
			for i := range 2000 {
				text := at.Add(time.Duration(i) * 20 * time.Millisecond).Format(layout)
				batch.Records = append(batch.Records, record.Record{Kind: record.Columns, Fields: uint32(i)})
				batch.Fields = append(batch.Fields, record.Field{Span: record.Span{Off: uint32(len(batch.Buf)), Len: uint32(len(text))}, Type: record.String})
				batch.Buf = append(batch.Buf, text...)
			}
			batch.ReadAt = at.Add(time.Hour).UnixNano()
			p := newTime(b, TimeConfig{Field: "ts", Format: format, Zone: "Europe/Berlin", Keep: true})
			b.SetBytes(int64(len(batch.Buf)))
			b.ReportAllocs()
			for b.Loop() {
				p.Parse(batch)
			}
			if batch.Untimed != 0 {
				b.Fatal("a time was not read")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2000, "ns/line")
		})
	}
	f("auto", "2006-01-02T15:04:05.000Z07:00", "auto")
	f("strptime", "2006-01-02 15:04:05,000", "%Y-%m-%d %H:%M:%S,%f")
	f("rfc3164", "Jan _2 15:04:05", "rfc3164")
}
