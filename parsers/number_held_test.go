package parsers

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"logskiff/record"
)

// guesses are texts that look like numbers, and whether they are guessed to be, and are when asked.
var guesses = []struct {
	text           string
	guessed, asked bool
}{
	{"0", true, true}, {"-1", true, true}, {"200", true, true}, {"0.012", true, true}, {"-0.0", true, true},
	{"9007199254740991", true, true}, {"-9007199254740991", true, true},
	{"9007199254740992", false, true}, {"9007199254740993", false, true}, {"-9007199254740992", false, true},
	{"1795224047123456789", false, true}, {"9223372036854775807", false, true},
	{"9223372036854775808", false, false}, {"18446744073709551615", false, false}, {"12345678901234567890123456789", false, false},
	{"12e4567", false, false}, {"12e45", false, true}, {"7E5", false, true}, {"1e999", false, false}, {"-1.5e999", false, false}, {"1e-400", false, false},
	{"5e-324", false, false}, {"1.7976931348623157e308", false, false}, {"1e0000000001", false, false},
	{"1.5e-09", true, true}, {"1e+06", true, true}, {"1e-7", true, true}, {"1e+21", true, true}, {"1E+100", true, true}, {"-2.5e3", true, true},
	{"0.30000000000000004", true, true}, {"0.10000000000000001", true, true}, {"1.2345678901234567", true, true},
	{"1.2345678901234568", false, false}, {"1.2345678901234569", true, true}, {"9007199254740993.0", false, false}, {"1.2345678901234567890", false, false},
	{"12.000000000000000000", true, true}, {"0.000000000000000000", true, true}, {"0." + strings.Repeat("0", 1000) + "1", false, false},
	{"", false, false}, {"-", false, false}, {"-0", false, true}, {"NaN", false, false}, {"Infinity", false, false}, {"-inf", false, false}, {"0x1f", false, false},
	{"007", false, true}, {"000", false, true}, {"+5", false, true}, {".5", false, true}, {"5.", false, true}, {"-.5", false, true}, {"-007.50", false, true}, {" 5 ", false, true},
	{"+", false, false}, {"+-5", false, false}, {"-+5", false, false}, {".", false, false}, {"1.2.3", false, false}, {"1_000", false, false}, {"1,000", false, false},
	{"0012345678901234567890", false, false}, {"1 2", false, false}, {"٣", false, false},
}

func TestAGuessedNumberIsOneThatEveryReceiverHolds(t *testing.T) {
	for _, g := range guesses {
		if got := isNumber([]byte(g.text)); got != g.guessed {
			t.Errorf("%q is guessed to be a number: %v", g.text, got)
		}
		b := newBatch(g.text)
		f, ok := AsNumber(b, b.Records[0].Text)
		if ok != g.asked {
			t.Errorf("%q is a number when asked: %v", g.text, ok)
		}
		if ok && !json.Valid(b.Bytes(f.Span)) {
			t.Errorf("%q became %q", g.text, b.Bytes(f.Span))
		}
	}
}

// Every parser that guesses or converts numbers takes the same for one.
func TestAllParsersTakeTheSameForANumber(t *testing.T) {
	types := func(p Parser, line string) record.Type {
		b := newBatch(line)
		p.Parse(b)
		kind := record.Absent
		b.EachField(&b.Records[0], func(name []byte, f record.Field) {
			if string(name) == "n" || string(name) == "sc_bytes" {
				kind = f.Type
			}
		})
		return kind
	}
	build := func(p Parser, err error) Parser {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p.Clone()
	}
	csv := func(kind string) Parser {
		c := DefaultCSV()
		c.Columns, c.Types = []string{"n", "z"}, map[string]string{"n": kind}
		return build(NewCSV(c))
	}
	w3c := DefaultW3C()
	w3c.Fields = "sc-bytes cs-method"
	guess := map[string]Parser{
		"csv":    csv("auto"),
		"regex":  build(NewRegex(RegexConfig{Pattern: `^(?P<n>.*),z$`, Types: map[string]string{"n": "auto"}})),
		"kv":     newKV(t, KVConfig{Separator: ",", Assign: "=", Types: "auto"}),
		"logfmt": newLogfmt(t),
	}
	ask := map[string]Parser{
		"csv":   csv("number"),
		"regex": build(NewRegex(RegexConfig{Pattern: `^(?P<n>.*),z$`, Types: map[string]string{"n": "number"}})),
		"int":   build(NewGrok(GrokConfig{Pattern: `^%{DATA:n:int},z$`})),
		"float": build(NewGrok(GrokConfig{Pattern: `^%{DATA:n:float},z$`})),
		"w3c":   build(NewW3C(w3c)),
	}
	lines := map[string]string{"kv": "n=%s", "logfmt": "n=%s", "w3c": "%s GET"}
	for _, g := range guesses {
		if g.text == "" || g.text == "-" || strings.Contains(g.text, ",") {
			continue
		}
		check := func(all map[string]Parser, want bool, how string) {
			for name, p := range all {
				if strings.Contains(g.text, " ") && (name == "logfmt" || name == "w3c") {
					continue
				}
				pattern, ok := lines[name]
				if !ok {
					pattern = "%s,z"
				}
				if got := types(p, fmt.Sprintf(pattern, g.text)) == record.Number; got != want {
					t.Errorf("%s %s %q: a number: %v", name, how, g.text, got)
				}
			}
		}
		check(guess, g.guessed, "guesses")
		check(ask, g.asked, "is asked for")
	}
}

// What is guessed to be a number is the same one after a reader has put it into a double, digit for
// digit; and what programs print of their own doubles and of integers within 2^53-1 is guessed.
func TestAGuessedNumberComesBackAsItWas(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 200_000 {
		text := randomNumber(rnd)
		if !isNumber([]byte(text)) {
			continue
		}
		taken++
		checkHeld(t, text)
	}
	if taken < 10_000 {
		t.Fatalf("only %d were numbers", taken)
	}
	for range 50_000 {
		f := math.Float64frombits(rnd.Uint64())
		if math.IsNaN(f) || math.Abs(f) > 1e307 || math.Abs(f) < 1e-307 {
			continue
		}
		for _, text := range []string{strconv.FormatFloat(f, 'e', -1, 64), strconv.FormatFloat(f, 'e', 16, 64)} {
			if !isNumber([]byte(text)) {
				t.Fatalf("%s is a double and was no number", text)
			}
		}
		n := rnd.Int64N(1<<54) - 1<<53
		if text := strconv.FormatInt(n, 10); isNumber([]byte(text)) != (n > -1<<53 && n < 1<<53) {
			t.Fatalf("%s: %v", text, isNumber([]byte(text)))
		}
	}
}

func randomNumber(rnd *rand.Rand) string {
	var s []byte
	for range rnd.IntN(24) {
		s = append(s, "0123456789012345678990000.-e+"[rnd.IntN(29)])
	}
	return string(s)
}

// checkHeld fails when a double does not give back the digits of text.
func checkHeld(t *testing.T, text string) {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !json.Valid([]byte(text)) {
		t.Fatalf("%s: %v", text, err)
	}
	exact, _ := new(big.Rat).SetString(text)
	digits := significant(text)
	back, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'e', max(digits-1, 0), 64))
	if exact.Cmp(back) != 0 {
		t.Fatalf("%s came back as %s", text, back.FloatString(40))
	}
}

func significant(text string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(text, "-")), "e")
	return len(strings.Trim(strings.ReplaceAll(mantissa, ".", ""), "0"))
}

func FuzzNumbers(f *testing.F) {
	for _, g := range guesses {
		f.Add(g.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if isNumber([]byte(text)) {
			checkHeld(t, text)
			if !isHeld([]byte(text), true) {
				t.Fatalf("%q is guessed and not given", text)
			}
		}
		b := newBatch(text)
		before := len(b.Buf)
		f, ok := AsNumber(b, b.Records[0].Text)
		switch {
		case !ok && len(b.Buf) != before:
			t.Fatalf("%q left something behind", text)
		case ok && !isHeld(b.Bytes(f.Span), true):
			t.Fatalf("%q became %q", text, b.Bytes(f.Span))
		}
	})
}
