package parsers

import (
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

func newNginx(t testing.TB, c NginxConfig) Parser {
	t.Helper()
	p, err := NewNginx(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func withFormat(format, escape string) NginxConfig {
	c := DefaultNginx()
	c.Format, c.Escape = format, escape
	return c
}

// checkLine parses one line, twice so that caches are met, and compares.
func checkLine(t *testing.T, c NginxConfig, line, want string) {
	t.Helper()
	p := newNginx(t, c)
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

func TestCombined(t *testing.T) {
	const start = `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] `
	const addr, rest = `remote_addr="1.2.3.4" `, ` status=200 body_bytes_sent=5 http_user_agent="x"`
	f := func(line, want string) {
		t.Helper()
		checkLine(t, DefaultNginx(), line, want)
	}
	f(start+`"GET /a?b=c HTTP/1.1" 200 5 "-" "x"`, addr+`request_method="GET" request_uri="/a?b=c" server_protocol="HTTP/1.1"`+rest)
	f(start+`"PRI * HTTP/2.0" 200 5 "-" "x"`, addr+`request_method="PRI" request_uri="*" server_protocol="HTTP/2.0"`+rest)
	f(start+`"GET /a b HTTP/1.0" 200 5 "-" "x"`, addr+`request_method="GET" request_uri="/a b" server_protocol="HTTP/1.0"`+rest)
	f(start+`"GET /\x22\xC3\xA9 HTTP/1.1" 200 5 "-" "x"`, addr+`request_method="GET" request_uri="/\"é" server_protocol="HTTP/1.1"`+rest)
	f(start+`"\x16\x03\x01" 200 5 "-" "x"`, addr+`request="\x16\x03\x01"`+rest)
	f(start+`"GET /" 200 5 "-" "x"`, addr+`request="GET /"`+rest)
	f(start+`"get / HTTP/1.1" 200 5 "-" "x"`, addr+`request="get / HTTP/1.1"`+rest)
	f(start+`"GET  HTTP/1.1" 200 5 "-" "x"`, addr+`request="GET  HTTP/1.1"`+rest)
	f(start+`"GET / HTTP/x.1" 200 5 "-" "x"`, addr+`request="GET / HTTP/x.1"`+rest)
	f(start+`"" 200 5 "-" "x"`, addr+`request=""`+rest)
	f(start+`"-" 200 5 "-" "x"`, addr+strings.TrimSpace(rest))
	f(start+`"-" 000 - "" "-"`, addr+`status=0 http_referer=""`)
	f(strings.Replace(start, " - - ", " - ann b ", 1)+`"-" 200 5 "\x5C\x00" "x"`, addr+`remote_user="ann b" status=200 body_bytes_sent=5 http_referer="\\\x00" http_user_agent="x"`)
	// Apache httpd writes quotes its own way; a backslash that means nothing stays.
	f(start+`"-" 200 5 "a\"b\\" "\q\x4"`, addr+`status=200 body_bytes_sent=5 http_referer="a\"b\\" http_user_agent="\\q\\x4"`)

	f(``, `failed: no match for nginx format at $remote_addr`)
	f(`hello`, `failed: no match for nginx format at $remote_addr`)
	f(start, `failed: no match for nginx format at $time_local`)
	f(`1.2.3.4 - - [21/Nov/2026:02:20:61 +0100] "-" 200 5 "-" "x"`, `failed: no match for nginx format at $time_local`)
	f(start+`"-" 200 5 "-" "x`, `failed: no match for nginx format at $http_user_agent`)
	f(start+`"-" 200 5 "-" "x" `, `failed: no match for nginx format at $http_user_agent`)
	f(start+`"-" 200 5 "-" "x"y"`, `failed: no match for nginx format at $http_user_agent`)
	f(start+`"-" 200 5 "-"x"`, `failed: no match for nginx format at $http_referer`)
	f(start+`"a" b" 200 5 "-" "x"`, `failed: no match for nginx format at $status`)
	f(start+`"-" 200 5 "-" "x\"`, `failed: no match for nginx format at $http_user_agent`)
	f(start+`"-" 200`, `failed: no match for nginx format at $status`)
}

func TestRequestStaysWholeWhenAskedTo(t *testing.T) {
	const line = `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET / HTTP/1.1" 200 5 "-" "x"`
	c := DefaultNginx()
	c.SplitRequest = false
	checkLine(t, c, line, `remote_addr="1.2.3.4" request="GET / HTTP/1.1" status=200 body_bytes_sent=5 http_user_agent="x"`)
	checkLine(t, withFormat(`$request_method "$request"`, "default"), `GET "GET / HTTP/1.1"`, `request_method="GET" request="GET / HTTP/1.1"`)
}

func TestFormats(t *testing.T) {
	f := func(format, escape, line, want string) {
		t.Helper()
		checkLine(t, withFormat(format, escape), line, want)
	}
	f(`${status}ms $arg_a|$cookie_b`, "default", `200ms x|y|z`, `status=200 arg_a="x" cookie_b="y|z"`)
	f(`$status$pipe$request_time`, "default", `200.0.005`, `status=200 pipe="." request_time=0.005`)
	f(`$request_id$status`, "default", strings.Repeat("a", 32)+`404`, `request_id="`+strings.Repeat("a", 32)+`" status=404`)
	f(`$time_local$msec`, "default", `21/Nov/2026:02:20:47 +01001795400447.123`, ``)
	f(`$upstream_response_time $upstream_status`, "default", `0.005 502`, `upstream_response_time=0.005 upstream_status=502`)
	f(`$upstream_response_time $upstream_status`, "default", `0.005, 0.003 502, 200`, `upstream_response_time=0.003 upstream_response_time_text="0.005, 0.003" upstream_status=200 upstream_status_text="502, 200"`)
	f(`$upstream_addr $upstream_status $host`, "default", `127.0.0.1:80, unix:/run/a.sock : 10.0.0.1:80 502, 504 : 200 e`, `upstream_addr="127.0.0.1:80, unix:/run/a.sock : 10.0.0.1:80" upstream_status=200 upstream_status_text="502, 504 : 200" host="e"`)
	f(`$upstream_status,$upstream_response_time,$host`, "default", `502, 200,0.1, 0.2,e`, `upstream_status=200 upstream_status_text="502, 200" upstream_response_time=0.2 upstream_response_time_text="0.1, 0.2" host="e"`)
	f(`$upstream_status, $host`, "default", `502, e`, `upstream_status=502 host="e"`)
	f(`$upstream_status : $host`, "default", `502 : e`, `upstream_status=502 host="e"`)
	f(`$http_x_forwarded_for $status`, "default", `10.0.0.1, 10.0.0.2 200`, `http_x_forwarded_for="10.0.0.1, 10.0.0.2" status=200`)
	f(`$http_a $status`, "default", `a, b 200`, `failed: no match for nginx format at $status`)
	f(`"$upstream_response_time" "$upstream_status"`, "default", `"0.005, 0.003" "-"`, `upstream_response_time=0.003 upstream_response_time_text="0.005, 0.003"`)
	f(`$status $status $status`, "default", `1 2 3`, `status=1 status_2=2 status_3=3`)
	f(`$status $status_2 $status`, "default", `1 2 3`, `status=1 status_2="2" status_3=3`)
	f(`$time $_offset $host`, "default", `1 2 3`, `time_2="1" _offset_2="2" host="3"`)
	f(`$http_a - $http_b`, "default", `a-b -  - - c`, `http_a="a-b" http_b=" - - c"`)
	f(`$http_a<->separator $http_b`, "default", `a<->b<->separator c`, `http_a="a<->b" http_b="c"`)
	f(`<$http_a>`, "default", `<a>b>`, `http_a="a>b"`)
	f(`<$http_a>`, "default", `<>`, `http_a=""`)
	f(`<$http_a>`, "default", `<`, `failed: no match for nginx format at $http_a`)
	f(`<$http_a>`, "default", `a>`, `failed: no match for nginx format at its beginning`)
	f(`$http_a`, "default", `a\x0Ab`, `http_a="a\nb"`)
	f(`"$http_a" "$http_b"`, "none", `"a"b" "c" "d\x22"`, `http_a="a\"b" http_b="c\" \"d\\x22"`)
	f(`$status,$http_b`, "none", `,`, ``)
	f(`$status,$http_b`, "default", `,`, `http_b=""`)
	f(`{"a":"$http_a","n":$status,"b":"$http_b"}`, "json", `{"a":"q\"\u00e9\ud83d\ude00\n","n":200,"b":""}`, `http_a="q\"é😀\n" status=200`)
	f(`{"a":"$http_a","n":$upstream_status}`, "json", `{"a":"\ud800x","n":}`, `http_a="`+"\uFFFD"+`x"`)
	f(`{"a":"$http_a"}`, "json", `{"a":"\q"}`, `failed: no match for nginx format at $http_a`)
	f(`{"a":"$http_a"}`, "json", `{"a":"\u12"}`, `failed: no match for nginx format at $http_a`)
	f(`{"a":"$http_a"}`, "json", `{"a":"\"}`, `failed: no match for nginx format at $http_a`)
	f("\n  log_format  main escape=json  '$remote_addr ' # who\n '\"$request\" '\n \"$status\" ';$http_a\\'';\n", "default",
		`::1 "GET / HTTP/1.1" 200;x'`, `remote_addr="::1" request_method="GET" request_uri="/" server_protocol="HTTP/1.1" status=200 http_a="x"`)
	f(`log_format x $status:$http_a;`, "default", `200:b`, `status=200 http_a="b"`)
	f(`'$status' 'b $http_a'`, "default", `200b c`, `status=200 http_a="c"`)
}

func TestTimeAndZone(t *testing.T) {
	second := time.Date(2026, 11, 21, 1, 20, 47, 0, time.UTC).UnixNano()
	f := func(format, line string, want int64, zone int16) {
		t.Helper()
		b := newBatch(line, line)
		newNginx(t, withFormat(format, "default")).Parse(b)
		for _, r := range b.Records {
			if r.Kind != record.Columns || r.Time != want || r.Zone != zone {
				t.Errorf("%q: got %+v", line, r)
			}
		}
		if len(b.Schema.Columns) != 0 {
			t.Errorf("%q: the time is also in %v", format, b.Schema.Columns)
		}
	}
	f(`[$time_local]`, `[21/Nov/2026:02:20:47 +0100]`, second, 60)
	f(`[$time_local]`, `[20/Nov/2026:21:50:47 -0330]`, second, -210)
	f(`$time_iso8601`, `2026-11-21T02:20:47+01:00`, second, 60)
	f(`$msec`, `1795224047.123`, second+123e6, 0)
	f(`$time_local $msec`, `21/Nov/2026:02:20:47 +0100 1795224047.123`, second+123e6, 60)
	f(`$msec $time_iso8601`, `1795224047.123 2026-11-21T02:20:47+01:00`, second+123e6, 60)
}

func TestTimeIsReadAnewEverySecond(t *testing.T) {
	b := newBatch("21/Nov/2026:02:20:47 +0100", "21/Nov/2026:02:20:48 +0100", "bad", "21/Nov/2026:02:20:48 +0200", "21/Nov/2026:02:20:47 +0100")
	newNginx(t, withFormat("$time_local", "default")).Parse(b)
	base := b.Records[0].Time
	want := []int64{0, 1e9, -base, 1e9 - 3600e9, 0}
	for i, r := range b.Records {
		if r.Time-base != want[i] {
			t.Errorf("line %d: %d after the first, want %d", i, r.Time-base, want[i])
		}
	}
}

func TestNginxAllocatesNothingPerLine(t *testing.T) {
	lines := accessLines(100, combinedPattern)
	lines = append(lines, "bad", strings.Replace(lines[0], "catalog", `\x22\xC3\xA9`, 1))
	if n := allocs(newNginx(t, DefaultNginx()), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkNginxCombined(b *testing.B) {
	benchmark(b, newNginx(b, DefaultNginx()), accessLines(2000, combinedPattern))
}

// Each column has one type, whatever stands in the log.
func TestAnUpstreamsColumnHasOneType(t *testing.T) {
	const format = `$upstream_response_time|$upstream_status|$content_length|$status`
	f := func(lists, line, want string) {
		t.Helper()
		c := withFormat(format, "default")
		c.Lists = lists
		checkLine(t, c, line, want)
	}
	f("last", `0.012|200|5|200`, `upstream_response_time=0.012 upstream_status=200 content_length=5 status=200`)
	f("last", `0.012, 0.030|502, 200|-|200`, `upstream_response_time=0.030 upstream_response_time_text="0.012, 0.030" upstream_status=200 upstream_status_text="502, 200" status=200`)
	f("last", `0.012 : 0.030|-, 504 : 404|5|404`, `upstream_response_time=0.030 upstream_response_time_text="0.012 : 0.030" upstream_status=404 upstream_status_text="-, 504 : 404" content_length=5 status=404`)
	f("last", `0.012, -|502, -|abc|502`, `upstream_response_time_text="0.012, -" upstream_status_text="502, -" content_length_text="abc" status=502`)
	f("last", `-|-|99999999999999999999|400`, `content_length_text="99999999999999999999" status=400`)
	f("last", `-|-|1 2|000`, `content_length_text="1 2" status=0`)
	f("last", `-|-|\x31|200`, `content_length=1 status=200`)
	f("last", `-|-|-|1.2.3`, `failed: no match for nginx format at $status`)
	f("text", `0.012|200|5|200`, `upstream_response_time="0.012" upstream_status="200" content_length=5 status=200`)
	f("text", `0.012, 0.030|-, 200|5|200`, `upstream_response_time="0.012, 0.030" upstream_status="-, 200" content_length=5 status=200`)
	f("text", `-|-|-|200`, `status=200`)
	c := DefaultNginx()
	c.Lists = "sum"
	if err := c.Validate(); err == nil {
		t.Error("a way to write lists that there is not was taken")
	}
}

// Bytes that the server had to escape are sent as it wrote them, where that is asked for.
func TestEscapesAreKept(t *testing.T) {
	c := DefaultNginx()
	c.Escapes = "keep"
	const start = `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] `
	checkLine(t, c, start+`"GET /\xEE\x22?a=\x5C HTTP/1.1" 200 5 "-" "\xEE\xFF\x20"`,
		`remote_addr="1.2.3.4" request_method="GET" request_uri="/\\xEE\\x22?a=\\x5C" server_protocol="HTTP/1.1" status=200 body_bytes_sent=5 http_user_agent="\\xEE\\xFF\\x20"`)
	c = withFormat(`{"a":"$http_a","n":$status}`, "json")
	c.Escapes = "keep"
	checkLine(t, c, `{"a":"q\"\u00e9\q","n":200}`, `http_a="q\\\"\\u00e9\\q" status=200`)
	a := DefaultApache()
	a.Escapes = "keep"
	p, err := NewApache(a)
	if err != nil {
		t.Fatal(err)
	}
	checkParser(t, p.Clone(), start+`"GET /\xee HTTP/1.1" 200 5 "-" "a\"b\\c\xff"`,
		`remote_addr="1.2.3.4" request_method="GET" request_uri="/\\xee" server_protocol="HTTP/1.1" status=200 body_bytes_sent=5 http_user_agent="a\\\"b\\\\c\\xff"`)
	a.Escapes, c.Escapes = "", "drop"
	if a.Validate() == nil || c.Validate() == nil {
		t.Error("something that cannot become of escapes was taken")
	}
}
