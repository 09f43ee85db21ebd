package file

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// op is one step of a random sequence. All that is random in it is written out,
// so that a sequence stays the same when steps before are left out.
type op struct {
	kind string
	name string // of a file
	nums []int  // how much is in each line; seconds
}

// sequence is a random sequence of steps.
type sequence struct {
	pattern string
	limit   int // of a batch, bytes
	timed   bool
	ops     []op
}

func (s *sequence) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d\n", s.pattern, s.limit)
	for _, o := range s.ops {
		b.WriteString(o.kind)
		if o.name != "" {
			b.WriteString(" " + o.name)
		}
		for _, n := range o.nums {
			fmt.Fprintf(&b, " %d", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func parseSequence(text string) (*sequence, error) {
	s := &sequence{}
	all := strings.Split(strings.TrimSpace(text), "\n")
	if _, err := fmt.Sscanf(all[0], "%s %d", &s.pattern, &s.limit); err != nil {
		return nil, fmt.Errorf("cannot read the first line: %w", err)
	}
	for _, line := range all[1:] {
		words := strings.Fields(line)
		o := op{kind: words[0]}
		for _, word := range words[1:] {
			if n, err := strconv.Atoi(word); err == nil {
				o.nums = append(o.nums, n)
			} else {
				o.name = word
			}
		}
		s.ops = append(s.ops, o)
	}
	return s, nil
}

// randomSequence makes a sequence of at least that many steps.
func randomSequence(seed uint64, steps int) *sequence {
	rnd := rand.New(rand.NewPCG(seed, 1))
	s := &sequence{pattern: []string{"*.log", "*.log*"}[rnd.IntN(2)], limit: 1024 << rnd.IntN(6)}
	up := true
	lines := func(name string) op {
		o := op{kind: "append", name: name}
		for range 1 + rnd.IntN(20) {
			o.nums = append(o.nums, rnd.IntN(60))
		}
		return o
	}
	for len(s.ops) < steps {
		name := []string{"a.log", "b.log"}[rnd.IntN(2)]
		switch k := rnd.IntN(100); {
		case k < 25:
			s.ops = append(s.ops, lines(name))
		case k < 30:
			s.ops = append(s.ops, op{"half", name, []int{rnd.IntN(60)}})
		case k < 44:
			kind := "rotate"
			if k >= 38 {
				kind = []string{"copytruncate", "copytruncate", "copylooktruncate"}[rnd.IntN(3)]
			}
			s.ops = append(s.ops, op{kind: kind, name: name})
			if rnd.IntN(2) == 0 {
				s.ops = append(s.ops, lines(name))
			}
		case k < 46:
			s.ops = append(s.ops, op{kind: "truncate", name: name})
		case k < 48:
			s.ops = append(s.ops, op{kind: "delete", name: name})
		case k < 52:
			s.ops = append(s.ops, op{kind: "compress", name: fmt.Sprintf("%s.%d", name, 1+rnd.IntN(3))})
		case k < 57 && up:
			s.ops = append(s.ops, op{kind: []string{"kill", "kill", "stop"}[rnd.IntN(3)]})
			up = false
		case k >= 57 && k < 65 && !up:
			s.ops = append(s.ops, op{kind: "start"})
			up = true
		case k >= 65 && k < 70:
			s.ops = append(s.ops, op{kind: "hold"})
		case k >= 70 && k < 75:
			s.ops = append(s.ops, op{kind: "release"})
		case k >= 75 && k < 85 && up:
			s.ops = append(s.ops, op{kind: "look"})
		case k >= 85 && k < 92 && up:
			s.ops = append(s.ops, op{kind: "take"})
		case k >= 92 && k < 97 && up:
			s.ops = append(s.ops, op{kind: "step"})
		case k >= 97 && up:
			s.ops = append(s.ops, op{kind: "wait", nums: []int{1 + rnd.IntN(15)}})
		}
	}
	return s
}

// trial is a testing.TB that a sequence may fail in.
type trial struct {
	testing.TB
	says []string
	dirs []string
	then []func()
}

var errStopped = errors.New("stopped")

func (t *trial) Helper()                   {}
func (t *trial) Cleanup(fn func())         { t.then = append(t.then, fn) }
func (t *trial) Failed() bool              { return len(t.says) > 0 }
func (t *trial) Log(a ...any)              { t.says = append(t.says, fmt.Sprint(a...)) }
func (t *trial) Errorf(f string, a ...any) { t.says = append(t.says, fmt.Sprintf(f, a...)) }
func (t *trial) Fatal(a ...any)            { t.says = append(t.says, fmt.Sprint(a...)); panic(errStopped) }
func (t *trial) Fatalf(f string, a ...any) { t.Errorf(f, a...); panic(errStopped) }
func (t *trial) TempDir() string {
	dir, err := os.MkdirTemp("", "model")
	if err != nil {
		t.TB.Fatal(err)
	}
	t.dirs = append(t.dirs, dir)
	return dir
}

// fails takes the steps and returns what was wrong.
func (s *sequence) fails(t testing.TB) []string {
	in := &trial{TB: t}
	func() {
		defer func() {
			for _, fn := range in.then {
				fn()
			}
			for _, dir := range in.dirs {
				os.RemoveAll(dir)
			}
			if e := recover(); e != nil && e != any(errStopped) {
				panic(e)
			}
		}()
		s.run(in)
	}()
	return in.says
}

// failure is what kind of promise was broken.
func failure(says []string) string {
	if len(says) == 0 {
		return ""
	}
	for _, kind := range []string{"registered twice", "not arrive", "identities", "two contents", "after a start", "as lost", "came twice"} {
		if strings.Contains(says[0], kind) {
			return kind
		}
	}
	return "other"
}

// shrink leaves out of a failing sequence what it fails without, as far as that
// takes some seconds.
func (s *sequence) shrink(t testing.TB, kind string) *sequence {
	end := time.Now().Add(15 * time.Second)
	for size := len(s.ops) / 2; size > 0; {
		less := false
		for at := 0; at < len(s.ops); {
			try := *s
			try.ops = slices.Concat(s.ops[:at], s.ops[min(at+size, len(s.ops)):])
			if time.Now().After(end) {
				return s
			}
			if failure(try.fails(t)) == kind {
				s, less = &try, true
			} else {
				at += size
			}
		}
		if !less || size > 1 {
			size /= 2
		}
	}
	for i := range s.ops {
		for len(s.ops[i].nums) > 1 {
			try := *s
			try.ops = slices.Clone(s.ops)
			try.ops[i].nums = try.ops[i].nums[1:]
			if time.Now().After(end) {
				return s
			}
			if failure(try.fails(t)) != kind {
				break
			}
			s = &try
		}
	}
	return s
}

// try reports a sequence that fails, and its shortest form.
func (s *sequence) try(t *testing.T) {
	if says := s.fails(t); len(says) > 0 {
		short := s.shrink(t, failure(says))
		for i := range says {
			says[i] = says[i][:min(len(says[i]), 400)]
		}
		t.Errorf("%s\nshortest form:\n%s%s", strings.Join(says, "\n"), short, strings.Join(short.fails(t), "\n"))
	}
}

func number(t *testing.T, name string, otherwise int) int {
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The first seeds are always the same, so that a change is what makes this fail;
// LOGSKIFF_MODEL_RUNS=1000 looks for new ones, LOGSKIFF_MODEL_STEPS in longer
// sequences, and LOGSKIFF_MODEL_ALL does not end at the first failure.
func TestRandomSequencesAgainstANaiveModel(t *testing.T) {
	steps, runs := number(t, "LOGSKIFF_MODEL_STEPS", 30), number(t, "LOGSKIFF_MODEL_RUNS", 0)
	all := number(t, "LOGSKIFF_MODEL_ALL", 0) != 0
	var seeds []uint64
	for i := range uint64(300) {
		seeds = append(seeds, i)
	}
	for range runs {
		seeds = append(seeds, rand.Uint64()>>1)
	}
	for _, seed := range seeds {
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) { randomSequence(seed, steps).try(t) })
		if !ok {
			t.Logf("seed %d of %d steps fails; keep its shortest form in testdata/sequences", seed, steps)
			if !all {
				return
			}
		}
	}
}

// Thousands of steps in one life of the files: numbers of rotations, inodes and
// checkpoints add up.
func TestLongRandomSequencesAgainstANaiveModel(t *testing.T) {
	steps := number(t, "LOGSKIFF_MODEL_LONG", 2500)
	for seed := range uint64(number(t, "LOGSKIFF_MODEL_RUNS", 1)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { randomSequence(seed, steps).try(t) })
	}
}

// The same where folders are looked at by the clock whenever they may be.
func TestRandomSequencesInTimedFolders(t *testing.T) {
	skipCoarse(t)
	steps := number(t, "LOGSKIFF_MODEL_STEPS", 30)
	for seed := range uint64(100 + number(t, "LOGSKIFF_MODEL_RUNS", 0)) {
		s := randomSequence(seed, steps)
		s.timed = true
		t.Run(fmt.Sprint(seed), s.try)
	}
}

// Sequences that failed once, in their shortest form.
func TestSequencesThatFailedOnce(t *testing.T) {
	dir := os.Getenv("LOGSKIFF_MODEL_DIR")
	if dir == "" {
		dir = "testdata/sequences"
	}
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no sequences", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseSequence(string(text))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(path), func(t *testing.T) { s.run(t) })
	}
}
