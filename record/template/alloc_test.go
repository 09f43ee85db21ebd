package template_test

import (
	"testing"

	"logskiff/record"
	"logskiff/record/template"
)

func cases() []struct {
	name, text, safe string
	kind             record.Kind
} {
	return []struct {
		name, text, safe string
		kind             record.Kind
	}{
		{"columns", "logs-{source}-{level}", "", record.Columns},
		{"columns-topic", "logs-{source}-{level}", "topic", record.Columns},
		{"pairs", "logs-{source}-{level}", "", record.Pairs},
		{"object", "logs-{source}-{level}", "", record.Object},
		{"object-escaped", "{quoted} {k8s.pod}", "", record.Object},
		{"default", "logs-{none:-{gone:-other}}", "index", record.Columns},
		{"date", "logs-{time:%Y.%m.%d}", "index", record.Columns},
		{"facts", "{host}/{source}/{stream}/{tags.env}/{offset}/{time}/{time:%j %G %V %a %b %z %Z}", "", record.Columns},
		{"path", "/srv/{host}/{source}/{level}.log", "path", record.Columns},
	}
}

func compiled(t testing.TB, text, safe string) *template.Template {
	s, _ := template.SafeFor(safe)
	tpl, err := template.Compile(text, template.Options{Safe: s})
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

func TestATextAllocatesNothing(t *testing.T) {
	room := make([]byte, 0, 1024)
	for _, c := range cases() {
		tpl, in := compiled(t, c.text, c.safe), input(c.kind)
		if _, ok := tpl.Append(room[:0], in); !ok {
			t.Fatalf("%s: something is missing", c.name)
		}
		if got := testing.AllocsPerRun(100, func() { tpl.Append(room[:0], in) }); got > 0 {
			t.Errorf("%s: %v allocations", c.name, got)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range cases() {
		b.Run(c.name, func(b *testing.B) {
			tpl, in := compiled(b, c.text, c.safe), input(c.kind)
			room := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				tpl.Append(room[:0], in)
			}
		})
	}
}
