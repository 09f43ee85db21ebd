package fields

import "testing"

// A name of a fact about a record means that fact, and a field of that name is noticed.
func TestNamesThatFieldsHaveToo(t *testing.T) {
	f := func(kind, line, expression, shadowed string, stays bool) {
		t.Helper()
		b := newBatch(line)
		newParser(t, kind).Parse(b)
		newStage(t, Step{KeepIf: expression}).Parse(b)
		if b.Shadowed != shadowed || len(b.Records) == 1 != stays {
			t.Errorf("%s of %s: %q is shadowed, %d records stay", expression, line, b.Shadowed, len(b.Records))
		}
	}
	f("json", `{"host":"example.com"}`, `host == "web-1"`, "host", true)
	f("json", `{"host":"example.com"}`, `host == "example.com"`, "host", false)
	f("json", `{"host":"example.com"}`, `fields["host"] == "example.com"`, "", true)
	f("json", `{"name":"example.com"}`, `host == "web-1"`, "", true)
	f("json", `{"h\u006fst":"example.com"}`, `host == "web-1"`, "host", true)
	f("json", `{"time":"2026-11-21T02:20:47Z"}`, `time.Year() == 2026`, "time", false)
	f("logfmt", `source=x`, `source == "shop"`, "source", true)
	f("logfmt", `path=/a`, `path == "/var/log/a.log"`, "path", true)
	f("logfmt", `a=b`, `path == "/var/log/a.log"`, "", true)
	f("$host|$status", `example.com|200`, `host == "web-1"`, "host", true)
	f("$host|$status", `-|200`, `host == "web-1"`, "", true)
	f("$host|$status", `example.com|200`, `fields["host"] == "example.com" && status == 200`, "", true)
	f("json", `{"message":"a"}`, `message == "a"`, "", true)
	f("json", `not JSON`, `host == "web-1"`, "", true)
}
