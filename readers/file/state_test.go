package file

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// stored returns what the registry holds, and what the states in it say.
func (g *rig) stored() (all []stored) {
	g.t.Helper()
	for _, c := range g.reg.Checkpoints() {
		s, own, err := storedOf(&c)
		if err != nil || !own {
			g.t.Fatalf("the state of %+v: %v", c, err)
		}
		all = append(all, s)
	}
	return all
}

func someIdentity(rnd *rand.Rand) Identity {
	pick := func() int64 { return [...]int64{0, rnd.Int64N(100), rnd.Int64N(1 << 62)}[rnd.IntN(3)] }
	at := func() time.Time {
		return [...]time.Time{{}, time.Unix(rnd.Int64N(1<<33), rnd.Int64N(1e9)).UTC(), time.Date(1500, 1, 2, 3, 4, 5, 6, time.UTC)}[rnd.IntN(3)]
	}
	i := Identity{
		Device: rnd.Uint64() >> rnd.IntN(64), Inode: rnd.Uint64() >> rnd.IntN(64), Epoch: uint64(pick()), FingerLen: uint16(rnd.IntN(1 << 16)), Finger: rnd.Uint64(),
		Modified: at(), Gone: at(), Spool: strings.Repeat("s", rnd.IntN(3)*100), JoinLen: pick(), Since: pick(), Cut: pick(),
	}
	if i.Spool != "" {
		i.SpoolAt = pick()
	}
	if i.JoinLen != 0 {
		i.Join = record.StreamID{1, 2, 3}
	}
	return i
}

func TestAnIdentityIsReadAsItWasStored(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		want := someIdentity(rnd)
		state := want.State()
		if got, err := IdentityOf(state); err != nil || got != want {
			t.Fatalf("%+v became %+v: %v", want, got, err)
		}
		for _, cut := range []int{0, rnd.IntN(len(state.Data))} {
			if got, err := IdentityOf(readers.State{Reader: Kind, Version: stateVersion, Data: state.Data[:cut]}); err == nil {
				t.Fatalf("%d of %d bytes became %+v", cut, len(state.Data), got)
			}
		}
	}
	east := Identity{Modified: time.Unix(5, 6).In(time.FixedZone("east", 3600))}
	if west := (Identity{Modified: time.Unix(5, 6).UTC()}); east.State() != west.State() {
		t.Error("the zone of a time is stored, so that a change of it is one of the file")
	}
}

func FuzzIdentityOf(f *testing.F) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 10 {
		i := someIdentity(rnd)
		f.Add(i.State().Data)
	}
	f.Add("")
	f.Fuzz(func(t *testing.T, data string) {
		is, err := IdentityOf(readers.State{Reader: Kind, Version: stateVersion, Data: data})
		if err != nil {
			return
		}
		if again, err := IdentityOf(is.State()); err != nil || again != is {
			t.Fatalf("%+v became %+v: %v", is, again, err)
		}
	})
}

// What another kind of reader stored under the name of this source is none of ours, and stays; what a newer version of this one stored
// is not taken for nothing.
func TestTheStatesOfOthersAreLeftAlone(t *testing.T) {
	g := newRig(t)
	g.write("a.log", "one\n")
	other := readers.Checkpoint{ID: record.StreamID{9}, Known: readers.Known{
		Path: g.path("a.log"), Name: g.path("a.log"), Size: 7, Unit: record.Entries, State: readers.State{Reader: "journald", Version: 1, Data: "x"},
	}, Position: record.Position{Offset: 4}, Delivered: 4}
	g.do(g.reg.Register(other, false))
	g.start()
	g.step()
	g.want("one")
	g.kill()
	if !g.reg.Known(other.ID) || len(g.reg.Checkpoints()) != 2 {
		t.Errorf("the registry has %+v", g.reg.Checkpoints())
	}
	for name, change := range map[string]func(s *readers.State){
		"newer":   func(s *readers.State) { s.Version++ },
		"damaged": func(s *readers.State) { s.Data = s.Data[:3] },
	} {
		var odd []readers.Checkpoint
		for _, c := range g.reg.Checkpoints() {
			if c.ID != other.ID {
				change(&c.State)
			}
			odd = append(odd, c)
		}
		cfg := Default()
		cfg.Paths = []string{g.path("a.log")}
		if r, err := New(cfg, Env{Registry: g.reg, Restore: slices.Values(odd)}); err == nil || !strings.Contains(err.Error(), g.path("a.log")) {
			t.Errorf("%s: a reader was made of it: %v, %v", name, r, err)
		}
	}
}
