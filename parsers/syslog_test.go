package parsers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/parsers/clocks"
	"logskiff/record"
)

func newSyslog(t testing.TB, format, zone string) Parser {
	t.Helper()
	p, err := NewSyslog(SyslogConfig{Format: format, Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func TestSyslogRFC3164(t *testing.T) {
	const at = "2026-11-21T02:20:47+01:00 "
	p := newSyslog(t, "auto", "Europe/Berlin")
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f(`<34>Nov 21 02:20:47 mymachine su: 'su root' failed`, at+`priority=34 facility="auth" severity="crit" host="mymachine" app="su" message="'su root' failed"`)
	f(`Nov 21 02:20:47 web-1 sshd[123]: Accepted publickey`, at+`host="web-1" app="sshd" pid=123 message="Accepted publickey"`)
	f(`Nov 21 02:20:47 web-1 postfix/smtpd[123]: a: b`, at+`host="web-1" app="postfix/smtpd" pid=123 message="a: b"`)
	f(`Nov 21 02:20:47 web-1 kernel: [    1.5] x`, at+`host="web-1" app="kernel" message="[    1.5] x"`)
	f(`Nov 21 02:20:47 web-1 sudo:     ann : TTY=pts/0`, at+`host="web-1" app="sudo" message="    ann : TTY=pts/0"`)
	f(`Nov 21 02:20:47 web-1 last message repeated 2 times`, at+`host="web-1" message="last message repeated 2 times"`)
	f(`Nov 21 02:20:47 web-1 -- MARK --`, at+`host="web-1" message="-- MARK --"`)
	f(`Nov 21 02:20:47 web-1 a[]: x`, at+`host="web-1" app="a" message="x"`)
	f(`Nov 21 02:20:47 web-1 a[x.y]:z w`, at+`host="web-1" app="a" procid="x.y" message="z w"`)
	f(`Nov 21 02:20:47 mac com.apple.xpc[1] (com.apple.x[7]): exited`, at+`host="mac" app="com.apple.xpc" pid=1 message="(com.apple.x[7]): exited"`)
	f(`Nov 21 02:20:47 web-1 a[1]b: x`, at+`host="web-1" message="a[1]b: x"`)
	f(`Nov 21 02:20:47 web-1 a[1 b: x`, at+`host="web-1" message="a[1 b: x"`)
	f(`Nov 21 02:20:47 web-1 app:`, at+`host="web-1" app="app"`)
	f(`Nov 21 02:20:47 web-1 : x`, at+`host="web-1" message="x"`)
	f(`Nov 21 02:20:47 web-1 http://x/ y`, at+`host="web-1" message="http://x/ y"`)
	f(`Nov 21 02:20:47 fe80::1 app: x`, at+`host="fe80::1" app="app" message="x"`)
	f(`Nov 21 02:20:47 - app: x`, at+`app="app" message="x"`)
	f(`<13>Nov 21 02:20:47 ann: from a local socket`, at+`priority=13 facility="user" severity="notice" app="ann" message="from a local socket"`)
	f(`<13>Nov 21 02:20:47 ann[7]: x`, at+`priority=13 facility="user" severity="notice" app="ann" pid=7 message="x"`)
	f(`Nov 21 02:20:47 hello`, at+`message="hello"`)
	f(`Nov 21 02:20:47 `, strings.TrimSpace(at))
	f(`Nov 21 02:20:47`, strings.TrimSpace(at))
	f(`<0>Nov 21 02:20:47 h a: x`, at+`priority=0 facility="kern" severity="emerg" host="h" app="a" message="x"`)
	f(`<191>Nov 21 02:20:47 h a: x`, at+`priority=191 facility="local7" severity="debug" host="h" app="a" message="x"`)
	f(`<13>no time at all`, `priority=13 facility="user" severity="notice" message="no time at all"`)
	f(`<13>app[1]: no time`, `priority=13 facility="user" severity="notice" app="app" pid=1 message="no time"`)
	f(`<13>`, `priority=13 facility="user" severity="notice"`)
	f(`<13>1 x y`, `priority=13 facility="user" severity="notice" message="1 x y"`)
	f("Nov 21 02:20:47 h a: \x00\xff", at+`host="h" app="a" message="\x00\xff"`)

	const none = `failed: no syslog time`
	for _, line := range []string{
		``, `hello`, `<`, `<13`, `<>x`, `<013>x`, `<192>x`, `<1999>x`, `<a>x`, `Nov 21`, `Nov 21 02:20`, `Nov 21 02:20:4`, `Nov 21 02:20:61 h a: x`,
		`Nov 21 24:20:47 h`, `Nov 21 02:60:47 h`, `Nov 31 02:20:47 h`, `Nov 0 02:20:47 h`, `Nov 21 02:20:47x h`, `Nov 21 02-20-47 h`, `nov 21 02:20:47 h`,
		`Nov xx 02:20:47 h`, `Nov 211 02:20:47 h`, `Nov  021 02:20:47`, `Nov 21 02:20:47. h`, `Nov 21 0000 02:20:47 h`, `2026-11-21T02:20:47 h a: x`, `2026-11-21`,
	} {
		f(line, none)
	}
}

func TestSyslogTimes(t *testing.T) {
	p := newSyslog(t, "rfc3164", "Europe/Berlin")
	f := func(time, want string) {
		t.Helper()
		checkTimed(t, p, time+" h a: x", want+` host="h" app="a" message="x"`)
	}
	f("Nov  1 02:20:47", "2026-11-01T02:20:47+01:00")
	f("Nov 01 02:20:47", "2026-11-01T02:20:47+01:00")
	f("Nov 1 02:20:47", "2026-11-01T02:20:47+01:00")
	f("Jul  1 02:20:47", "2026-07-01T02:20:47+02:00")
	f("Nov 21 02:20:47.123456", "2026-11-21T02:20:47.123456+01:00")
	f("Nov 21 2025 02:20:47", "2025-11-21T02:20:47+01:00")
	f("Feb 29 2024 02:20:47.5", "2024-02-29T02:20:47.5+01:00")
	f("Nov 22 12:59:59", "2026-11-22T12:59:59+01:00")
	f("Nov 22 13:01:00", "2025-11-22T13:01:00+01:00")
	f("Feb 29 02:20:47", "2024-02-29T02:20:47+01:00")
	f("2026-11-21T02:20:47.123456+05:30", "2026-11-21T02:20:47.123456+05:30")
	f("2026-11-21T02:20:47Z", "2026-11-21T02:20:47Z")
	f("2026-11-21T02:20:47-0700", "2026-11-21T02:20:47-07:00")
}

func TestSyslogCisco(t *testing.T) {
	p := newSyslog(t, "auto", "Europe/Berlin")
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, "<189>"+line, strings.Replace(want, " ", ` priority=189 facility="local7" severity="notice" `, 1))
	}
	f(`29: *Nov 21 02:20:47.123: %SYS-5-CONFIG_I: Configured`, `2026-11-21T02:20:47.123+01:00 app="%SYS-5-CONFIG_I" message="Configured"`)
	f(`29: .Nov  1 2025 02:20:47.123 UTC: %SYS-5-CONFIG_I: Configured`, `2025-11-01T02:20:47.123Z app="%SYS-5-CONFIG_I" message="Configured"`)
	f(`29: Nov 21 02:20:47 CET: %SYS-5-CONFIG_I: x`, `2026-11-21T02:20:47+01:00 app="%SYS-5-CONFIG_I" message="x"`)
	f(`Nov 21 2026 02:20:47 fw01 : %ASA-6-302013: Built`, `2026-11-21T02:20:47+01:00 host="fw01" app="%ASA-6-302013" message="Built"`)
	f(`Nov 21 2026 02:20:47: %ASA-6-302013: Built`, `2026-11-21T02:20:47+01:00 app="%ASA-6-302013" message="Built"`)
	f(`Nov 21 02:20:47 10.0.0.1 29: x`, `2026-11-21T02:20:47+01:00 host="10.0.0.1" app="29" message="x"`)
}

func TestSyslogGuessesTheYear(t *testing.T) {
	p := newSyslog(t, "auto", "UTC")
	var clock clocks.RFC3339
	f := func(read, line, want string) {
		t.Helper()
		b := newBatch(line, line)
		b.ReadAt, _, _ = clock.Read([]byte(read))
		p.Parse(b)
		for i := range b.Records {
			if got, _, _ := strings.Cut(timed(b, i), " "); got != want {
				t.Errorf("%s read at %s: got %s, want %s", line, read, got, want)
			}
		}
	}
	f("2027-01-01T00:00:05Z", "Dec 31 23:59:59 h a: x", "2026-12-31T23:59:59Z")
	f("2027-01-01T00:00:05Z", "Jan  1 00:00:04 h a: x", "2027-01-01T00:00:04Z")
	f("2026-12-31T23:59:58Z", "Jan  1 00:00:04 h a: x", "2027-01-01T00:00:04Z")
	f("2026-12-31T23:59:58Z", "Dec 31 23:59:59 h a: x", "2026-12-31T23:59:59Z")
	f("2026-12-31T23:59:58Z", "Jan  3 00:00:00 h a: x", "2026-01-03T00:00:00Z")
	f("2028-02-28T23:59:58Z", "Feb 29 00:00:00 h a: x", "2028-02-29T00:00:00Z")
	f("2027-02-28T23:59:58Z", "Feb 29 00:00:00 h a: x", "2024-02-29T00:00:00Z")
}

func TestSyslogRFC5424(t *testing.T) {
	const at = "2003-10-11T22:14:15.003Z "
	const head = `priority=165 facility="local4" severity="notice" `
	p := newSyslog(t, "auto", "UTC")
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed", at+`priority=34 facility="auth" severity="crit" host="mymachine.example.com" app="su" msgid="ID47" message="'su root' failed"`)
	f(`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.`, `2003-08-24T05:14:15.000003-07:00 `+head+`host="192.0.2.1" app="myproc" pid=8710 message="%% It's time."`)
	f(`<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"] text`,
		at+head+`host="h" app="evntslog" msgid="ID47" exampleSDID@32473.iut="3" exampleSDID@32473.eventSource="Application" message="text"`)
	f(`<165>1 2003-10-11T22:14:15.003Z h a 0x1f ID47 [a b="c"][d e="\"\\\]\n" e=""][f]`, at+head+`host="h" app="a" procid="0x1f" msgid="ID47" a.b="c" d.e="\"\\]\\n" d.e_2="" f=true`)
	f(`<165>1 - - - - - -`, strings.TrimSpace(head))
	f(`<165>1 - - - - - - `, strings.TrimSpace(head))
	f(`<165>1 - - - - - [a]`, head+`a=true`)
	f(`1 2003-10-11T22:14:15.003Z h a - - - no priority`, at+`host="h" app="a" message="no priority"`)
	f(`<165>1 - h a 007 - - x`, head+`host="h" app="a" procid="007" message="x"`)

	const not, time = `failed: not an RFC 5424 message`, `failed: no RFC 5424 time`
	f(`<165>1 2003-10-11T22:14:15.003Z`, not)
	f(`<165>1 2003-10-11T22:14:15.003Z h a -`, not)
	f(`<165>1 2003-10-11T22:14:15.003Z h a - `, not)
	f(`<165>1 2003-10-11T22:14:15.003Z h  a - - - x`, not)
	f(`<165>1 2003-10-11T22:14:15.003 h a - - - x`, time)
	f(`<165>1 2003-10-11T22:14:15.003Z h a - - `, at+head+`host="h" app="a"`)
	f(`<165>1 2003-10-11T22:14:15.003Z h a - ID4`, at+head+`host="h" app="a" msgid="ID4"`)
	f(`<40>1 2012-11-30T06:45:29+00:00 host app web.3 - State changed from starting to up`,
		`2012-11-30T06:45:29Z priority=40 facility="syslog" severity="emerg" host="host" app="app" procid="web.3" message="State changed from starting to up"`)
	f(`<165>1 - h a - - [12:01:02 INFO] [a.B] up`, head+`host="h" app="a" message="[12:01:02 INFO] [a.B] up"`)
	f(`<165>1 - h a - - [a b="\\c"][d e="f] g`, head+`host="h" app="a" message="[a b=\"\\\\c\"][d e=\"f] g"`)
	for _, sd := range []string{
		`x`, `--`, `[`, `[]`, `[ a="b"]`, `[a`, `[a `, `[a ]`, `[a b]`, `[a b=]`, `[a b="]`, `[a b="c]`, `[a b="c"`, `[a b="c"d="e"]`, `[a="b"]`, `["a"]`, `[a b c="d"]`,
		`[a =""]`, `[a b="c"]x`, `[a b=c]`, `[a  b="c"]`, `[a b="\"]`,
	} {
		f(`<165>1 - h a - - `+sd, head+fmt.Sprintf(`host="h" app="a" message=%q`, sd))
	}
	id := strings.Repeat("i", 64)
	f(`<165>1 - h a - - [`+id+`]`, head+`host="h" app="a" `+id+`=true`)
	f(`<165>1 - h a - - [`+id+`i b="c"]`, head+`host="h" app="a" message="[`+id+`i b=\"c\"]"`)

	checkTimed(t, newSyslog(t, "rfc5424", ""), `<13>Nov 21 02:20:47 h a: x`, not)
	checkTimed(t, newSyslog(t, "rfc5424", ""), ``, not)
	checkTimed(t, newSyslog(t, "rfc3164", ""), `<165>1 - h a - - - x`, head+`message="1 - h a - - - x"`)
}

func TestSyslogSettingsThatCannotBe(t *testing.T) {
	f := func(key string, c SyslogConfig) {
		t.Helper()
		_, err := NewSyslog(c)
		var field *conf.FieldError
		if !errors.As(err, &field) || field.Key != key || field.Hint == "" {
			t.Errorf("%+v: got %v, want an error of %s with a hint", c, err, key)
		}
	}
	f("format", SyslogConfig{Format: "rfc"})
	f("format", SyslogConfig{})
	f("zone", SyslogConfig{Format: "auto", Zone: "Mars/Olympus"})
	if err := DefaultSyslog().Validate(); err != nil {
		t.Error(err)
	}
}

func TestSyslogLongLines(t *testing.T) {
	const head = `priority=165 facility="local4" severity="notice" `
	p := newSyslog(t, "auto", "UTC")
	checkHostile(t, p)
	long := strings.Repeat("x", 1<<20)
	checkTimed(t, p, "<165>"+long, head+`message="`+long+`"`)
	checkTimed(t, p, "<165>"+long+":", head+`app="`+long+`"`)
	checkTimed(t, p, `<165>1 - - - - - [`+long, head+`message="[`+long+`"`)
	checkTimed(t, p, `<165>1 - - - - - [a b="`+long, head+`message="[a b=\"`+long+`"`)
	checkTimed(t, p, `<165>1 - - - - - [a `+long, head+`message="[a `+long+`"`)
	checkTimed(t, p, `<165>1 - - - - - `+strings.Repeat("[a]", record.MaxPairs), `failed: more than 65535 pairs`)
	checkTimed(t, p, `<165>1 - - - - - [a`+strings.Repeat(` b=""`, record.MaxPairs)+`]`, `failed: more than 65535 pairs`)
	checkTimed(t, p, `<165>1 - - - - - [a`+strings.Repeat(` b=""`, 10_000)+`] x`, head+numbered(`a.b%s="" `, 10_000)+`message="x"`)
}

// syslogLines are like those of rsyslog's two file formats and of RFC 5424, by a pattern
// that takes minute, second, pid, user, address and port: about 130 bytes each.
func syslogLines(n int, pattern string) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(pattern, i/3000%60, i/50%60, rnd.IntN(1e5), rnd.IntN(1e4), rnd.IntN(256), rnd.IntN(65536))
	}
	return lines
}

const (
	bsdPattern     = `Nov 21 02:%02d:%02d web-1 sshd[%d]: Accepted publickey for user%d from 10.0.0.%d port %d ssh2: RSA SHA256:MWYpyOvxyqpqBkDbUyBMYg`
	isoPattern     = `2026-11-21T02:%02d:%02d.123456+01:00 web-1 sshd[%d]: Accepted publickey for user%d from 10.0.0.%d port %d ssh2: RSA SHA256:MWYpyOvxyqpqBkDbUyBMYg`
	rfc5424Pattern = `<38>1 2026-11-21T02:%02d:%02d.123456+01:00 web-1 sshd %d LOGIN - Accepted publickey for user%d from 10.0.0.%d port %d ssh2: RSA SHA256:MWYpyOvxyqpqBkDbUyBMYg`
	dataPattern    = `<38>1 2026-11-21T02:%02d:%02d.123456+01:00 web-1 sshd %d LOGIN [login@32473 user="user%d" ip="10.0.0.%d" port="%d"] Accepted publickey ssh2: RSA SHA256:MWYpyOvxyqpqBkDbUyBMYg`
)

func FuzzSyslog(f *testing.F) {
	for _, pattern := range []string{bsdPattern, isoPattern, rfc5424Pattern, dataPattern} {
		f.Add(syslogLines(1, pattern)[0])
	}
	f.Add(`<189>29: *Nov 21 2026 02:20:47.123 UTC: %SYS-5-CONFIG_I: Configured`)
	f.Add("<1>1 - - - - - [a b=\"\\]\"][c] \xef\xbb\xbfx")
	f.Fuzz(func(t *testing.T, line string) {
		for _, format := range []string{"auto", "rfc3164", "rfc5424"} {
			fuzzLines(t, newSyslog(t, format, "UTC"), line)
		}
	})
}

func TestSyslogAllocatesNothingPerLine(t *testing.T) {
	lines := []string{"bad", `<189>29: *Nov 21 2026 02:20:47.123 UTC: %SYS-5-CONFIG_I: x`}
	for _, pattern := range []string{bsdPattern, isoPattern, rfc5424Pattern, dataPattern} {
		lines = append(lines, syslogLines(50, pattern)...)
	}
	if n := allocs(newSyslog(t, "auto", "Europe/Berlin"), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkSyslog(b *testing.B) {
	f := func(name, pattern string) {
		b.Run("format="+name, func(b *testing.B) {
			benchmark(b, newSyslog(b, "auto", "Europe/Berlin"), syslogLines(2000, pattern))
		})
	}
	f("rfc3164", bsdPattern)
	f("rfc3339", isoPattern)
	f("rfc5424", rfc5424Pattern)
	f("rfc5424-data", dataPattern)
}
