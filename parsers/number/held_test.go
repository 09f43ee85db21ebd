package number

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"logskiff/parsers/parsertest"
	"logskiff/record"
)

// batchOf returns a batch of one record, whose text it is.
func batchOf(text string) *record.Batch {
	return &record.Batch{Buf: []byte(text), Records: []record.Record{{Text: record.Span{Len: uint32(len(text))}}}}
}

func TestAGuessedNumberIsOneThatEveryReceiverHolds(t *testing.T) {
	for _, g := range parsertest.Numbers {
		if got := Guessed([]byte(g.Text)); got != g.Guessed {
			t.Errorf("%q is guessed to be a number: %v", g.Text, got)
		}
		b := batchOf(g.Text)
		f, ok := As(b, b.Records[0].Text)
		if ok != g.Asked {
			t.Errorf("%q is a number when asked: %v", g.Text, ok)
		}
		if ok && !json.Valid(b.Bytes(f.Span)) {
			t.Errorf("%q became %q", g.Text, b.Bytes(f.Span))
		}
	}
}

// What is guessed to be a number is the same one after a reader has put it into a double, digit for
// digit; and what programs print of their own doubles and of integers within 2^53-1 is guessed.
func TestAGuessedNumberComesBackAsItWas(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for range 200_000 {
		text := randomNumber(rnd)
		if !Guessed([]byte(text)) {
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
			if !Guessed([]byte(text)) {
				t.Fatalf("%s is a double and was no number", text)
			}
		}
		n := rnd.Int64N(1<<54) - 1<<53
		if text := strconv.FormatInt(n, 10); Guessed([]byte(text)) != (n > -1<<53 && n < 1<<53) {
			t.Fatalf("%s: %v", text, Guessed([]byte(text)))
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
	for _, g := range parsertest.Numbers {
		f.Add(g.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if Guessed([]byte(text)) {
			checkHeld(t, text)
			if !Held([]byte(text), true) {
				t.Fatalf("%q is guessed and not given", text)
			}
		}
		b := batchOf(text)
		before := len(b.Buf)
		f, ok := As(b, b.Records[0].Text)
		switch {
		case !ok && len(b.Buf) != before:
			t.Fatalf("%q left something behind", text)
		case ok && !Held(b.Bytes(f.Span), true):
			t.Fatalf("%q became %q", text, b.Bytes(f.Span))
		}
	})
}
