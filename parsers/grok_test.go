package parsers

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/parsers/scanner"
)

func newGrok(t testing.TB, pattern string) *regexParser {
	t.Helper()
	p, err := NewGrok(GrokConfig{Pattern: pattern})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*regexParser)
}

func TestGrok(t *testing.T) {
	f := func(pattern, line, want string) {
		t.Helper()
		checkParser(t, newGrok(t, pattern), line, want)
	}
	const apache = `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] `
	const common = `clientip="127.0.0.1" ident="-" auth="frank" timestamp="10/Oct/2000:13:55:36 -0700" `
	f("%{COMMONAPACHELOG}", apache+`"GET /apache_pb.gif HTTP/1.0" 200 2326`, common+`verb="GET" request="/apache_pb.gif" httpversion="1.0" response=200 bytes=2326`)
	f("%{COMBINEDAPACHELOG}", apache+`"GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
		common+`verb="GET" request="/apache_pb.gif" httpversion="1.0" response=200 bytes=2326 referrer="http://www.example.com/start.html" agent="Mozilla/4.08 [en] (Win98; I ;Nav)"`)
	f("%{COMBINEDAPACHELOG}", apache+`"\x16\x03\"\x01" 400 - "-" "-"`, common+`rawrequest="\\x16\\x03\\\"\\x01" response=400`)
	f("%{COMBINEDAPACHELOG}", apache+`"-" 408 - "-" "a\"b"`, common+`rawrequest="-" response=408 agent="a\\\"b"`)
	f("%{SYSLOGLINE}", `Nov 21 02:20:47 host1.example.com sshd[4711]: Failed password for root from 10.0.0.1 port 22 ssh2`,
		`timestamp="Nov 21 02:20:47" logsource="host1.example.com" program="sshd" pid=4711 message="Failed password for root from 10.0.0.1 port 22 ssh2"`)
	f("%{SYSLOGLINE}", `2026-11-21T02:20:47.123456+01:00 host1 kernel: x`, `timestamp8601="2026-11-21T02:20:47.123456+01:00" logsource="host1" program="kernel" message="x"`)
	f("%{HTTPD_ERRORLOG}", `[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] File does not exist: /usr/local/apache2/htdocs/favicon.ico`,
		`timestamp="Fri Sep 09 10:42:29.902022 2011" loglevel="error" clientip="72.15.99.187" message="File does not exist: /usr/local/apache2/htdocs/favicon.ico" module="core" pid=35708 tid=4328636416`)
	f(`%{IP:client} %{WORD:method} %{URIPATHPARAM:request} %{NUMBER:bytes:int} %{NUMBER:duration:float}`, `55.3.244.1 GET /index.html?a=b 15824 0.043`,
		`client="55.3.244.1" method="GET" request="/index.html?a=b" bytes=15824 duration=0.043`)
	f(`^%{IP:ip}$`, `2001:db8::ff00:42:8329`, `ip="2001:db8::ff00:42:8329"`)
	f(`^%{IP:ip}$`, `fe80::1%eth0`, `ip="fe80::1%eth0"`)
	f(`^%{IP:ip}$`, `::ffff:1.2.3.4`, `ip="::ffff:1.2.3.4"`)
	f(`^%{IP:ip}$`, `2001:db8:0:0:0:ff00:42:8329`, `ip="2001:db8:0:0:0:ff00:42:8329"`)
	f(`^%{IP:ip}$`, `1.2.3.256`, `failed: no match for the grok pattern`)
	f(`%{HOSTPORT:hp}`, `to db.example.com:5432 now`, `hp="db.example.com:5432"`)
	f(`%{UUID:id} %{MAC:mac}`, `f47ac10b-58cc-4372-a567-0e02b2c3d479 00:1b:44:11:3a:b7`, `id="f47ac10b-58cc-4372-a567-0e02b2c3d479" mac="00:1b:44:11:3a:b7"`)
	f(`%{URI:uri} %{PATH:path}`, `https://me:x@example.com:8443/a/b?c=d#e /var/log/x\ y.log`, `uri="https://me:x@example.com:8443/a/b?c=d#e" path="/var/log/x\\ y.log"`)
	f(`\[%{DATA:[log][kind]}\] %{LOGLEVEL:log.level}: %{GREEDYDATA:@msg}`, `[a b] WARNING: it [x] y`, `log.kind="a b" log.level="WARNING" @msg="it [x] y"`)
	f(`%{JAVASTACKTRACEPART}`, "\tat com.example.Shop$1.<init>(Shop.java:42)", `class="com.example.Shop$1" method="<init>" file="Shop.java" line=42`)
	f(`(?<a>\d+) %{WORD:b}`, `17 x`, `a="17" b="x"`)
	f(`%{INT:n:int}|%{WORD:n}`, `x`, `n="x"`)
	f(`%{DATESTAMP_RFC2822:t} %{QS:q}`, `Mon, 02 Jan 2006 15:04:05 +0000 'it\'s'`, `t="Mon, 02 Jan 2006 15:04:05 +0000" q="'it\\'s'"`)
}

func TestGrokPatternsOfOnesOwn(t *testing.T) {
	p, err := NewGrok(GrokConfig{Pattern: `%{ORDER}`, Patterns: map[string]string{"ORDER": `%{ORDER_ID:id} %{MONEY:price}`, "ORDER_ID": `O-\d+`, "MONEY": `%{NUMBER} [A-Z]{3}`}})
	if err != nil {
		t.Fatal(err)
	}
	checkParser(t, p, `paid O-17 5.20 EUR`, `id="O-17" price="5.20 EUR"`)
}

func TestGrokRefusesBadSettings(t *testing.T) {
	f := func(c GrokConfig, key, msg string) {
		t.Helper()
		var bad *conf.FieldError
		if err := c.Validate(); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(bad.Error(), msg) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	own := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	f(GrokConfig{}, "pattern", "is empty")
	f(GrokConfig{Pattern: "%{WORD}"}, "pattern", "has no fields")
	f(GrokConfig{Pattern: "%{WORD:a"}, "pattern", "closing brace")
	f(GrokConfig{Pattern: "%{TIMESTAMP_ISO:a}"}, "pattern", "TIMESTAMP_ISO8601")
	f(GrokConfig{Pattern: "%{WORD:a b}"}, "pattern", "not a name")
	f(GrokConfig{Pattern: "%{WORD:a:date}"}, "pattern", "not a type")
	f(GrokConfig{Pattern: "%{WORD:a} (?=b)"}, "pattern", "without lookahead")
	f(GrokConfig{Pattern: "(?P<grok__7>a)"}, "pattern", "cannot be called")
	f(GrokConfig{Pattern: "%{A:a}", Patterns: own("A", "%{B}", "B", "x%{A}")}, "patterns.A", "A -> B -> A")
	f(GrokConfig{Pattern: "%{WORD:a}", Patterns: own("A", "(")}, "patterns.A", "missing closing )")
	f(GrokConfig{Pattern: "%{WORD:a}", Patterns: own("A", "%{NONE}")}, "patterns.A", "no pattern")
	f(GrokConfig{Pattern: "%{F:a}", Patterns: own("A", strings.Repeat("x", 1000), "B", strings.Repeat("%{A}", 10), "F", strings.Repeat("%{B}", 10))}, "patterns.F", "too long")
}

// Every standard pattern is compiled, and all are to a scanner.
func TestStandardGrokPatterns(t *testing.T) {
	for name := range grokSet() {
		p := newGrok(t, "%{"+name+":it}")
		if p.scanner == nil {
			t.Errorf("%s is not for a scanner", name)
		}
	}
}

func TestGrokAllocatesNothingPerLine(t *testing.T) {
	if n := allocs(newGrok(t, "%{COMBINEDAPACHELOG}"), append(accessLines(100, combinedPattern), "bad")); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestGrokOnHostileLines(t *testing.T) {
	checkHostile(t, newGrok(t, "%{COMBINEDAPACHELOG}"))
	checkHostile(t, newGrok(t, "%{DATA:a}, %{IPORHOST:b}: %{QS:c} %{URI:d}"))
}

func FuzzGrok(f *testing.F) {
	for _, p := range []string{"%{COMBINEDAPACHELOG}", "%{SYSLOGLINE}", "%{URI:a}", "%{IP:a} %{DATA:b} %{QS:c}", "%{HTTPD_ERRORLOG}", "%{TIMESTAMP_ISO8601:t} %{LOGLEVEL:l}"} {
		f.Add(p, accessLines(1, combinedPattern)[0])
		f.Add(p, "Nov 21 02:20:47 h p[1]: ::1 'a\\'\xff 2026-11-21T02:20:47Z ERROR")
	}
	f.Fuzz(func(t *testing.T, pattern, line string) {
		g, err := NewGrok(GrokConfig{Pattern: pattern})
		if err != nil || len(pattern) > 200 || len(line) > 1000 {
			return
		}
		p := g.(*regexParser)
		b := newBatch(line, "x")
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if p.scanner != nil && p.matcher.Match([]byte(line)) == scanner.Matches {
			want := p.re.FindStringSubmatchIndex(line)
			for _, f := range p.fields {
				for _, i := range []int{2 * f.group, 2*f.group + 1} {
					if int(p.matcher.Places[i]) != want[i] {
						t.Fatalf("%s in %q: place %d of %s is %d, want %d", pattern, line, i, f.name, p.matcher.Places[i], want[i])
					}
				}
			}
		}
	})
}

func BenchmarkGrok(b *testing.B) {
	p := newGrok(b, "%{COMBINEDAPACHELOG}")
	lines := accessLines(2000, combinedPattern)
	b.Run("scanner", func(b *testing.B) { benchmark(b, p, lines) })
	b.Run("regexp", func(b *testing.B) {
		alone := *p.regexProgram
		alone.scanner, alone.re = nil, regexp.MustCompile(p.re.String())
		benchmark(b, alone.clone(), lines)
	})
}
