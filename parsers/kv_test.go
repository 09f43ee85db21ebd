package parsers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/record"
)

func newKV(t testing.TB, c KVConfig) Parser {
	t.Helper()
	p, err := NewKV(c)
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func newLogfmt(t testing.TB) Parser {
	t.Helper()
	p, err := NewLogfmt(DefaultLogfmt())
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func TestLogfmt(t *testing.T) {
	p := newLogfmt(t)
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f(`a=1`, `a=1`)
	f(`level=info msg="two words" took=0.25 cached`, `level="info" msg="two words" took=0.25 cached=true`)
	f(` a=1  b=2	c=3 `, `a=1 b=2 c=3`)
	f(`a= b="" c="d"`, `a="" b="" c="d"`)
	f(`a=b=c url=http://x/?q=1&r="2"`, `a="b=c" url="http://x/?q=1&r=\"2\""`)
	f(`a b c=d e`, `a=true b=true c="d" e=true`)
	f(`a="q \"b\" \\ \n\t/\/" b=2`, `a="q \"b\" \\ \n\t//" b=2`)
	f(`a="\x00\u00e9\ud83d\ude00\U0001f600\a\v\'" b="C:\dir\x9\u12"`, `a="\x00é😀😀\a\v'" b="C:\\dir\\x9\\u12"`)
	f(`a="\ud800\uD800x" b="\UFFFFFFFF"`, `a="`+"\uFFFD\uFFFD"+`x" b="`+"\uFFFD"+`"`)
	f(`a="x\\" b="\\"`, `a="x\\" b="\\"`)
	f(`ключ=значение`, `ключ="значение"`)
	f("a=\xff b\xfe=1", `a="\xff" b`+"\xfe=1")
	f(`"a b"=c "d\"e"="f" "g h"`, `a b="c" d"e="f" g h=true`)
	f(`a=true b=false c="true" d=null e=True`, `a=true b=false c="true" d="null" e="True"`)
	f(`a=-1 b=0 c=1.5e-09 d=007 e=1. f=+1 g=12e4567 h=0x1f i=- j=1-2`, `a=-1 b=0 c=1.5e-09 d="007" e="1." f="+1" g="12e4567" h="0x1f" i="-" j="1-2"`)
	f(`a=8999999999999999999 b=9000000000000000000 c=12345678901234567890 d=1.2345678901234567890`, `a="8999999999999999999" b="9000000000000000000" c="12345678901234567890" d="1.2345678901234567890"`)
	f(`a=1 a=2`, `a=1 a_2=2`)

	f(``, `failed: no key=value pair`)
	f(`   `, `failed: no key=value pair`)
	f(`goroutine 1 [running]:`, `failed: no key=value pair`)
	f(`"a=b"`, `failed: no key=value pair`)
	f(`=b`, `failed: a value without a name`)
	f(`a=b =c`, `failed: a value without a name`)
	f(`""=c`, `failed: a value without a name`)
	f(`a="b`, `failed: a quote is not closed`)
	f(`a="b\"`, `failed: a quote is not closed`)
	f(`a=b "c`, `failed: a quote is not closed`)
	f(`a="b"c`, `failed: text behind a closing quote`)
	f(`"a"b=c`, `failed: text behind a closing quote`)
}

func TestKV(t *testing.T) {
	f := func(c KVConfig, line, want string) {
		t.Helper()
		if c.Types == "" {
			c.Types = "auto"
		}
		checkTimed(t, newKV(t, c), line, want)
	}
	f(KVConfig{Separator: ";", Assign: ":", Quotes: `"'`, Trim: " "}, `a: 1; b : "x; y" ;c:'it "is"'; d e ;; url: http://x/ ;`, `a=1 b="x; y" c="it \"is\"" d e=true url="http://x/"`)
	f(KVConfig{Separator: ", ", Assign: ": "}, `a: 1, b: x,y, c:d: 2, e`, `a=1 b="x,y" c:d=2 e=true`)
	f(KVConfig{Separator: " ", Assign: " = ", Quotes: `"`}, `a = b c = "d e" f`, `a="b" c="d e" f=true`)
	f(KVConfig{Separator: " ", Assign: "=", Trim: "[],"}, `[a=1] [b=2], c=[3]`, `a=1 b=2 c=3`)
	f(KVConfig{Separator: "|", Assign: "=", Types: "string"}, `a=1|b=true|c=x y|"d"="e"`, `a="1" b="true" c="x y" "d"="\"e\""`)
	f(KVConfig{Separator: "&", Assign: "="}, `a=1&b=&c&&d=2`, `a=1 b="" c=true d=2`)
	f(KVConfig{Separator: "\t", Assign: ":"}, "host:1.2.3.4\tua:a b\tstatus:200", `host="1.2.3.4" ua="a b" status=200`)
	f(KVConfig{Separator: "::", Assign: "=>"}, `a=>1::b=2:3`, `a=1 b=2:3=true`)
	f(KVConfig{Separator: ",", Assign: ":", Quotes: `"`}, `"a":"b","c":1,d:"e"f`, `failed: text behind a closing quote`)
	f(KVConfig{Separator: ",", Assign: ":", Quotes: `"`, Trim: " "}, `"a" : "b" , "c" : 1`, `a="b" c=1`)
	f(KVConfig{Separator: ",", Assign: ":", Trim: " "}, `a:1, :2`, `failed: a value without a name`)
	f(KVConfig{Separator: ",", Assign: ":"}, `a,b`, `failed: no key=value pair`)
}

func TestKVSettingsThatCannotBe(t *testing.T) {
	f := func(key string, change func(c *KVConfig)) {
		t.Helper()
		c := DefaultKV()
		change(&c)
		err := c.Validate()
		var field *conf.FieldError
		if !errors.As(err, &field) || field.Key != key || field.Hint == "" {
			t.Errorf("%+v: got %v, want an error of %s with a hint", c, err, key)
		}
		if _, err := NewKV(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	f("separator", func(c *KVConfig) { c.Separator = "" })
	f("assign", func(c *KVConfig) { c.Assign = "" })
	f("assign", func(c *KVConfig) { c.Assign = c.Separator })
	f("types", func(c *KVConfig) { c.Types = "number" })
	for _, q := range []string{"a", " ", "=", `\`, `"é`, "_"} {
		f("quotes", func(c *KVConfig) { c.Quotes = q })
	}
	if err := (LogfmtConfig{Types: "x"}).Validate(); err == nil {
		t.Error("a type that is none was taken")
	}
	if err := DefaultLogfmt().Validate(); err != nil {
		t.Error(err)
	}
}

func TestKVLongLines(t *testing.T) {
	p := newLogfmt(t)
	checkHostile(t, p)
	checkHostile(t, newKV(t, KVConfig{Separator: ", ", Assign: ": ", Quotes: `"'`, Trim: " []", Types: "auto"}))
	long := strings.Repeat("x", 1<<20)
	checkTimed(t, p, "a="+long, `a="`+long+`"`)
	checkTimed(t, p, `a="`+long, `failed: a quote is not closed`)
	checkTimed(t, p, `a="\n`+long+`"`, `a="\n`+long+`"`)
	checkTimed(t, p, strings.Repeat("a=1 ", record.MaxPairs), strings.TrimSuffix(numbered("a%s=1 ", record.MaxPairs), " "))
	checkTimed(t, p, strings.Repeat("a=1 ", record.MaxPairs+1), `failed: more than 65535 pairs`)
	checkTimed(t, p, strings.Repeat(`a="b`, 1<<18), `failed: text behind a closing quote`)
}

// What Go programs write with %q is read back.
func TestKVQuotedByGo(t *testing.T) {
	p := newLogfmt(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var value []byte
		for range rnd.IntN(8) {
			value = append(value, []string{"a", `\`, `"`, "\n", "\x00", "é", "😀", "\xff", "\a", "'", "=", " "}[rnd.IntN(12)]...)
		}
		checkTimed(t, p, "a="+strconv.Quote(string(value)), fmt.Sprintf("a=%q", value))
		checkTimed(t, p, "a="+strconv.QuoteToASCII(string(value)), fmt.Sprintf("a=%q", value))
	}
}

// logfmtLines are like those of a web application, about 210 bytes each.
func logfmtLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`time=2026-11-21T02:%02d:%02d.%03dZ level=info msg="order was paid" order=%d user=%d took=%.3f path="/catalog/item/%d?ref=%x" agent="Mozilla/5.0 (X11; Linux x86_64)" trace_id=%016x status=200 cached=true`,
			i/3000%60, i/50%60, rnd.IntN(1000), rnd.IntN(1e6), rnd.IntN(1e5), rnd.Float64(), rnd.IntN(1e6), rnd.Uint32(), rnd.Uint64())
	}
	return lines
}

func FuzzKV(f *testing.F) {
	f.Add(logfmtLines(1)[0], " ", "=", `"`, "")
	f.Add(`a: 1; b : "x\u00e9; y" ;c:'it "is"'; d e ;; url: http://x/ ;`, ";", ":", `"'`, " ")
	f.Fuzz(func(t *testing.T, line, separator, assign, quotes, trim string) {
		fuzzLines(t, newLogfmt(t), line)
		p, err := NewKV(KVConfig{Separator: separator, Assign: assign, Quotes: quotes, Trim: trim, Types: "auto"})
		if err == nil {
			fuzzLines(t, p, line)
		}
	})
}

func TestKVAllocatesNothingPerLine(t *testing.T) {
	lines := append(logfmtLines(100), "bad", `a="x\n" bare`, `a="`)
	if n := allocs(newLogfmt(t), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkLogfmt(b *testing.B) { benchmark(b, newLogfmt(b), logfmtLines(2000)) }

func BenchmarkKV(b *testing.B) {
	lines := logfmtLines(2000)
	for i, l := range lines {
		lines[i] = strings.NewReplacer(" level", ", level", " msg", ", msg", " order=", ", order=", " user=", ", user=").Replace(l)
	}
	c := DefaultKV()
	c.Separator = ", "
	benchmark(b, newKV(b, c), lines)
}
