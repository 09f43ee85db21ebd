package field_test

import (
	"testing"

	"logskiff/record"
	"logskiff/record/field"
)

// batchOf returns a batch whose only record is an Object.
func batchOf(object string) *record.Batch {
	b := &record.Batch{Buf: []byte("before " + object)}
	b.Records = []record.Record{{Kind: record.Object, Text: record.Span{Off: 7, Len: uint32(len(object))}}}
	return b
}

// put appends a field to the batch's.
func put(b *record.Batch, t record.Type, text string) {
	b.Fields = append(b.Fields, record.Field{Span: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(text))}, Type: t})
	b.Buf = append(b.Buf, text...)
}

func columns() *record.Batch {
	b := &record.Batch{Schema: record.NewSchema([]string{"status", "request", "log", "a.b", "gone"})}
	put(b, record.String, "before")
	put(b, record.Number, "404")
	put(b, record.String, `GET /"a"`)
	put(b, record.JSON, `{"level":"warn","at":{"line":7},"null":null}`)
	put(b, record.JSON, `true`)
	put(b, record.Absent, ``)
	b.Records = []record.Record{{Kind: record.Columns, Fields: 1}}
	return b
}

func pairs() *record.Batch {
	b := &record.Batch{}
	put(b, record.String, "before")
	for _, f := range []struct {
		nameType record.Type
		name     string
		t        record.Type
		value    string
	}{
		{record.String, "status", record.Absent, ""},
		{record.String, "status", record.String, "second"},
		{record.String, "status", record.String, "third"},
		{record.JSON, `"s\u0065e"`, record.JSON, `"x\ny"`},
		{record.String, "log", record.JSON, `{"level":"warn"}`},
		{record.String, "empty", record.String, ""},
		{record.String, "nothing", record.JSON, "null"},
		{record.String, "list", record.JSON, "[1]"},
		{record.String, "bytes", record.String, "\xff"},
	} {
		put(b, f.nameType, f.name)
		put(b, f.t, f.value)
	}
	b.Records = make([]record.Record, 1)
	b.SetPairs(0, 1)
	return b
}

func raw() *record.Batch {
	return &record.Batch{Buf: []byte("a line"), Records: []record.Record{{Text: record.Span{Len: 6}}}}
}

func failed() *record.Batch {
	b := raw()
	b.Fail(0, "no such format")
	return b
}

// What a reader brought is found in every kind of record, before what the text says.
func TestAFieldThatWasBroughtIsFoundFirst(t *testing.T) {
	for _, b := range []*record.Batch{columns(), pairs(), batchOf(`{"status":1,"other":2}`), raw(), failed()} {
		b.Buf = b.Brought.Add(b.Buf, "status", []byte("brought"), record.String)
		b.Records[0].Brought = b.Brought.End(0, 0)
		n, none := field.New("status"), field.New("nothing at all")
		if got := n.Of(b, &b.Records[0]); string(got.Text) != "brought" {
			t.Errorf("got %q", got.Text)
		}
		if got := none.Of(b, &b.Records[0]); got.Type != record.Absent {
			t.Errorf("got %q", got.Text)
		}
	}
}

func TestAFieldIsFoundInEveryKindOfRecord(t *testing.T) {
	// want "-": there is none; "null": it is that.
	f := func(b *record.Batch, name, want string) {
		t.Helper()
		n := field.New(name)
		for range 2 { // the second time it knows the schema
			v := n.Of(b, &b.Records[0])
			got := string(v.Append([]byte("> ")))[2:]
			says, _ := v.Plain(nil)
			switch {
			case v.Type == record.Absent:
				got = "-"
			case v.Null():
				got = "null"
			case string(says) != got:
				t.Errorf("%s: Plain returns %q, Append %q", name, says, got)
			}
			if got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			if v.Given() != (want != "-" && want != "null") {
				t.Errorf("%s: Given is %v", name, v.Given())
			}
		}
	}
	f(columns(), "status", "404")
	f(columns(), "request", `GET /"a"`)
	f(columns(), "log", `{"level":"warn","at":{"line":7},"null":null}`)
	f(columns(), "log.level", "warn")
	f(columns(), "log.at.line", "7")
	f(columns(), "log.null", "null")
	f(columns(), "log.null.more", "-")
	f(columns(), "log.at.line.more", "-")
	f(columns(), "a.b", "true")
	f(columns(), "request.more", "-")
	f(columns(), "gone", "-")
	f(columns(), "gone.more", "-")
	f(columns(), "stat", "-")
	f(columns(), "message", "-")
	f(columns(), "", "-")

	f(pairs(), "status", "second")
	f(pairs(), "see", "x\ny")
	f(pairs(), "log.level", "warn")
	f(pairs(), "log.more", "-")
	f(pairs(), "empty", "")
	f(pairs(), "nothing", "null")
	f(pairs(), "list", "[1]")
	f(pairs(), "list.0", "-")
	f(pairs(), "bytes", "\xff")

	object := batchOf(`{ "a" : "1" , "b":{"c":{"d":2,"d":3},"c.d":"whole"},"b.x":"whole","a":"again","\u00e9\"":-1.5e3,"":"none","f":false,"n":null,"l":["{\"a\":1}"],"s":"\ud83d\ude00","deep":{}}`)
	f(object, "a", "1")
	f(object, "b.c", `{"d":2,"d":3}`)
	f(object, "b.c.d", "whole")
	f(object, "b.x", "whole")
	f(object, `é"`, "-1.5e3")
	f(object, "", "none")
	f(object, "f", "false")
	f(object, "n", "null")
	f(object, "n.x", "-")
	f(object, "l", `["{\"a\":1}"]`)
	f(object, "s", "😀")
	f(object, "deep.x", "-")
	f(object, "c", "-")
	f(batchOf(`{"b":1,"b":{"c":2}}`), "b.c", "-") // the first b counts
	f(batchOf(`{}`), "a", "-")

	f(raw(), "message", "a line")
	f(raw(), "parse_error", "-")
	f(failed(), "message", "a line")
	f(failed(), "parse_error", "no such format")
	f(failed(), "status", "-")
}

func TestANameIsLookedForInTheSchemaAtHand(t *testing.T) {
	one, two := columns(), columns()
	two.Schema = record.NewSchema([]string{"x", "status", "y", "z", "w"})
	n := field.New("status")
	for range 3 {
		if got := n.Of(one, &one.Records[0]); string(got.Text) != "404" {
			t.Fatalf("got %q", got.Text)
		}
		if got := n.Of(two, &two.Records[0]); string(got.Text) != `GET /"a"` {
			t.Fatalf("got %q", got.Text)
		}
	}
}

func TestANameKnowsWhetherColumnsCanHaveIt(t *testing.T) {
	f := func(name string, want int) {
		t.Helper()
		n := field.New(name)
		if got := n.Among([]string{"a", "a.b", "c"}); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	f("a", 0)
	f("a.b", 1)
	f("a.c", 0)
	f("c.a.b", 2)
	f("b", -1)
	f("b.a", -1)
}

func TestFactsAreThoseOfTheStream(t *testing.T) {
	s := &record.Stream{ID: record.StreamID{0xab}, Path: "/var/log/a", Origin: &record.Origin{
		Host: "web-1", Source: "nginx", Tags: []record.Tag{{Key: "env", Value: "prod"}},
	}}
	f := func(name, want string) {
		t.Helper()
		fact, ok := field.ParseFact(name)
		if got := string(fact.Append(nil, s)); !ok || got != want || fact.Text(s) != want {
			t.Errorf("%s: got %q and %q, %v, want %q", name, got, fact.Text(s), ok, want)
		}
		if got := fact.Append(nil, nil); len(got) > 0 || fact.Text(nil) != "" {
			t.Errorf("%s: no stream has %q", name, got)
		}
	}
	f("host", "web-1")
	f("source", "nginx")
	f("path", "/var/log/a")
	f("stream", "ab000000000000000000000000000000")
	f("tags.env", "prod")
	f("tags.none", "")
	for _, name := range []string{"", "tags", "tags.", "tag.env", "Host"} {
		if _, ok := field.ParseFact(name); ok {
			t.Errorf("%q is a fact", name)
		}
	}
}
