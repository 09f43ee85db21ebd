package parsers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func newCRI(t testing.TB) Parser {
	t.Helper()
	p, err := NewCRI(CRIConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func TestCRI(t *testing.T) {
	const at = "2026-11-21T02:20:47.123456789Z"
	p := newCRI(t)
	f := func(line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f(at+` stdout F a message`, at+` message="a message" stream="stdout"`)
	f(at+` stderr F  two  spaces `, at+` message=" two  spaces " stream="stderr"`)
	f(at+` stdout P the beginning of`, at+` message="the beginning of" stream="stdout" partial=true`)
	f(at+` stdout F `, at+` message="" stream="stdout"`)
	f(at+` stdout F`, at+` message="" stream="stdout"`)
	f(at+` stdout P`, at+` message="" stream="stdout" partial=true`)
	f(at+` stdout F:x:y a:b`, at+` message="a:b" stream="stdout"`)
	f(at+` stdout F:`, at+` message="" stream="stdout"`)
	f(at+" stdout F \x00\xff\"", at+` message="\x00\xff\"" stream="stdout"`)
	f(`2026-11-21T02:20:47.123456+05:30 stdout F x`, `2026-11-21T02:20:47.123456+05:30 message="x" stream="stdout"`)
	f(`2026-11-21T02:20:47-08:00 stdout F x`, `2026-11-21T02:20:47-08:00 message="x" stream="stdout"`)

	f(``, `failed: not a CRI line`)
	f(`hello`, `failed: not a CRI line`)
	f(`hello world`, `failed: no CRI time`)
	f(`2026-11-21T02:20:47 stdout F x`, `failed: no CRI time`)
	f(at, `failed: not a CRI line`)
	f(at+` `, `failed: not a CRI line`)
	f(at+` stdout`, `failed: not a CRI line`)
	f(at+` stdout `, `failed: not a CRI line`)
	f(at+` stdin F x`, `failed: not a CRI line`)
	f(at+` stdout X x`, `failed: not a CRI line`)
	f(at+` stdout Full x`, `failed: not a CRI line`)
	f(at+` stdoutF x`, `failed: not a CRI line`)
}

func TestCRIJoinsPieces(t *testing.T) {
	const at, later = "2026-11-21T02:20:47.1Z", "2026-11-21T02:21:48.2Z"
	p := newCRI(t)
	f := func(want string, lines ...string) {
		t.Helper()
		checkTimed(t, p, strings.Join(lines, "\n"), want)
	}
	f(at+` message="one two three" stream="stdout"`, at+` stdout P one `, later+` stdout P two `, later+` stdout F three`)
	f(at+` message="one two" stream="stderr" partial=true`, at+` stderr P one `, later+` stderr P two`)
	f(at+` message="one\n two\n\nthree" stream="stderr"`, at+` stderr F one`, later+` stderr F  two`, later+` stderr F`, later+` stderr P th`, later+` stderr F ree`)
	f(`failed: not a CRI line`, at+` stdout P one `, ``)
	f(`failed: no CRI time`, at+` stdout P one `, `x stdout F two`)
}

func TestCRILongLines(t *testing.T) {
	const at = "2026-11-21T02:20:47.1Z"
	p := newCRI(t)
	long := strings.Repeat("x", 1<<20)
	checkTimed(t, p, at+" stdout F "+long, at+` message="`+long+`" stream="stdout"`)
	checkTimed(t, p, at+" stdout F:"+long, at+` message="" stream="stdout"`)
	checkTimed(t, p, strings.Repeat(" ", 1<<20), `failed: no CRI time`)
	checkTimed(t, p, long, `failed: not a CRI line`)
	pieces := strings.TrimSuffix(strings.Repeat(at+" stdout P x\n", 20_000), "\n")
	checkTimed(t, p, pieces, at+` message="`+strings.Repeat("x", 20_000)+`" stream="stdout" partial=true`)
}

// criLines are like those of a web application, about 160 bytes each.
func criLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`2026-11-21T02:%02d:%02d.%09dZ stdout F level=info msg="order paid" order=%d user=%d took=%.3f path=/catalog/item/%d trace=%016x`,
			i/3000%60, i/50%60, rnd.IntN(1e9), rnd.IntN(1e6), rnd.IntN(1e5), rnd.Float64(), rnd.IntN(1e6), rnd.Uint64())
	}
	return lines
}

func FuzzCRI(f *testing.F) {
	f.Add("2026-11-21T02:20:47.123456789Z stdout P one \n2026-11-21T02:20:48.1+01:00 stdout F:x two")
	f.Add("2026-11-21T02:20:47Z stderr F\n")
	f.Fuzz(func(t *testing.T, line string) { fuzzLines(t, newCRI(t), line) })
}

func TestCRIAllocatesNothingPerLine(t *testing.T) {
	lines := append(criLines(100), "bad", "2026-11-21T02:20:47Z stdout P a\n2026-11-21T02:20:47Z stdout F b")
	if n := allocs(newCRI(t), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkCRI(b *testing.B) { benchmark(b, newCRI(b), criLines(2000)) }
