package template_test

import (
	"strings"
	"testing"
	"time"

	"logskiff/record"
	"logskiff/record/template"
)

const object = `{"level":"warn","service":"Shop/Cart","n":7,"empty":"","null":null,"k8s":{"pod":"a-1","app.name":"x"},` +
	`"quoted":"a\"b\n\u00e9","list":[1,2],"host":"in the line","user-agent":"curl","dots":"..","hidden":"__consumer_offsets"}`

// input returns a record of each kind that says the same of level and n.
func input(kind record.Kind) *template.Input {
	b := &record.Batch{ReadAt: time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC).UnixNano()}
	put := func(t record.Type, text string) {
		b.Fields = append(b.Fields, record.Field{Span: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(text))}, Type: t})
		b.Buf = append(b.Buf, text...)
	}
	b.Records = []record.Record{{Kind: kind, Offset: 4711, Time: time.Date(2024, 12, 31, 23, 59, 7, 123456789, time.UTC).UnixNano()}}
	switch kind {
	case record.Object:
		b.Buf = []byte(object)
		b.Records[0].Text = record.Span{Len: uint32(len(object))}
	case record.Columns:
		b.Schema = record.NewSchema([]string{"level", "n", "gone", "log"})
		put(record.String, "warn")
		put(record.Number, "7")
		put(record.Absent, "")
		put(record.JSON, `{"at":"main.go"}`)
	case record.Pairs:
		put(record.String, "level")
		put(record.String, "warn")
		put(record.String, "n")
		put(record.Number, "7")
		b.SetPairs(0, 0)
	default:
		b.Buf = []byte("a line")
		b.Records[0].Text = record.Span{Len: 6}
		if kind == record.Failed {
			b.Fail(0, "no such format")
		}
	}
	return &template.Input{Batch: b, Record: &b.Records[0], Stream: &record.Stream{
		ID: record.StreamID{0xab}, Path: "/var/log/a.log",
		Origin: &record.Origin{Host: "web-1", Source: "nginx", Tags: []record.Tag{{Key: "env", Value: "prod"}}},
	}}
}

// render compiles and renders a text; "-": something is missing.
func render(t *testing.T, text string, in *template.Input, o template.Options) string {
	t.Helper()
	tpl, err := template.Compile(text, o)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	got, ok := tpl.Clone().Append([]byte("before"), in)
	rest, kept := strings.CutPrefix(string(got), "before")
	if !kept || !ok && rest != "" {
		t.Fatalf("%s: appended %q, %v", text, got, ok)
	}
	if !ok {
		return "-"
	}
	return rest
}

func TestATextIsMadeOfEveryKindOfRecord(t *testing.T) {
	for _, kind := range []record.Kind{record.Object, record.Columns, record.Pairs} {
		if got := render(t, "{level}/{n}/{none:-none}", input(kind), template.Options{}); got != "warn/7/none" {
			t.Errorf("kind %d: %q", kind, got)
		}
	}
	if got := render(t, "{log.at} {log}", input(record.Columns), template.Options{}); got != `main.go {"at":"main.go"}` {
		t.Errorf("%q", got)
	}
	if got := render(t, "{message}", input(record.Raw), template.Options{}); got != "a line" {
		t.Errorf("%q", got)
	}
	if got := render(t, "{message}: {parse_error}", input(record.Failed), template.Options{}); got != "a line: no such format" {
		t.Errorf("%q", got)
	}
}

// A stage has fields in hand that the record does not have yet.
func TestFieldsInHandCount(t *testing.T) {
	in := input(record.Object)
	in.Kind, in.Fields = record.Pairs, nil
	if got := render(t, "{level:-none}", in, template.Options{}); got != "none" {
		t.Errorf("no pairs: %q", got)
	}
	columns := input(record.Columns)
	in.Kind, in.Schema, in.Batch = record.Columns, record.NewSchema([]string{"x", "level"}), columns.Batch
	in.Fields = []record.Field{{}, columns.Batch.Fields[1]}
	if got := render(t, "{level}", in, template.Options{}); got != "7" {
		t.Errorf("columns: %q", got)
	}
}

func TestWhatATemplateSays(t *testing.T) {
	in := input(record.Object)
	f := func(text, want string) {
		t.Helper()
		if got := render(t, text, in, template.Options{}); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	f("", "")
	f("constant", "constant")
	f("{{a}} {{{level}}}", "{a} {warn}")
	f("{k8s.pod} {k8s.app.name} {user-agent}", "a-1 x curl")
	f("{quoted}", "a\"b\n\u00e9")
	f("{list}{n}", "[1,2]7")

	f("{host} {source} {path} {stream} {tags.env} {offset}", "web-1 nginx /var/log/a.log ab000000000000000000000000000000 prod 4711")
	f("{fields.host}", "in the line")
	f("{tags.none}", "-")
	f("{tags.none:-{tags.env}}", "prod")

	// missing: absent and null; with a default empty, too
	f("a{none}", "-")
	f("a{null}", "-")
	f("a{empty}b", "ab")
	f("{none:-d}{null:-d}{empty:-d}{level:-d}", "dddwarn")
	f("{none:-}", "")
	f("{none:-{null:-{empty:-{level}}}}", "warn")
	f("{none:-{null}}", "-")
	f("{none:-a:-b {{x}", "a:-b {x")
	f("{level:-{none}}", "warn") // a default that is not needed is not asked for

	f("{time:%Y.%m.%d}", "2024.12.31")
	f("{read_time:%Y.%m.%d}", "2026.02.03")
	f("{time}", "2024-12-31T23:59:07.123Z")
	f("{time:%y %e %j %H %I %p %M %S %L %f %N %s %F %T %R %D %G %g %V %u %w %a %A %b %h %B %z %Z 100%%}",
		"24 31 366 23 11 PM 59 07 123 123456 123456789 1735689547 2024-12-31 23:59:07 23:59 12/31/24 2025 25 01 2 2 Tue Tuesday Dec Dec December +0000 UTC 100%")

	in.Record.Time = 0
	f("{time:%F}", "2026-02-03") // a record without a time has that of its batch
	in.Record.Time = time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC).UnixNano()
	f("{time:%e%I%p}", " 312AM")
	in.Stream = nil
	f("{host:-none}{stream:-none}{path:-none}{offset}", "nonenonenone4711")
}

func TestTimesAreInTheZoneThatIsAskedFor(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	o := template.Options{Zone: berlin}
	if got := render(t, "{time:%Y.%m.%d %H %z %Z} {time}", input(record.Raw), o); got != "2025.01.01 00 +0100 CET 2025-01-01T00:59:07.123+01:00" {
		t.Errorf("%q", got)
	}
}

func TestATextIsCutBehindAWholeCharacter(t *testing.T) {
	in := input(record.Object)
	f := func(text string, most int, want string) {
		t.Helper()
		if got := render(t, text, in, template.Options{Max: most}); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	f("{level}-{level}", 6, "warn-w")
	f("aéé", 3, "aé")
	f("aéé", 4, "aé")
	f("aéé", 5, "aéé")
	f("{quoted}", 5, "a\"b\n")
	f("{level}{none}", 2, "-") // missing is missing, cut or not
	f("{level}{none:-x}", 2, "wa")

	long := input(record.Raw)
	long.Batch.Buf = []byte(strings.Repeat("x", 1<<20))
	long.Record.Text.Len = 1 << 20
	if got := render(t, "{message}{message}", long, template.Options{}); len(got) != 64<<10 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestFieldsAreThoseAskedFor(t *testing.T) {
	tpl, err := template.Compile("{a} {host} {b:-{c:-{a}}} {fields.time} {time}", template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(tpl.Fields(), " "); got != "a b c time" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(tpl.Facts(), " "); got != "host time" {
		t.Errorf("got %q", got)
	}
	if tpl.Constant() || tpl.String() != "{a} {host} {b:-{c:-{a}}} {fields.time} {time}" {
		t.Error("it is no constant, and has its text")
	}
	if tpl, err = template.Compile("{{a}}", template.Options{}); err != nil || !tpl.Constant() {
		t.Error("it is a constant", err)
	}
}
