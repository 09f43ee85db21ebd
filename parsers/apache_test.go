package parsers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/record"
)

func newApache(t testing.TB, format string) Parser {
	t.Helper()
	c := DefaultApache()
	c.Format, c.Zone = format, "Europe/Berlin"
	p, err := NewApache(c)
	if err != nil {
		t.Fatalf("%q: %v", format, err)
	}
	return p
}

// checkParser parses one line, twice so that caches are met, and compares.
func checkParser(t *testing.T, p Parser, line, want string) {
	t.Helper()
	for range 2 {
		b := newBatch(line)
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if got := parsed(b, 0); got != want {
			t.Errorf("%q\n got %s\nwant %s", line, got, want)
		}
	}
}

func TestApacheFormats(t *testing.T) {
	f := func(format, line, want string) {
		t.Helper()
		checkParser(t, newApache(t, format), line, want)
	}
	const line = `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326`
	const want = `remote_addr="127.0.0.1" remote_user="frank" request_method="GET" request_uri="/apache_pb.gif" server_protocol="HTTP/1.0" status=200 body_bytes_sent=2326`
	f("common", line, want)
	f("combined", line+` "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
		want+` http_referer="http://www.example.com/start.html" http_user_agent="Mozilla/4.08 [en] (Win98; I ;Nav)"`)
	f("vhost_combined", "www.example.com:443 "+line+` "-" "-"`,
		`server_name="www.example.com" server_port=443 `+strings.Replace(want, "body_", "", 1))
	for _, pasted := range []string{
		`LogFormat "%h %l %u %t \"%r\" %>s %b" common`,
		"logformat\t\"%h %l %u %t \\\"%r\\\" \\\n%>s %b\"",
		`LogFormat '%h %l %u %t "%r" %>s %b' common`,
		`CustomLog "|/usr/bin/rotatelogs -n 5 \"a b\"" "%h %l %u %t \"%r\" %>s %b" env=!dontlog`,
		`CustomLog logs/access_log common`,
		`"%h %l %u %t \"%r\" %>s %b"`,
		`%h %l %u %t \"%r\" %>s %b`,
	} {
		f(pasted, line, want)
	}
	// Nothing was sent, so "-" is the number 0; a request that was not one.
	f("common", `::1 - - [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01" 400 -`, `remote_addr="::1" request="\x16\x03\x01" status=400 body_bytes_sent=0`)
	f("common", `::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 -`, `remote_addr="::1" status=408 body_bytes_sent=0`)
	f(`"%{User-Agent}i"|%{X-A.b}o`, `"a\"b\\c\n\t\v\x7f\q"|x`, `http_user_agent="a\"b\\c\n\t\v\x7f\\q" sent_http_x_a_b="x"`)
	f(`"%{Referer}i"`, `""`, `http_referer=""`)
	f(`%a %{c}a %A %h`, `1 2 3 4`, `remote_addr="1" peer_addr="2" server_addr="3" remote_host="4"`)
	f(`%B %D %T %{ms}T %{us}T %{s}T %^FB`, `1 2 3 4 5 6 7`, `body_bytes_sent=1 request_time_us=2 request_time=3 request_time_ms=4 request_time_us_2=5 request_time_2=6 first_byte_time_us=7`)
	f(`%I %O %S %k %L %P %{tid}P %{hextid}P %R`, `1 2 3 4 5 6 7 7f1c0ca1a6c0 h`, `request_length=1 bytes_sent=2 bytes_transferred=3 keepalive_requests=4 log_id="5" pid=6 tid=7 tid_hex="7f1c0ca1a6c0" handler="h"`)
	f(`%X %X%X`, `- +X`, `connection_status="-" connection_status_2="+" connection_status_3="X"`)
	f(`%p %{canonical}p %{local}p %{remote}p %V`, `80 81 82 83 h`, `server_port=80 server_port_2=81 local_port=82 remote_port=83 host="h"`)
	f(`%m %U%q %H %f`, `GET /a?b=c HTTP/1.1 /var/www/a`, `request_method="GET" uri="/a" args="b=c" server_protocol="HTTP/1.1" request_filename="/var/www/a"`)
	f(`"%U%q"`, `"/\\"`, `uri="/\\"`)
	f(`%U|%q|%q|%q`, `-||-|?`, `args_3=""`)
	f(`%{Session}C %{PATH}e %{note}n %{SSL_PROTOCOL}x %{cipher}c %{T}^ti %{T}^to`, `1 2 3 4 5 6 -`, `cookie_session="1" env_path="2" note_note="3" ssl_protocol="4" ssl_cipher="5" trailer_t="6"`)
	f(`%!200,304,302{Referer}i %400,501{User-agent}i`, `- x`, `http_user_agent="x"`)
	f(`%s %>s %<s`, `200 404 200`, `original_status=200 status=404 original_status_2=200`)
	f(`%<s`, `200`, `status=200`)
	f(`%m "%r"`, `GET "GET / HTTP/1.1"`, `request_method="GET" request="GET / HTTP/1.1"`)
	f(`100%% %h\t%u`, "100% a\tb", `remote_addr="a" remote_user="b"`)
	f(`{ "ip":"%a", "status":%>s, "agent":"%{User-Agent}i" }`, `{ "ip":"::1", "status":200, "agent":"a \"b\"" }`, `remote_addr="::1" status=200 http_user_agent="a \"b\""`)
	f("common", `hello`, `failed: no match for apache format at %h`)
	f("common", strings.Replace(line, "2326", "x", 1), `failed: no match for apache format at %b`)
	f("common", strings.Replace(line, "Oct", "Okt", 1), `failed: no match for apache format at %t`)
	f("<%h>", `a`, `failed: no match for apache format at its beginning`)
}

func TestApacheTimes(t *testing.T) {
	second := time.Date(2026, 11, 21, 1, 20, 47, 0, time.UTC).UnixNano()
	f := func(format, line string, want int64, zone int16) {
		t.Helper()
		b := newBatch(line, line)
		newApache(t, format).Parse(b)
		for _, r := range b.Records {
			if r.Kind != record.Columns || r.Time != want || r.Zone != zone {
				t.Errorf("%q: %q: got %+v, want %d", format, line, r, want)
			}
		}
	}
	f(`%t`, `[21/Nov/2026:02:20:47 +0100]`, second, 60)
	f(`%{}t`, `[21/Nov/2026:02:20:47 +0100]`, second, 60)
	f(`%{end:}t`, `[21/Nov/2026:02:20:47 +0100]`, second, 60)
	f(`[%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t]`, `[21/Nov/2026:02:20:47.123 +0100]`, second+123e6, 60)
	f(`%t %{usec_frac}t`, `[21/Nov/2026:02:20:47 +0100] 000123`, second+123e3, 60)
	f(`%{sec}t.%{usec_frac}t`, `1795224047.000123`, second+123e3, 0)
	f(`%{msec}t`, `1795224047123`, second+123e6, 0)
	f(`%{usec}t %{msec_frac}t`, `1795224047123456 123`, second+123456e3, 0)
	f(`%{usec}t %{sec}t %{msec}t %{msec_frac}t`, `1795224047123456 1795224047 1795224047123 123`, second+123456e3, 0)
	f(`%{sec}t %{msec}t %{usec_frac}t %{msec_frac}t`, `1795224047 1795224047123 123456 123`, second+123456e3, 0)
	f(`%{begin:%s}t`, `1795224047`, second, 0)
	f(`%{%Y-%m-%d %H:%M:%S}t %h`, `2026-11-21 02:20:47 a`, second, 60)
	f(`%{%Y-%m-%d}t|%{%H:%M:%S}t`, `2026-11-21|02:20:47`, second, 60)
	f(`%{%c}t`, `Sat Nov 21 02:20:47 2026`, second, 60)
	f(`%{%A, %e. %B %y %r}t`, `Saturday, 21. November 26 02:20:47 AM`, second, 60)
	f(`%{%D %l:%M:%S%p}t`, `11/21/26  2:20:47pm`, second+12*3600e9, 60)
	f(`%{%Y %j %R %Z}t`, `2026 325 01:20 UTC`, second-47e9, 0)
	f(`%{%G-W%V-%u %C%% %FT%T%z}t`, `2026-W47-6 20% 2026-11-21T02:20:47+01:00`, second, 60)
	f(`%{%F %k:%M}t`, `2026-07-21  2:20`, time.Date(2026, 7, 21, 0, 20, 0, 0, time.UTC).UnixNano(), 120)
	// The request's beginning is its time; where there is only its end, that is.
	f(`%{end:%F %T}t %{sec}t`, `2026-11-21 02:20:50 1795224047`, second, 0)
	checkParser(t, newApache(t, `%{end:%F %T}t %{sec}t`), `2026-11-21 02:20:50 1795224047`, `time_end="2026-11-21 02:20:50"`)
	checkParser(t, newApache(t, `%{%A}t %h`), `Friday a`, `time_text="Friday" remote_addr="a"`)
	checkParser(t, newApache(t, `%{%F %T}t`), `2026-02-30 02:20:50`, `failed: `+noInstant)
	checkParser(t, newApache(t, `%{%F %T}t`), `2026-02-28 02:20:5`, ``)
	checkParser(t, newApache(t, `%{%F %T}t`), `2026-02-28 02:20:500`, `failed: no match for apache format at %{%F %T}t`)
	checkParser(t, newApache(t, `%{%F %p}t`), `2026-02-28 xm`, `failed: no match for apache format at %{%F %p}t`)
	checkParser(t, newApache(t, `%{%F %b %z}t`), `2026-02-28 Fbe +0100`, `failed: no match for apache format at %{%F %b %z}t`)
	checkParser(t, newApache(t, `%{msec}t`), `99999999999999999`, `failed: no match for apache format at %{msec}t`)
}

func TestApacheTimesWithoutADateAreGuessed(t *testing.T) {
	f := func(format, line string, want time.Time) {
		t.Helper()
		b := newBatch(line)
		b.ReadAt = time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC).UnixNano()
		newApache(t, format).Parse(b)
		if r := b.Records[0]; r.Kind != record.Columns || r.Time != want.UnixNano() {
			t.Errorf("%q: got %+v, want %v", line, r, want)
		}
	}
	f(`%{%H:%M}t`, `00:20`, time.Date(2025, 12, 31, 23, 20, 0, 0, time.UTC)) // in Berlin
	f(`%{%d %b}t %{%T}t.%{msec_frac}t`, `31 Dec 23:59:59.123`, time.Date(2025, 12, 31, 22, 59, 59, 123e6, time.UTC))
	f(`%{%T}t %{%z}t`, `23:59:59 +0000`, time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC))
}

func TestBadApacheSettingsAreExplained(t *testing.T) {
	f := func(c ApacheConfig, key, want string) {
		t.Helper()
		var bad *conf.FieldError
		if err := c.Validate(); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s: … %s", c, err, key, want)
		}
	}
	format := func(format, want string) {
		t.Helper()
		f(ApacheConfig{Format: format}, "format", want)
	}
	format("", "is empty")
	format("combinedd", `"combinedd" is not a format; use "common", "combined"`)
	format("%h %", "a directive has no letter (byte 4)")
	format("%h %{a", "the closing brace of %{a is missing (byte 4)")
	format("%h %J", "httpd has no directive %J; see http")
	format("%h %{}x", "httpd has no directive %{}x")
	format("%h %i", "httpd has no directive %i")
	format("%h%u", "nothing stands behind %h")
	format(`%h\n%u`, "more than one line")
	format("%%", "no directives")
	format("LogFormat", "the LogFormat directive has no format")
	format("CustomLog logs/access", "the CustomLog directive has no format")
	format("CustomLog logs/access mine", `"mine" is a nickname that another LogFormat defines`)
	format(`"%h \"%r\"" "%u"`, "the format is not one quoted string")
	format("%{%Q}t", `%{%Q}t: "%Q" is no directive of strftime`)
	format("%{%}t", `%{%}t: "%" is no directive of strftime`)
	format("%^F", "ends in the middle of a directive (byte 1)")
	f(ApacheConfig{Format: "common", Zone: "Mars"}, "zone", "cannot find the time zone")
	if err := DefaultApache().Validate(); err != nil {
		t.Fatal(err)
	}
}

func FuzzApache(f *testing.F) {
	f.Add("combined", accessLines(1, combinedPattern)[0])
	f.Add(`%{%A %e %B %y %r %Z}t|%X%{msec}t.%b%q"%r"`, "a")
	f.Add(`LogFormat "%{%c}t \"%{A}i\" %q"`, `Sat Nov 21 02:20:47 2026 "\x41\v" ?a`)
	f.Add(`%{sec}t.%{usec_frac}t %b %X`, `1795224047.000123 - -`)
	f.Fuzz(func(t *testing.T, format, line string) {
		p, err := NewApache(ApacheConfig{Format: format, SplitRequest: true, Escapes: escapesUndo, Zone: "UTC"})
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
		checkNames(t, b.Schema.Columns)
	})
}

// checkNames fails unless the names are plain and each is there once.
func checkNames(t *testing.T, columns []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range columns {
		if c == "" || seen[c] || strings.Trim(c, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" {
			t.Fatalf("column %q of %q", c, columns)
		}
		seen[c] = true
	}
}

func TestApacheAllocatesNothingPerLine(t *testing.T) {
	lines := append(accessLines(100, combinedPattern), "bad", `::1 - - [10/Oct/2000:13:55:36 -0700] "\x16" 400 - "-" "-"`)
	if n := allocs(newApache(t, "combined"), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
	if n := allocs(newApache(t, `%{%F %T}t.%{usec_frac}t %h`), []string{"2026-11-21 02:20:47.123456 a", "2026-11-21 02:20:47.123456"}); n > 0 {
		t.Fatalf("%v allocations with a time in pieces", n)
	}
}

func BenchmarkApacheCombined(b *testing.B) {
	benchmark(b, newApache(b, "combined"), accessLines(2000, combinedPattern))
}

func BenchmarkApacheTimeInPieces(b *testing.B) {
	const format = `%h %l %u [%{%d/%b/%Y:%T}t %{%z}t] "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`
	benchmark(b, newApache(b, format), accessLines(2000, combinedPattern))
}

func TestApacheBearsHostileLines(t *testing.T) {
	checkHostile(t, newApache(t, "combined"))
	checkHostile(t, newApache(t, `%U%q|%{%F %T}t"%r"`))
}
