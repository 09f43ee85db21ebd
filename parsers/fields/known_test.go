package fields

import (
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/record"
)

func TestWhatFieldsThereAreBehindSteps(t *testing.T) {
	f := func(steps []Step, has, hasNot string) {
		t.Helper()
		k := KnownNames([]string{"a", "b", "log"}).Behind(steps)
		for _, name := range append(strings.Fields(has), "message", "parse_error") {
			if !k.Has(name) {
				t.Errorf("%+v: there is no %s", steps, name)
			}
		}
		for _, name := range strings.Fields(hasNot) {
			if k.Has(name) {
				t.Errorf("%+v: there is %s", steps, name)
			}
		}
	}
	f(nil, "a b log log.level", "c a_2 logs")
	f([]Step{{Keep: []string{"a", "c"}}}, "a", "b c log log.level")
	f([]Step{{Drop: []string{"a"}}}, "b log", "a a.b")
	f([]Step{{Rename: map[string]string{"a": "b", "b": "c", "none": "d"}}}, "b c log", "a d")
	f([]Step{{Add: map[string]string{"c": "x"}}}, "a c", "d")
	f([]Step{{Template: "{a}", To: "c"}}, "a c", "d")
	f([]Step{{Path: `(?P<d>\d)(?P<e>\d)`, Prefix: plain("p_")}}, "p_d p_e", "d")
	f([]Step{{Path: "kubernetes"}}, "pod namespace container", "node")
	f([]Step{{Query: "a"}}, "query_x query_x.y", "x")
	f([]Step{{Query: "none"}}, "a", "query_x")
	f([]Step{{JSON: "log", Prefix: plain("log.")}}, "log.level", "x")
	f([]Step{{JSON: "log"}}, "anything", "")
	f([]Step{{KeyValue: "log"}, {Keep: []string{"x"}}}, "x", "a y")
	f([]Step{{Query: "a", Prefix: plain("q_")}, {Rename: map[string]string{"q_x": "x"}}}, "x q_y", "y")
	f([]Step{{Redact: []string{"email"}}, {Type: map[string]string{"a": "number"}}, {DropIf: "a == 1"}}, "a b log", "c")
}

// What is said before there are records is true of records: whatever steps make of them, no field is unknown.
func TestNoRecordHasAFieldThatIsNotKnown(t *testing.T) {
	steps := []Step{
		{Keep: []string{"http_a", "message", "x", "status", "query_q"}},
		{Drop: []string{"http_a", "parse_error"}},
		{Rename: map[string]string{"http_a": "x", "x": "http_a", "status": "code"}},
		{Rename: map[string]string{"query_q": "q", "message": "http_b"}},
		{Add: map[string]string{"x": "$host", "n": "1"}},
		{Type: map[string]string{"status": "string"}},
		{Hash: []string{"http_a"}, Salt: "s"},
		{Query: "http_a"},
		{Query: "http_b", Prefix: plain("b_")},
		{JSON: "http_c", Prefix: plain("j.")},
		{JSON: "http_c"},
		{KeyValue: "message", Prefix: plain("kv_")},
		{Path: `(?P<log>\w+)\.log`},
		{Path: "kubernetes", Prefix: plain("k_")},
		{Template: "{http_a:-none}", To: "t"},
		{Template: "{x}", To: "http_b"},
	}
	lines := []string{`/?q=1&q=2|x?y=1|{"a":1,"time":2}|200`, `-|-|{"status":1}|404`, "a=1 b=2", ""}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		chosen := make([]Step, 1+rnd.IntN(5))
		for i := range chosen {
			chosen[i] = steps[rnd.IntN(len(steps))]
		}
		for kind, names := range map[string][]string{columns: {"http_a", "http_b", "http_c", "status"}, "raw": {"message"}} {
			b := newBatch(lines...)
			newParser(t, kind).Parse(b)
			newStage(t, chosen...).Parse(b)
			known := KnownNames(names).Behind(chosen)
			for i := range b.Records {
				if b.Records[i].Flags&record.Unparsed != 0 {
					continue
				}
				b.EachField(&b.Records[i], func(name []byte, _ record.Field) {
					if !known.Has(string(name)) {
						t.Fatalf("%+v: %s has a field %s", chosen, kind, name)
					}
				})
			}
		}
	}
}

func TestATemplateThatNamesNoFieldIsAMistake(t *testing.T) {
	steps := []Step{{Drop: []string{"a"}}, {Template: "{b} {a:-x} {c.d} {log.level}", To: "t"}, {Template: "{t} {tags.x} {host}", To: "u"}}
	bad := CheckNames(steps, KnownNames([]string{"a", "b", "log"}), "parser.x")
	if len(bad) != 2 || bad[0].Key != "[1].template" || !strings.Contains(bad[0].Msg, `"a" here: parser.x makes none`) || !strings.Contains(bad[1].Msg, `"c.d"`) || bad[1].Hint == "" {
		t.Errorf("got %v", bad)
	}
	if bad := CheckNames(steps, AnyName(), "parser.x"); len(bad) > 0 {
		t.Errorf("got %v", bad)
	}
}
