package fields

import (
	"strings"
	"testing"

	"logskiff/record"
)

func TestATemplateMakesAField(t *testing.T) {
	f := func(kind, line, want string, steps ...Step) {
		t.Helper()
		if got := through(t, kind, steps, line, line); got[0] != want || got[1] != want {
			t.Errorf("%s of %s: got %s, then %s, want %s", kind, line, got[0], got[1], want)
		}
	}
	topic := Step{Template: "logs-{source}-{http_a:-{http_b:-none}}", To: "topic"}
	f(columns, "x|y|z|200", `"http_a":"x","http_b":"y","http_c":"z","status":200,"topic":"logs-shop-x"`, topic)
	f(columns, "-|y|z|200", `"http_b":"y","http_c":"z","status":200,"topic":"logs-shop-y"`, topic)
	f("json", `{"http_a":"x\n\u00e9"}`, `"http_a":"x\n\u00e9","topic":"logs-shop-x\né"`, topic)
	f("logfmt", "http_b=y", `"http_b":"y","topic":"logs-shop-y"`, topic)
	f("raw", "a line", `"message":"a line","topic":"logs-shop-none"`, topic)

	// a field of that name is replaced, unless something is missing; a step sees what those before it made
	message := Step{Template: "{http_a}/{http_b}", To: "http_b"}
	f(columns, "x|y|z|200", `"http_a":"x","http_c":"z","status":200,"http_b":"x/y"`, message)
	f(columns, "-|y|z|200", `"http_c":"z","status":200,"http_b":"y"`, message)
	f("logfmt", "http_a=x http_b=y", `"http_a":"x","http_b":"x/y"`, message)
	f("logfmt", "http_b=y", `"http_b":"y"`, message)
	f(columns, "x|y|z|200", `"http_c":"z","status":200,"one":"x/y","two":"(x/y)"`,
		Step{Template: "{http_a}/{http_b}", To: "one"}, Step{Drop: []string{"http_a", "http_b"}}, Step{Template: "({one})", To: "two"})
	f(columns, "x|y|z|200", `"http_a":"x","b":"y","c":"z","status":200,"t":"y-none-z"`,
		Step{Rename: map[string]string{"http_b": "b", "http_c": "c"}}, Step{Template: "{b}-{http_b:-none}-{c}", To: "t"})
	f("json", `{"a":"{\"b\":1}"}`, `"b":1,"t":"1"`, Step{JSON: "a"}, Step{Template: "{b}", To: "t"})
	f(columns, "/?q=1|y|z|200", `"http_a":"/?q=1","http_b":"y","http_c":"z","status":200,"query_q":"1","t":"1"`,
		Step{Query: "http_a"}, Step{Template: "{query_q}", To: "t"})
	f("json", `{"k":{"pod":"a-1"}}`, `"k":{"pod":"a-1"},"t":"a-1"`, Step{Template: "{k.pod}", To: "t"})

	// what is redacted before is not in it
	f("json", `{"user":"a@b.example"}`, `"user":"***","t":"***"`, Step{Redact: []string{"email"}}, Step{Template: "{user}", To: "t"})

	// of lines that failed to parse, message and parse_error stay
	f("json", "no JSON", `"message":"no JSON","parse_error":"not a JSON object","t":"no JSON: not a JSON object"`, Step{Template: "{message}: {parse_error}", To: "t"})
	f("json", "no JSON", `"message":"no JSON","parse_error":"not a JSON object"`, Step{Template: "{parse_error}", To: "message"})
	f("json", "no JSON", `"message":"no JSON","parse_error":"not a JSON object"`, Step{Template: "{level}", To: "t"})

	f(columns, "../../etc|y|z|200", `"http_a":"../../etc","http_b":"y","http_c":"z","status":200,"t":"/srv/_._.._etc/y.log"`,
		Step{Template: "/srv/{http_a}/{http_b}.log", To: "t", SafeFor: "path"})
	f("raw", "x", `"message":"x","t":"2026.11.21 web-1 prod 1000"`, Step{Template: "{time:%Y.%m.%d} {host} {tags.env}", To: "t"}, Step{Template: "{t} 1000", To: "t"})
}

func TestATemplateIsInItsZone(t *testing.T) {
	b := newBatch("x")
	b.Records[0].Time = 1735689547e9 // 2024-12-31 23:59:07 UTC
	newStage(t, Step{Template: "{time:%F}", To: "utc"}, Step{Template: "{time:%F}", To: "here", Zone: "Europe/Berlin"}).Parse(b)
	if got := encoded(t, b)[0]; !strings.Contains(got, `"utc":"2024-12-31","here":"2025-01-01"`) {
		t.Errorf("got %s", got)
	}
}

// {stream} is the id of the stream; that a line has a field of that name is noticed.
func TestATemplateThatMayMeanAField(t *testing.T) {
	f := func(kind, line, text, shadowed string) {
		t.Helper()
		b := newBatch(line)
		newParser(t, kind).Parse(b)
		newStage(t, Step{Template: text, To: "t"}).Parse(b)
		if b.Shadowed != shadowed {
			t.Errorf("%s of %s: %q is shadowed, not %q", text, line, b.Shadowed, shadowed)
		}
	}
	f("cri", "2026-11-21T02:20:47.1Z stdout F first", "{stream}", "stream")
	f("cri", "2026-11-21T02:20:47.1Z stdout F first", "{fields.stream}", "")
	f("json", `{"host":"a"}`, "{x:-{host}}", "host")
	f("json", `{"x":"a"}`, "{host}", "")
	f("json", "no JSON", "{host}", "")
}

func TestTemplatesThatAreWrong(t *testing.T) {
	f := func(s Step, want string) {
		t.Helper()
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", s, err, want)
		}
	}
	f(Step{Template: "{a", To: "t"}, "template: a { without its }")
	f(Step{Template: "a", To: "t"}, "template: names nothing of a record")
	f(Step{Template: "{a}"}, "template: does not say what field it makes")
	f(Step{Template: "{a}", To: "_t"}, "to: names that begin with _")
	f(Step{Template: "{a}", To: "time"}, `to: "time" is written by the agent`)
	f(Step{Template: "{a}", To: "t", SafeFor: "queue"}, "safe_for: there is no such kind of name")
	f(Step{Template: "a b-{a}", To: "t", SafeFor: "topic"}, `template: no topic can have ' ' in its name`)
	f(Step{Template: "{a}", To: "t", Zone: "Mars"}, "zone: there is no such time zone")
	f(Step{Template: "{a}", To: "t", Query: "q"}, "a second action beside query")
	f(Step{Drop: []string{"a"}, To: "t"}, "to: does not belong to drop")
}

// A batch that was handed on is not kept alive by the stage.
func TestATemplateKeepsNothingOfABatch(t *testing.T) {
	stage := newStage(t, Step{Template: "{host}", To: "t"}).(*stage)
	for _, kind := range []string{"raw", "json", columns} {
		b := newBatch("x|y|z|200")
		newParser(t, kind).Parse(b)
		stage.Parse(b)
		if in := stage.steps[0].(*fromTemplate).in; in.Batch != nil || in.Record != nil || in.Stream != nil || in.Fields != nil || in.Kind != record.Raw {
			t.Errorf("%s: %+v is kept", kind, in)
		}
	}
}
