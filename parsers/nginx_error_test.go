package parsers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/parsers/parsertest"
	"logskiff/record"
)

func newNginxError(t testing.TB, zone string) Parser {
	t.Helper()
	p, err := NewNginxError(NginxErrorConfig{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNginxError(t *testing.T) {
	const start, head = `2026/11/21 02:20:47 [error] 7#8: *9 `, `level="error" pid=7 tid=8 connection=9 `
	f := func(line, want string) {
		t.Helper()
		checkParser(t, newNginxError(t, "UTC"), line, want)
	}
	f(start+`open() "/html/x" failed (2: No such file or directory), client: 192.0.2.1, server: example.com, request: "GET /x HTTP/1.1", host: "example.com", referrer: "https://e/"`,
		head+`message="open() \"/html/x\" failed (2: No such file or directory)" client="192.0.2.1" server="example.com" request_method="GET" request_uri="/x" server_protocol="HTTP/1.1" host="example.com" referrer="https://e/"`)
	f(`2026/11/21 02:20:47 [notice] 7#7: signal process started`, `level="notice" pid=7 tid=7 message="signal process started"`)
	f(`2026/11/21 02:20:47 [notice] 7#7: `, `level="notice" pid=7 tid=7 message=""`)
	f(`2026/11/21 02:20:47 [emerg] 7#0: bind() to 0.0.0.0:80 failed (98: Address already in use)`, `level="emerg" pid=7 tid=0 message="bind() to 0.0.0.0:80 failed (98: Address already in use)"`)
	f(start+`"/a, b, client: none of these" was not found, client: ::1, server: , request: "GET /a"b"c HTTP/1.1", subrequest: "/auth", upstream: "http://127.0.0.1:80/a,b", host: "e"`,
		head+`message="\"/a, b, client: none of these\" was not found" client="::1" request_method="GET" request_uri="/a\"b\"c" server_protocol="HTTP/1.1" subrequest="/auth" upstream="http://127.0.0.1:80/a,b" host="e"`)
	f(start+`client sent invalid method while reading client request line, client: 192.0.2.1, server: _, request: "`+"\x16\x03\x01"+`"`,
		head+`message="client sent invalid method while reading client request line" client="192.0.2.1" server="_" request="\x16\x03\x01"`)
	f(start+`SSL_do_handshake() failed while SSL handshaking, client: 192.0.2.1, server: [::]:443`, head+`message="SSL_do_handshake() failed while SSL handshaking" client="192.0.2.1" server="[::]:443"`)
	f(start+`x, client: 1, server: a, request: "GET / HTTP/1.1", host: "a", referrer: "b, host: "`,
		head+`message="x" client="1" server="a" request_method="GET" request_uri="/" server_protocol="HTTP/1.1" host="a" referrer="b, host: "`)
	f(start+`x, client: 1, server: a, request: "GET / HTTP/1.1", host: "a", referrer: "b", host: "c", referrer: "d"`,
		head+`message="x" client="1" server="a" request_method="GET" request_uri="/" server_protocol="HTTP/1.1" host="a" referrer="b\", host: \"c\", referrer: \"d"`)
	// nginx closes every quote; a line that was cut off has its whole list in the message.
	f(start+`x, client: 1, server: a, request: "GET / HT`, head+`message="x, client: 1, server: a, request: \"GET / HT"`)
	f(start+`upstream timed out, udp client: 1, server: 0.0.0.0:53, upstream: "u:53", bytes from/to client:28/0, bytes from/to upstream:0/28`,
		head+`message="upstream timed out" client="1" server="0.0.0.0:53" upstream="u:53" bytes_from_client=28 bytes_to_client=0 bytes_from_upstream=0 bytes_to_upstream=28`)
	f(start+`x, bytes from/to client:28`, head+`message="x, bytes from/to client:28"`)
	f(start+`client logged in, client: 1, server: 0.0.0.0:25, login: "ann", upstream: 127.0.0.1:25`, head+`message="client logged in" client="1" server="0.0.0.0:25" login="ann" upstream="127.0.0.1:25"`)
	f(`2026/11/21 02:20:47 [error] 7#8: *x y`, `level="error" pid=7 tid=8 message="*x y"`)

	const no = "failed: no match for nginx error log at its "
	f(``, no+"time")
	f(`nginx: [warn] conflicting server name "a" on 0.0.0.0:80, ignored`, no+"time")
	f(`2026/02/30 02:20:47 [error] 7#8: x`, no+"time")
	f(`2026-11-21 02:20:47 [error] 7#8: x`, no+"time")
	f(`2026/11/21 02:20:47 [] 7#8: xxxxxxx`, no+"level")
	f(`2026/11/21 02:20:47 [error]7#8: xxxx`, no+"level")
	f(`2026/11/21 02:20:47 [error] x#8: x`, no+"process")
	f(`2026/11/21 02:20:47 [error] 7:8: x`, no+"process")
	f(`2026/11/21 02:20:47 [error] 7#8 xx`, no+"process")
	f(`2026/11/21 02:20:47 [error] 7777`, no+"process")
}

func TestNginxErrorTimesAreOfTheZone(t *testing.T) {
	b := newBatch("2026/07/21 02:20:47 [info] 1#1: a", "2026/11/21 02:20:47 [info] 1#1: a", "2026/11/21 02:20:48 [info] 1#1: a")
	newNginxError(t, "Europe/Berlin").Clone().Parse(b)
	for i, want := range []time.Time{
		time.Date(2026, 7, 21, 0, 20, 47, 0, time.UTC), time.Date(2026, 11, 21, 1, 20, 47, 0, time.UTC), time.Date(2026, 11, 21, 1, 20, 48, 0, time.UTC),
	} {
		if r := b.Records[i]; r.Time != want.UnixNano() || (r.Zone == 120) != (i == 0) {
			t.Errorf("line %d: got %+v, want %v", i, r, want)
		}
	}
	var bad *conf.FieldError
	if err := (NginxErrorConfig{Zone: "Mars"}).Validate(); !errors.As(err, &bad) || bad.Key != "zone" {
		t.Errorf("got %v", err)
	}
}

func FuzzNginxError(f *testing.F) {
	f.Add(`2026/11/21 02:20:47 [error] 7#8: *9 x, client: 1, server: a, request: "GET / HTTP/1.1", host: "a", referrer: "b, host: "`)
	f.Add(`2026/11/21 02:20:47 [error] 7#8: x, udp client: 1, bytes from/to client:28/0, bytes from/to upstream:0/28`)
	p := newNginxError(f, "UTC")
	f.Fuzz(func(t *testing.T, line string) {
		b := newBatch(line, line)
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if parsed(b, 0) != parsed(b, 1) || b.Records[0].Kind == record.Raw {
			t.Fatalf("%q: got %s and then %s", line, parsed(b, 0), parsed(b, 1))
		}
	})
}

func nginxErrorLines(n int) []string {
	const pattern = `2026/11/21 02:20:47 [error] 7#8: *9 open() "/usr/share/nginx/html%s" failed (2: No such file or directory), client: %s, server: example.com, request: "GET %[1]s HTTP/1.1", host: "example.com", referrer: "https://shop.example.com/"`
	lines := accessLines(n, combinedPattern)
	for i, l := range lines {
		words := strings.Fields(l)
		lines[i] = strings.ReplaceAll(strings.Replace(pattern, "%s", words[6], 1), "%[1]s", words[6])
		lines[i] = strings.Replace(lines[i], "%s", words[0], 1)
	}
	return lines
}

func TestNginxErrorAllocatesNothingPerLine(t *testing.T) {
	if n := allocs(newNginxError(t, ""), append(nginxErrorLines(100), "bad")); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestNginxErrorBearsHostileLines(t *testing.T) {
	checkHostile(t, newNginxError(t, ""))
	const start = `2026/11/21 02:20:47 [error] 7#8: `
	for _, part := range []string{`, host: "`, `, client: a b`, `, client: a`, `, bytes from/to client:1/2`, `, bytes from/to client:11111111`, `, server: `} {
		b := newBatch(start+strings.Repeat(part, 1<<20/len(part)), start+strings.Repeat(part, 1<<20/len(part))+`"`)
		parsertest.Linear(t, part, func() { newNginxError(t, "").Parse(b) })
		if b.Failed > 0 {
			t.Errorf("%s: %d failed", part, b.Failed)
		}
	}
}

func BenchmarkNginxError(b *testing.B) {
	benchmark(b, newNginxError(b, ""), nginxErrorLines(2000))
}
