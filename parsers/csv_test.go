package parsers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/record"
)

func newCSV(t testing.TB, change func(*CSVConfig), columns ...string) Parser {
	t.Helper()
	c := DefaultCSV()
	c.Columns = columns
	if change != nil {
		change(&c)
	}
	p, err := NewCSV(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCSV(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		checkParser(t, newCSV(t, nil, "a", "b", "c"), line, want)
	}
	f(`1,x,-2.5e3`, `a=1 b="x" c=-2.5e3`)
	f(`,,`, ``)
	f(`,`, ``)
	f(`1`, `a=1`)
	f(`1,`, `a=1`)
	f(`1,2`, `a=1 b=2`)
	f(` 1 , 2 ,3 `, `a=" 1 " b=" 2 " c="3 "`)
	f(`007,1.,.5`, `a="007" b="1." c=".5"`)
	f(`"1","","a,b"`, `a="1" b="" c="a,b"`)
	f(`"a ""b""","""",""""""`, `a="a \"b\"" b="\"" c="\"\""`)
	f(`a"b,5" disk,'q'`, `a="a\"b" b="5\" disk" c="'q'"`)
	f("\"a\nb\",\"\x00\",é", `a="a\nb" b="\x00" c="é"`)
	f(`1,2,3,4,"5"`, `a=1 b=2 c=3 extra="4,\"5\""`)
	f(`1,2,3,`, `a=1 b=2 c=3 extra=""`)
	f(`12345678,23456789,345678901,`, `a=12345678 b=23456789 c=345678901 extra=""`)
	f("1234567,-\xac-\x2d,--", `a=1234567 b="-\xac--" c="--"`) // bytes next to a comma in a word
	f(`"a`, `failed: a quote is not closed`)
	f(`1,"a""`, `failed: a quote is not closed`)
	f(`"a"b,1,2`, `failed: text follows a closing quote`)
	f(``, `failed: an empty line`)
}

func TestCSVSettings(t *testing.T) {
	f := func(change func(*CSVConfig), line, want string) {
		t.Helper()
		checkParser(t, newCSV(t, change, "a", "b", "c"), line, want)
	}
	tabs := func(c *CSVConfig) { c.Delimiter, c.Quote = "\t", "" }
	f(tabs, "1\t\"x\ty", `a=1 b="\"x" c="y"`)
	strict := func(c *CSVConfig) { c.Strict = true }
	f(strict, `1,2,3`, `a=1 b=2 c=3`)
	f(strict, `1,2,`, `a=1 b=2`)
	f(strict, `1,2`, `failed: fewer values than columns`)
	f(strict, `"1",2`, `failed: fewer values than columns`)
	f(strict, `1,2,3,`, `failed: more values than columns`)
	trimmed := func(c *CSVConfig) { c.Trim, c.Quote = true, "'" }
	f(trimmed, " 1 ,\tx y\t, ", `a=1 b="x y"`)
	f(trimmed, " ' 1 ' , 'it''s' ,2 ", `a=" 1 " b="it's" c=2`)
	f(trimmed, " 'a' b,1", `failed: text follows a closing quote`)
	numbers := func(c *CSVConfig) { c.Types = map[string]string{"*": "number", "b": "string"} }
	f(numbers, `007,007,"5"`, `a=7 b="007" c=5`)
	f(numbers, `+5,x,.5`, `a=5 b="x" c=0.5`)
	f(numbers, `-0.5,x,-00.50`, `a=-0.5 b="x" c=-0.50`)
	f(numbers, `000,x,5.`, `a=0 b="x" c=5`)
	f(numbers, `+-5,x,.`, `a="+-5" b="x" c="."`)
	f(numbers, `-,x,1x`, `b="x" c="1x"`)
	f(numbers, `0x10,x,""`, `a="0x10" b="x"`)
	f(numbers, `1e5,x,01e5`, `a=1e5 b="x" c=1e5`)
	auto := func(c *CSVConfig) { c.Types = map[string]string{"*": "string", "c": "auto"} }
	f(auto, `1,2,3`, `a="1" b="2" c=3`)
}

func TestCSVHeader(t *testing.T) {
	p := newCSV(t, func(c *CSVConfig) { c.Header = true }, "id", "name", "city")
	f := func(line string, first, later string) {
		t.Helper()
		b := newBatch(line, line)
		b.Records[1].Offset = 100
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if got := [2]string{parsed(b, 0), parsed(b, 1)}; got != [2]string{first, later} {
			t.Errorf("%q: got %q", line, got)
		}
	}
	same := func(line, want string) { t.Helper(); f(line, want, want) }
	same(`id,name,city`, `header="id,name,city"`)
	same(`1,Ann,Bonn`, `id=1 name="Ann" city="Bonn"`)
	same(`"id", name ,"city"`, `header="\"id\", name ,\"city\""`)
	same(`"id","name",city`, `header="\"id\",\"name\",city"`)
	same(` id,name,city `, `header=" id,name,city "`)
	f(`1,name,city`, `failed: the header names other columns than the settings`, `id=1 name="name" city="city"`)
	f(`idx,name,city`, `failed: the header names other columns than the settings`, `id="idx" name="name" city="city"`)
	f("\ufeffid,name,city", `header="id,name,city"`, `id="\ufeffid" name="name" city="city"`)
	f("\ufeff1,Ann,Bonn", `id=1 name="Ann" city="Bonn"`, `id="\ufeff1" name="Ann" city="Bonn"`)
	f(`id,name`, `failed: the header names other columns than the settings`, `id="id" name="name"`)
	f(`id,name,city,zip`, `failed: the header names other columns than the settings`, `id="id" name="name" city="city" extra="zip"`)
	f(`id,city,name`, `failed: the header names other columns than the settings`, `id="id" name="city" city="name"`)
}

func TestCSVOfManyColumnsTakesMemoryForWhatIsThere(t *testing.T) {
	names := make([]string, maxCSVColumns)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	p := newCSV(t, nil, names...)
	checkParser(t, p, "1,,x", `c0=1 c2="x"`)
	checkParser(t, p, "x", `c0="x"`)
	b := newBatch("1", "\"", "2,3", strings.Repeat("7,", maxCSVColumns), strings.Repeat("7,", maxCSVColumns-1), strings.Repeat("7,", maxCSVColumns/2-2))
	before := string(b.Buf)
	p.Parse(b)
	checkSpans(t, b, before)
	for i, want := range []record.Kind{record.Pairs, record.Failed, record.Pairs, record.Columns, record.Columns, record.Pairs} {
		if b.Records[i].Kind != want {
			t.Errorf("line %d is of kind %d", i, b.Records[i].Kind)
		}
	}
	if parsed(b, 2) != "c0=2 c1=3" || !strings.HasSuffix(parsed(b, 3), `c9999=7 extra=""`) {
		t.Errorf("got %s and %s", parsed(b, 2), parsed(b, 3))
	}
	if n := len(b.Fields); n > 40_000 {
		t.Errorf("%d fields", n)
	}
}

func TestBadCSVSettingsAreExplained(t *testing.T) {
	f := func(key, want string, change func(*CSVConfig)) {
		t.Helper()
		c := DefaultCSV()
		c.Columns = []string{"a", "b"}
		change(&c)
		var bad *conf.FieldError
		if _, err := NewCSV(c); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s: … %s", err, key, want)
		}
	}
	f("columns", "is empty: reading goes on in the middle of a file", func(c *CSVConfig) { c.Columns = nil })
	f("columns", "has 10001 names", func(c *CSVConfig) { c.Columns = make([]string, 10001) })
	f("columns", "a name is empty", func(c *CSVConfig) { c.Columns[1] = "" })
	f("columns", `the name "a" is there twice`, func(c *CSVConfig) { c.Columns[1] = "a" })
	f("columns", "control character", func(c *CSVConfig) { c.Columns[1] = "a\tb" })
	f("columns", "control character", func(c *CSVConfig) { c.Columns[1] = "\xff" })
	f("columns", "written beside", func(c *CSVConfig) { c.Columns[1] = "_offset" })
	f("delimiter", "not one ASCII character", func(c *CSVConfig) { c.Delimiter = "" })
	f("delimiter", "not one ASCII character", func(c *CSVConfig) { c.Delimiter = "||" })
	f("delimiter", "not one ASCII character", func(c *CSVConfig) { c.Delimiter = "\n" })
	f("quote", "not one ASCII character", func(c *CSVConfig) { c.Quote = "," })
	f("quote", "not one ASCII character", func(c *CSVConfig) { c.Quote = `""` })
	f("trim", "are the delimiter", func(c *CSVConfig) { c.Trim, c.Delimiter = true, " " })
	f("types", `there is no column "x"`, func(c *CSVConfig) { c.Types = map[string]string{"x": "auto"} })
	f("types", `"int" is no type; use`, func(c *CSVConfig) { c.Types = map[string]string{"a": "int"} })
}

// TestCSVAgreesWithTheStandardLibrary writes values with encoding/csv and reads them back.
func TestCSVAgreesWithTheStandardLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	parts := []string{"a", ",", `"`, "\n", " ", "1", "é", "-", ""}
	p := newCSV(t, func(c *CSVConfig) { c.Types = map[string]string{"*": "string"} }, "a", "b", "c", "d")
	for range 5000 {
		values, want := make([]string, 4), make([]string, 0, 4)
		for i := range values {
			for range rnd.IntN(12) {
				values[i] += parts[rnd.IntN(len(parts))]
			}
			if values[i] != "" {
				want = append(want, fmt.Sprintf("%c=%q", 'a'+i, values[i]))
			}
		}
		var line bytes.Buffer
		w := csv.NewWriter(&line)
		if err := w.Write(values); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		checkParser(t, p, strings.TrimSuffix(line.String(), "\n"), strings.Join(want, " "))
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b", `1,"x""",3`, ",", `"`, byte(0))
	f.Add("a,b,c,d,e,f,g", "\ufeffa , 'b'", ",", "'", byte(255))
	f.Fuzz(func(t *testing.T, columns, line, delimiter, quote string, flags byte) {
		c := CSVConfig{Columns: strings.Split(columns, ","), Delimiter: delimiter, Quote: quote,
			Header: flags&1 != 0, Trim: flags&2 != 0, Strict: flags&4 != 0, Types: map[string]string{"*": "auto"}}
		if flags&8 != 0 {
			c.Types["*"] = "number"
		}
		p, err := NewCSV(c)
		if err != nil {
			var bad *conf.FieldError
			if !errors.As(err, &bad) {
				t.Fatalf("%v is not a *conf.FieldError", err)
			}
			return
		}
		b := newBatch(line, line, line[:len(line)/2])
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if parsed(b, 0) != parsed(b, 1) || b.Records[0].Kind == record.Raw {
			t.Fatalf("%q: got %s and then %s", line, parsed(b, 0), parsed(b, 1))
		}
	})
}

func csvLines(n int, quote string) []string {
	rnd := rand.New(rand.NewPCG(7, 8))
	lines := make([]string, n)
	for i := range lines {
		q := func(s string) string { return quote + s + quote }
		lines[i] = fmt.Sprintf("%d,%s,%s,%d,%.2f,%s,,%s", 1000000+i, q("2026-11-21T02:20:47Z"), q("order.created"), rnd.IntN(1e6), rnd.Float64()*100,
			q(fmt.Sprintf("customer-%d@example.com", rnd.IntN(1e6))), q("a text of several words in a last column"))
	}
	return lines
}

func csvOf8(t testing.TB) Parser {
	return newCSV(t, nil, "id", "at", "event", "order", "price", "customer", "note", "text")
}

func TestCSVAllocatesNothingPerLine(t *testing.T) {
	lines := append(csvLines(100, ""), csvLines(100, `"`)...)
	lines = append(lines, `"bad`, `1,"a""b"`, "1", "1,2,3,4,5,6,7,8,9")
	if n := allocs(csvOf8(t), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestCSVBearsHostileLines(t *testing.T) {
	checkHostile(t, csvOf8(t))
	checkHostile(t, newCSV(t, func(c *CSVConfig) { c.Trim, c.Types = true, map[string]string{"*": "number"} }, strings.Split("abcdefghijklmnopqrstuvwxyz", "")...))
}

func BenchmarkCSV(b *testing.B) {
	b.Run("plain", func(b *testing.B) { benchmark(b, csvOf8(b), csvLines(2000, "")) })
	b.Run("quoted", func(b *testing.B) { benchmark(b, csvOf8(b), csvLines(2000, `"`)) })
}
