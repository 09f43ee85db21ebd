package fields

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestMergingNeverMakesANameTwice sends lines whose inner names are those of fields that
// are there, through the parser, the step and the encoder.
func TestMergingNeverMakesANameTwice(t *testing.T) {
	f := func(kind, line, want string, steps ...Step) {
		t.Helper()
		b := newBatch(line)
		newParser(t, kind).Parse(b)
		newStage(t, steps...).Parse(b)
		got := encoded(t, b)
		if len(got) != 1 || got[0] != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		names := map[string]bool{}
		d := json.NewDecoder(strings.NewReader("{" + got[0] + "}"))
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		for d.More() {
			name, _ := d.Token()
			var value json.RawMessage
			if err := d.Decode(&value); err != nil || names[name.(string)] {
				t.Fatalf("%v, twice: %s\n%s", err, name, got[0])
			}
			names[name.(string)] = true
		}
	}
	log := Step{JSON: "log"}
	f("json", `{"level":"outer","log":"{\"level\":\"inner\",\"log\":\"x\"}"}`, `"level":"outer","level_2":"inner","log":"x"`, log)
	f("json", `{"le\u0076el":"outer","log":{"l\u0065vel":"inner"}}`, `"le\u0076el":"outer","l\u0065vel_2":"inner"`, log)
	f("json", `{"a":0,"a_2":1,"log":{"a":2}}`, `"a":0,"a_2":1,"a_3":2`, log)
	f("json", `{"a":0,"log":{"a_2":1,"a":2}}`, `"a":0,"a_2":1,"a_3":2`, log)
	f("json", `{"log":{"a":1,"a":2,"a":3}}`, `"a":1,"a_2":2,"a_3":3`, log)
	f("json", `{"log":{"time":1,"time":2,"time_2":3}}`, `"time_2":1,"time_3":2,"time_2_2":3`, log)
	f("json", `{"x.a":0,"log":{"a":1}}`, `"x.a":0,"x.a_2":1`, Step{JSON: "log", Prefix: plain("x.")})
	f("json", `{"x":0,"log":"x=1 y=2 y=3"}`, `"x":0,"x_2":1,"y":2,"y_2":3`, Step{KeyValue: "log"})
	f("json", `{"query_a":0,"u":"/?a=1&b=2&b=3"}`, `"query_a":0,"u":"/?a=1&b=2&b=3","query_a_2":"1","query_b":"2","query_b_2":"3"`, Step{Query: "u"})
	f("cri", `2026-11-21T02:20:47Z stdout F {"stream":"mine","message":"m"}`, `"time":"2026-11-21T02:20:47Z","stream":"stdout","stream_2":"mine","message":"m"`, Step{JSON: "message"})
	f("docker", `{"log":"{\"stream\":\"mine\"}\n","stream":"stderr","time":"2026-11-21T02:20:47Z"}`, `"time":"2026-11-21T02:20:47Z","stream":"stderr","stream_2":"mine"`, Step{JSON: "message"})
	f("json", `{"name12":1,"log":{"name12":2,"k":3}}`, `"name12":1,"k":3`, log, Step{Drop: []string{"name12_2"}})

	// A line that would make too many names of one stays as it is.
	var many []string
	for n := range mostAlike + 1 {
		many = append(many, fmt.Sprintf(`"a":%d`, n))
	}
	inner := "{" + strings.Join(many, ",") + "}"
	f("json", `{"b":1,"log":`+inner+`}`, `"b":1,"log":`+inner, log)
	hostile := "a=1" + strings.Repeat(" a=1", 30000)
	f("json", `{"log":"`+hostile+`"}`, `"log":"`+hostile+`"`, Step{KeyValue: "log"})
}
