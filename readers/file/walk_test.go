package file

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A walk is a short life of one log beside a real Reader: what its writer and those who rotate it do, one deed after
// another, and the reader's looks among them. A deed with a number happens in the middle of the next look,
// before that call of the reader to the system or the registry: so each way in which the two can come between each
// other can be written down, and happens again.
//
// The law, whatever the walk: each unit of a whole line that lies on the disk in the end, plain or compressed,
// arrived, and no identity came twice, and under one identity, but for what docs/invariants.md names ("What is not promised": see
// isUnclear); nothing is counted as lost when nothing is gone; and after each look every gap that is open is stored with a stream.
type deeds []deed

// deed is one step of a walk.
type deed struct {
	do     byte
	before int // 0: between two looks
}

const (
	writing          = 'w' // a line
	halving          = 'h' // the beginning of one
	creating         = 'e' // the log, empty
	renaming         = 'r' // the log to .1, when .1 is .2
	lagging          = 'l' // a line of a writer who was not told of that
	halfCopying      = 'b' // half of the log to .1
	copying          = 'c' // all of it
	truncating       = 't' // the log
	compressing      = 'z' // .1, of a sudden
	compressingOlder = 'Z' // .2, likewise
	packing          = 'y' // .1, a third of that: half of the new file, all of it, the old one deleted
	packingOlder     = 'Y' // .2, likewise
	deleting         = 'd' // the log
	polling          = 'o' // a look a second later; a start, when nothing runs
	hearing          = 'i' // a look at once, for what events told; or a start
	filling          = 'f' // all that is ready is read, delivered and acknowledged
	handingOut       = 'a' // one line is, and it is not acknowledged yet
	beginning        = 's' // a worker takes a file
	ending           = 'S' // and reads it
	killing          = 'k'

	writersDeeds = "wherlbctzZyYd"
	workersDeeds = "fasS"
	allDeeds     = writersDeeds + workersDeeds + "oik"
)

func (w deeds) String() string {
	var b strings.Builder
	for _, d := range w {
		b.WriteByte(d.do)
		if d.before > 0 {
			fmt.Fprint(&b, d.before)
		}
	}
	return b.String()
}

func parseWalk(text string) (w deeds, err error) {
	for i := 0; i < len(text); {
		d := deed{do: text[i]}
		if strings.IndexByte(allDeeds, d.do) < 0 {
			return nil, fmt.Errorf("no such deed: %q", d.do)
		}
		j := i + 1
		for j < len(text) && text[j] >= '0' && text[j] <= '9' {
			j++
		}
		if j > i+1 {
			if d.before, err = strconv.Atoi(text[i+1 : j]); err != nil {
				return nil, err
			}
		}
		w, i = append(w, d), j
	}
	return w, nil
}

// terms are what is the same for all of a walk.
type terms struct {
	pattern string
	coarse  bool // all that happens between two looks has one time
	fill    int  // so many bytes more has each line: with 500, two are more than what a content is known by
	olddir  bool // rotations go there
	unseen  bool // the log was rotated before the first look that met it
}

func allTerms() []terms {
	return []terms{{pattern: "a.log"}, {pattern: "a.log", coarse: true}, {pattern: "a.log*"}, {pattern: "a.log*", coarse: true}}
}

func moreTerms() []terms {
	return append(allTerms(), terms{pattern: "a.log", fill: 500}, terms{pattern: "a.log*", fill: 500}, terms{pattern: "a.log", olddir: true}, terms{pattern: "a.log*", olddir: true, fill: 500},
		terms{pattern: "a.log", unseen: true}, terms{pattern: "a.log*", unseen: true, fill: 500}, terms{pattern: "a.log", unseen: true, olddir: true, coarse: true})
}

// begin is what happens before a walk.
func (in terms) begin() string {
	if in.unseen {
		return "owrwo"
	}
	return "wof"
}

// result is how a walk ended. Senseless is the number of the first deed that made no sense, or -1: what
// begins like this walk up to there need not be tried.
type result struct {
	wrong     string
	senseless int
	happened  deeds
	log       string
}

// try has a walk happen after its beginning. Where it is strict it ends at the first deed that makes no sense,
// else it goes on without.
func (w deeds) try(t testing.TB, in terms, strict bool) (res result) {
	res.senseless = -1
	trial := &trial{TB: t}
	defer func() {
		for _, dir := range trial.dirs {
			os.RemoveAll(dir)
		}
		if e := recover(); e != nil && e != any(errStopped) {
			panic(e)
		}
		if res.wrong == "" && len(trial.says) > 0 {
			res.wrong = trial.says[0]
		}
	}()
	x := newWalker(trial, in)
	defer func() { res.log = x.g.log.String() }()
	for _, do := range []byte(in.begin()) {
		x.g.do(x.do(deed{do: do}))
	}
	for n, d := range w {
		switch {
		case x.do(d) == nil:
			res.happened = append(res.happened, d)
		case strict:
			res.senseless = n
			x.kill()
			return res
		}
	}
	res.wrong = x.over()
	x.kill()
	return res
}

// shortest leaves out of a walk what it fails without, in the same way.
func (w deeds) shortest(t testing.TB, in terms, wrong string) deeds {
	kind := strings.SplitN(wrong, ":", 2)[0]
	fails := func(w deeds) bool {
		return strings.HasPrefix(w.try(t, in, false).wrong, kind)
	}
	for less := true; less; {
		less = false
		for size := 3; size > 0; size-- {
			for n := 0; n+size <= len(w); n++ {
				if v := slices.Concat(w[:n], w[n+size:]); fails(v) {
					w, less = v, true
					n--
				}
			}
		}
		for n := range w {
			if w[n].before == 0 {
				continue
			}
			v := slices.Clone(w)
			if v[n].before = 0; fails(v) {
				w, less = v, true
			}
		}
	}
	return w
}

// check has a walk happen, and reports it when it breaks the law. It returns how it ended.
func (w deeds) check(t *testing.T, in terms, strict bool) result {
	res := w.try(t, in, strict)
	if res.wrong != "" {
		short := res.happened.shortest(t, in, res.wrong)
		again := short.try(t, in, false)
		t.Errorf("%s with %+v: %s\nshortest: %s: %s\n%s", res.happened, in, res.wrong, short, again.wrong, again.log)
	}
	return res
}

// randomWalk makes a walk of looks with deeds among and within them: any, or what those do who rotate.
func randomWalk(rnd *rand.Rand, length int) (w deeds) {
	inLook, stormy := rnd.IntN(3) > 0, rnd.IntN(2) > 0
	some := func() string {
		if stormy {
			return []string{"w", "ww", "h", "r", "rl", "rz", "rlz", "rew", "relz", "rwZ", "ctw", "wct", "ctz", "cwtwZ", "ryyy", "ctyyy", "rlYYY", "ctrlz", "rZl", "erl"}[rnd.IntN(20)]
		}
		n := rnd.IntN(len(writersDeeds))
		return writersDeeds[n : n+1]
	}
	for len(w) < length {
		switch k := rnd.IntN(12); {
		case k == 0:
			w = append(w, deed{do: killing})
		case k < 3:
			w = append(w, deed{do: workersDeeds[rnd.IntN(2)*rnd.IntN(len(workersDeeds))]})
		case k < 6:
			for at := 1; inLook && rnd.IntN(7) > 0; {
				for _, do := range []byte(some()) {
					at += rnd.IntN(20) * rnd.IntN(4) * rnd.IntN(2)
					w = append(w, deed{do, at})
				}
				if rnd.IntN(20) == 0 {
					w = append(w, deed{killing, at})
				}
				if rnd.IntN(5) == 0 {
					w = append(w, deed{workersDeeds[rnd.IntN(len(workersDeeds))], at})
				}
			}
			w = append(w, deed{do: "oi"[rnd.IntN(2)]})
		default:
			for _, do := range []byte(some()) {
				w = append(w, deed{do: do})
			}
		}
	}
	return w
}

// The first walks are always the same; LOGSKIFF_WALK_RUNS=100000 looks for new ones, with another LOGSKIFF_WALK_SEED.
func TestRandomWalks(t *testing.T) {
	runs, length := number(t, "LOGSKIFF_WALK_RUNS", 300), number(t, "LOGSKIFF_WALK_LENGTH", 40)
	seed := uint64(number(t, "LOGSKIFF_WALK_SEED", 1))
	bad := 0
	for n := range runs {
		rnd := rand.New(rand.NewPCG(seed, uint64(n)))
		in := moreTerms()[rnd.IntN(len(moreTerms()))]
		res := randomWalk(rnd, length).check(t, in, false)
		if res.wrong != "" {
			if bad++; bad == 10 {
				return
			}
		}
	}
}

// Every walk of so many deeds, where none is within a look. LOGSKIFF_WALK_STEPS=4 takes some minutes, 5 an hour.
func TestEachShortWalk(t *testing.T) {
	most := number(t, "LOGSKIFF_WALK_STEPS", 2)
	for _, in := range allTerms() {
		for length := 1; length <= most; length++ {
			w := make(deeds, length)
			var from func(n int) bool // false: that many ended badly
			bad := 0
			from = func(n int) bool {
				if n == length {
					res := w.check(t, in, true)
					if res.wrong != "" {
						bad++
					}
					return bad < 5
				}
				for _, do := range []byte(allDeeds) {
					w[n] = deed{do: do}
					if n+1 < length && w[:n+1].try(t, in, true).senseless >= 0 {
						continue
					}
					if !from(n + 1) {
						return false
					}
				}
				return true
			}
			from(0)
		}
	}
}

// A second look at one moment is another one a little later: the same deed before each of the calls of a look.
func TestADeedBeforeEachCallOfALook(t *testing.T) {
	for _, text := range []string{"wt%i", "kwct%w%w%w%w%i"} {
		for n := 1; n <= 60; n++ {
			w, err := parseWalk(strings.ReplaceAll(text, "%", fmt.Sprint(n)))
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range allTerms() {
				w.check(t, in, false)
			}
		}
	}
}

// Walks that ended badly once.
func TestWalksThatFailedOnce(t *testing.T) {
	for _, text := range []string{
		// what came and was rotated while nothing had the name, and nothing has it again
		"dw64or", "rzohrl", "dierlz", "diw4r7iy", "rzw51r68o", "dw109r136i",
		// the copy was made some time before the truncation
		"wcoowo", "wcoh17oo", "wcokk4h44ii", "wcokk4h44ik57i", "coowo", "ck102oiwo", "ckiw39oo",
		// a gap that was stored with nobody: a kill then
		"tod", "tor", "td26o", "tfd50i", "tfr77i", "tfid", "tr93o", "hrzkiefokr",
		// written anew, and as long as before
		"twf",
		// the copy is shorter than what was known of the original, which is not there any more
		"twcwotyk", "cwfk", "cwfk11i", "twcwotzk107o", "dwcwitzk102i", "rzhiwcwi", "ryyyhowcwi",
		// truncated between two calls that find out what a new file is
		"rzhk15r15w27ict31z31w31w31c31t58w58o",
		// renamed while it was empty to a name that is followed too, and written to under that, late
		"trwolz", "trwolZ", "trwolrZ",
		// a worker had the file when its name was another's, and a kill came before its turn was over
		"rwctswok", "trlzswok", "trlyswok", "rwwsrwk83o", "wrswctzwk69i", "rewrszwk46i", "twrszwik",
		// what came and was rotated into another folder while nothing had the name
		"dierl", "rzowr", "rziwr", "rzierl", "ryyyiwr", "rzw204r214o", "ctzfw3r18z18w65r95i",
		// a copy has the inode that the original had
		"fkw46c86t102r216e216z216r216y216o",
		// a file of which only half a line was known was copied and written anew
		"rzhowctwr6Y6Y7Y7i", "thowctw", "rzhowctwirYYY",
		// a copy has the inode of a log of which nothing was read, and is compressed
		"ykyy36c36t46iz",
		// a copy reads like what is in a log now, which was written anew since it was met
		"cthci",
		// it lost its name while it was read, and its descriptor
		"kdikz15s21i",
	} {
		w, err := parseWalk(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range moreTerms() {
			t.Run(fmt.Sprintf("%s %+v", text, in), func(t *testing.T) { w.check(t, in, false) })
		}
	}
}

// Walks that gave a content two identities once.
func TestWalksThatSentTwiceOnce(t *testing.T) {
	for _, text := range []string{
		// compressed is a copy of which more was counted as lost than it holds
		"cwt20oz81o", "cwotyi", "c11iwt51d58iz46i", "cwt52iyi", "cwt46oyi",
		// half a line, whose file has no stream yet when what was made of it is read
		"thriy", "dhriz", "rhorz", "thctyo", "dhctz108o", "chotyo", "chityi",
		// a copy that was held back, of which all was read in the original, is gone or packed when that is truncated
		"cwoftz", "cowftz", "cwofty", "ciwftz", "cowfty53i", "cwft51z79o", "c27w57it9z9o",
		// half a copy, or a copy made in the look, that is only to be read by its descriptor when it is compared
		"boctz", "bictz", "bc26itz", "bc42t42z42o", "ct17z17o", "ct17z17i", "ct4y4y4y16o", "c92ot17z17i", "kct27z27i",
		// half a line that was copied, and went on in the original
		"rhcwof", "thcwif", "dhcwof", "rhcwif", "dh26icwif",
		// half a line under a name that is followed too, and what was made of it
		"rhryyo", "rhryyi", "thctyyo", "dhctyyi", "thryyii", "rh67oryyo", "rhrz20h1i", "dhctz16i", "rhctz23o",
		// a copy that is met before its original, since it is older
		"dwcwif", "dwcwitz", "towwbkhif",
		// the beginning of a copy reads like more than one log
		"rwoboctz", "dwbc54w84f120otz",
		// half a line, like one that has no stream either, and was met before its original
		"thcowif", "dhciwf37o", "rhcowif", "tfh28c37iwf219o", "dhcwiaty",
		// what is left of a log ends before what was read of it, and is compressed, or met by the next start
		"cwfhstyo", "thcwoaty", "thcwofty", "rhcwiftrZ", "cwftzik", "zchofktd16z16ik", "rihcwosSki", "cwftd", "thcwiftys",
		// half a compressed file became whole between two calls
		"r51y51oy23k136i", "fck31itY17w34Y60k167o",
		// a copy has the inode that the log before had, and is met before the log
		"dhkwcihif", "rywyikychof", "zkcwf99o", "kzctz44i",
		// a start reads on in a copy that is being compressed, under a name that is followed too
		"rlwctwct54k76irY28Y54i",
		// of a log that no look had met
		"o", "i", "zo", "rwo", "rzwZo", "yrw", "yyo", "eo", "rei", "ro", "cto", "cwtwo", "lo", "o20rw", "zw20ro", "ok", "o8k", "iwrwki", "do",
	} {
		w, err := parseWalk(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range moreTerms() {
			t.Run(fmt.Sprintf("%s %+v", text, in), func(t *testing.T) { w.check(t, in, false) })
		}
	}
}
