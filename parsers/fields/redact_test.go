package fields

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// hide returns what presets make of a text.
func hide(text string, names ...string) string {
	out, changed := newScanner(names, "***", true).hide(nil, []byte(text))
	if !changed {
		return text
	}
	return string(out)
}

func TestEmailIsHidden(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := hide(text, "email"); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	f("to <bob.o'hara+x@mail.example.co.uk>, ann@example.com.", "to <bob.o'***>, ***.")
	f("bob@example.com", "***")
	f("user=bob%40example.com&x=1", "user=***&x=1")
	f("größe@bücher.de x", "*** x")
	f("a@b@c.com", "a@***")
	f("bob@example.com.5", "***.5")
	f("bob@localhost, @example.com, bob@, a@b.c, a@1.2.3.4, bob@.com", "bob@localhost, @example.com, bob@, a@b.c, a@1.2.3.4, bob@.com")
	f("git@github.com:a/b", "***:a/b")
	f("50% of 40", "50% of 40")
	f("%40", "%40")
}

func TestCardNumbersAreHidden(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := hide(text, "card"); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	// Numbers for tests: https://docs.adyen.com/development-resources/test-cards-and-credentials/test-card-numbers
	f("card 4111111111111111.", "card ***.")
	f("4111 1111 1111 1111 200 5", "*** 200 5")
	f("4111-1111-1111-1111", "***")
	f("5555444433331111,370000000000002", "***,***")
	f("3700 000000 00002", "***")
	f("3600 666633 3344", "***")
	f("6212345678901232", "***")
	f("4111111111111112", "4111111111111112")         // wrong check digit
	f("1795224047123000", "1795224047123000")         // a time
	f("41111111111111110000", "41111111111111110000") // too long
	f("a4111111111111111", "a4111111111111111")       // part of a word
	f("0.4111111111111111", "0.4111111111111111")     // a fraction
	f("4111 1111-1111 1111", "4111 1111-1111 1111")   // groups of nothing
	f("4111  1111 1111 1111", "4111  1111 1111 1111")
	f("4111111111111111a", "4111111111111111a")
	f("4111 1111 1111 1111-", "***-")
}

func TestAddressesLoseTheirHost(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := hide(text, "ipv4", "ipv6"); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	f("from 192.168.17.23:80", "from 192.168.17.0:80")
	f("1.2.3.4,5.6.7.255.", "1.2.3.0,5.6.7.0.")
	f("1.2.3, 1.2.3.256, 1.2.3.4.5, 1.2.3.4a, v1.2.3.4, 1..2.3, 1234.1.1.1", "1.2.3, 1.2.3.256, 1.2.3.4.5, 1.2.3.4a, v1.2.3.4, 1..2.3, 1234.1.1.1")
	f("2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::")
	f("[2001:db8::1]:443", "[2001:db8::]:443")
	f("fe80::1%eth0", "fe80::%eth0")
	f("::1 ::", ":: ::")
	f("x ::1", "x ::")
	f("::ffff:10.1.2.3", "::ffff:10.1.2.0")
	f("64:ff9b:1:2:3:4:10.1.2.3", "64:ff9b:1:2:3:4:10.1.2.0")
	f("02:20:47 aa:bb:cc:dd:ee:ff std::string a:::b 1:2:3:4:5:6:7:8:9 12345::", "02:20:47 aa:bb:cc:dd:ee:ff std::string a:::b 1:2:3:4:5:6:7:8:9 12345::")
	f("a::b::c", "a::b::c")
	if got, _ := newScanner([]string{"ipv4", "ipv6"}, "x", false).hide(nil, []byte("1.2.3.4 2001:db8::1 ::ffff:1.2.3.4")); string(got) != "x x x" {
		t.Errorf("with a text of its own: %s", got)
	}
}

func TestCredentialsAreHidden(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := hide(text, "token"); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	f("Authorization: Bearer abcdef123456", "Authorization: Bearer ***")
	f("authorization=bearer "+jwt+" ok", "authorization=bearer *** ok")
	f("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***")
	f("a bearer of news, basic needs", "a bearer of news, basic needs")
	f("t="+jwt, "t=***")
	f("eyJhbGciOiJIUzI1NiJ9 alone", "eyJhbGciOiJIUzI1NiJ9 alone")
	f("key AKIAIOSFODNN7EXAMPLE.", "key ***.")
	f("AKIAIOSFODNN7EXAMPL AKIAIOSFODNN7EXAMPLEX", "AKIAIOSFODNN7EXAMPL AKIAIOSFODNN7EXAMPLEX")
	f("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "***")
	f("xoxb-123456789012-abcdef", "***")
	f("/login?user=a&password=geheim&x=1", "/login?user=a&password=***&x=1")
	f(`{"db_password": "a b", "n": 1}`, `{"db_password": "***", "n": 1}`)
	f(`\"clientSecret\":\"abc\"`, `\"clientSecret\":\"***\"`)
	f("API-Key: 0123456789abcdef", "API-Key: ***")
	f("access_token=ya29.a0AfH6SMBx&ok", "access_token=***&ok")
	f("passwd='x y' pwd = z", "passwd='***' pwd = ***")
	f("password=", "password=")
	f("postgres://ann:s3cret@db:5432/shop?x=y, next", "postgres://ann:***@db:5432/shop?x=y, next")
	f("GET http://:p@ss:w@h/ HTTP/1.1", "GET http://:***@h/ HTTP/1.1")
	f("http://h:80/a@b ssh://git@h/a:b@c https://h:80 a@b http://[::1]:80/", "http://h:80/a@b ssh://git@h/a:b@c https://h:80 a@b http://[::1]:80/")
	f("http://a:@h http://a:b\"@h //a:b@h", "http://a:@h http://a:b\"@h //a:b@h")
	f("token: expired, auth=ok, key=value12345, x==y, tokens=12345678", "token: expired, auth=ok, key=value12345, x==y, tokens=12345678")
	f(`secret:"never closed `+strings.Repeat("x", 100), `secret:"***`)
}

func TestPasswordsOfURLsAreHiddenBesideAddresses(t *testing.T) {
	if got, want := hide("amqp://a:b@10.1.2.3:5672 fe80::1", "token", "ipv4", "ipv6", "email"), "amqp://a:***@10.1.2.0:5672 fe80::"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHiddenInsideJSON(t *testing.T) {
	f := func(line, want string, s Step) {
		t.Helper()
		if got := through(t, "json", []Step{{Query: "u"}, s}, line); got[0] != want {
			t.Errorf("%s\n got %s\nwant %s", line, got[0], want)
		}
	}
	email := Step{Redact: []string{"email"}}
	f(`{"a":"x\nbob@example.com\\","b":1}`, `"a":"x\n***\\","b":1`, email)
	f(`{"a":"bob\u0040example.com"}`, `"a":"***"`, email)
	f(`{"a":{"bob@example.com":["ann@example.com","\"\u00e9 x@y.de\t",{"b":"none"}]},"c":true}`, `"a":{"bob@example.com":["***","\"é ***\u0009",{"b":"none"}]},"c":true`, email)
	f(`{"a":[ "none" , 1 ]}`, `"a":[ "none" , 1 ]`, email)
	token := Step{Redact: []string{"token"}}
	f(`{"password":"x","db_pwd":17,"access_token":"short","auth":"0123456789","token":12345678,"secret":null,"n":1}`,
		`"password":"***","db_pwd":"***","access_token":"short","auth":"***","token":12345678,"secret":null,"n":1`, token)
	f(`{"a":{"Client-Secret" : "x\"y","b":["password","x"],"token":{"c":"0123456789"}}}`, `"a":{"Client-Secret" : "***","b":["password","x"],"token":{"c":"0123456789"}}`, token)
	f(`{"u":"/?password=a&token=b","password":"c"}`, `"u":"/?password=***&token=b","password":"***","query_password":"***","query_token":"b"`, token)
	f(`{"n":4111111111111111}`, `"n":"***"`, Step{Redact: []string{"card"}})
	f(`{"a":"id 17 and 18","b":"17"}`, `"a":"id # and #","b":"17"`, Step{Pattern: `[0-9]+`, With: plain("#"), Fields: []string{"a"}})
	f(`{"a":"bob@example.com 17"}`, `"a":"<> <>"`, Step{Redact: []string{"email"}, Pattern: `\b[0-9]+\b`, With: plain("<>")})
	f(`{"a":"aXb"}`, `"a":"ab"`, Step{Pattern: `\BX\B`, With: plain("")})
}

// hostile are texts that a careless scanner reads again and again.
func hostile(n int) []string {
	var all []string
	for _, piece := range []string{"@", "a@", "a.", ":", "a:", "::", "=", "4111 ", "1.2.3.", "eyJ", "eyJa.", "token=", "password:\"", "Bearer ", "Basic a", "%40", "4", "A", "é", "gh_", "xoxb-", "\\\"", "a@a."} {
		all = append(all, strings.Repeat(piece, n/len(piece)))
	}
	return all
}

func TestHidingIsLinear(t *testing.T) {
	for _, text := range hostile(1 << 20) {
		start := time.Now()
		hide(text, "email", "card", "token", "ipv4", "ipv6")
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%.10s…: %v for 1 MiB", text, d)
		}
	}
}

func FuzzHide(f *testing.F) {
	for _, text := range hostile(40) {
		f.Add(text)
	}
	f.Add("bob@example.com 4111 1111 1111 1111 ::ffff:1.2.3.4 2001:db8::1 password=\"x\" Bearer abcdefgh1 größe@b.de")
	f.Fuzz(func(t *testing.T, text string) {
		for _, names := range [][]string{{"email"}, {"card"}, {"token"}, {"ipv4"}, {"ipv6"}, {"email", "card", "token", "ipv4", "ipv6"}} {
			got := hide(text, names...)
			if utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Fatalf("%q became %q", text, got)
			}
			if len(got) > 3*len(text) {
				t.Fatalf("%d bytes became %d", len(text), len(got))
			}
			if names[0] != "token" && len(names) == 1 && hide(got, names...) != got && strings.Count(got, "***") == 0 {
				t.Fatalf("%q became %q, which is not done yet", text, got)
			}
		}
	})
}

// FuzzSteps sends anything through every step.
func FuzzSteps(f *testing.F) {
	f.Add(`{"a":"{\"b\":1}","u":"/?x=%41","k":"a=1 b=2"}`)
	f.Add(`{"a":{"b":["x@y.de"]},"u":"?=&a","k":"\"","message":1}`)
	f.Add(`a="x@y.de" u=/?b=c k="a=1"`)
	f.Add(`no`)
	steps := []Step{
		{JSON: "a"}, {KeyValue: "k", Prefix: plain("k_")}, {Query: "u"}, {Type: map[string]string{"b": "string", "c": "number", "d": "bool"}},
		{Rename: map[string]string{"b": "c", "c": "d"}}, {Add: map[string]string{"h": "$host", "b": "x"}}, {Redact: []string{"email", "card", "token", "ipv4", "ipv6"}, Pattern: "[xy]+"},
		{Hash: []string{"c"}, Salt: "s"}, {DropIf: `d == 7 || fields["e"] == "x"`}, {Sample: everyNth(3), If: "message != nil"}, {Drop: []string{"e"}},
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "\n") {
			return
		}
		for _, kind := range []string{"raw", "json", "logfmt", columns} {
			through(t, kind, steps, line)
		}
	})
}
