package parsers

import (
	"errors"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/record"
)

func TestBadFormatsAreExplained(t *testing.T) {
	f := func(format, escape, key, want string) {
		t.Helper()
		err := withFormat(format, escape).Validate()
		var bad *conf.FieldError
		if !errors.As(err, &bad) || bad.Key != key || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s: … %s", format, err, key, want)
		}
		if _, err2 := NewNginx(withFormat(format, escape)); err2 == nil {
			t.Errorf("%q was taken", format)
		}
	}
	f("", "default", "format", "is empty")
	f(" \n", "default", "format", "is empty")
	f("main", "default", "format", `"main" is not a format; nginx predefines only "combined"`)
	f("no variables here", "default", "format", "no variables")
	f("''", "default", "format", "no variables")
	f("$a $", "default", "format", "a variable has no name (byte 4)")
	f("$a $-", "default", "format", "a variable has no name (byte 4)")
	f("$a ${b c", "default", "format", "closing brace of ${b is missing (byte 4)")
	f("$a$b", "default", "format", "nothing stands between $a and $b, so nobody can tell where one ends (byte 3)")
	f("$a\n$b", "default", "format", "newline in it (byte 3)")
	f("$a", "xml", "escape", `"xml" is not an escape parameter`)
	f("log_format", "default", "format", "has no name")
	f("log_format main;", "default", "format", "has no format")
	f("log_format main escape=xml '$a';", "default", "format", `"xml" is not an escape parameter of log_format; use "default", "json" or "none"`[:10])
	f("log_format main escape=json '$a';", "none", "escape", "is none, but the log_format directive says escape=json")
	f("log_format main '$a", "default", "format", "a quote is not closed (byte 17)")
	f("log_format main '$a'; log_format b '$b';", "default", "format", "something follows the semicolon (byte 22)")
	f("  log_format main '\\'$'", "default", "format", "a variable has no name (byte 22)")
}

func TestDefaultsAreValid(t *testing.T) {
	if err := DefaultNginx().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestColumnNamesAreUniqueAndPlain(t *testing.T) {
	p, err := compileNginx(withFormat("$request $request_2 $request $status $time_local $time_iso8601", "default"))
	if err != nil {
		t.Fatal(err)
	}
	want := "request_method request_uri server_protocol request request_2 request_3 status"
	if got := strings.Join(p.schema.Columns, " "); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("combined", "default", "a")
	f.Add(combined, "none", accessLines(1, combinedPattern)[0])
	f.Add("log_format x escape=json '{\"a\":\"$b\"' \",$status}\";", "default", `{"a":"\u0041",200}`)
	f.Add("$time_iso8601$msec|$pipe$status ${a}b", "json", "x")
	f.Fuzz(func(t *testing.T, format, escape, line string) {
		p, err := NewNginx(withFormat(format, escape))
		if err != nil {
			var bad *conf.FieldError
			if !errors.As(err, &bad) {
				t.Fatalf("%q: %v is not a *conf.FieldError", format, err)
			}
			return
		}
		b := newBatch(line, line)
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if parsed(b, 0) != parsed(b, 1) || b.Records[0].Kind == record.Raw {
			t.Fatalf("%q: got %s and then %s", line, parsed(b, 0), parsed(b, 1))
		}
		seen := map[string]bool{}
		for _, c := range b.Schema.Columns {
			if seen[c] || strings.Trim(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" {
				t.Fatalf("column %q", c)
			}
			seen[c] = true
		}
	})
}
