package file

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
)

func rotateGroup(g *rig, how string) {
	g.t.Helper()
	if how == "rename" {
		g.rename("a.log", "a.log.1")
	} else {
		g.copy("a.log", "a.log.1")
		g.truncate("a.log")
	}
}

// A trace that a rotation cuts in two is one record of the older stream, and the checkpoints of
// both streams wait for it.
func TestScenario25AStackTraceAcrossARotation(t *testing.T) {
	for _, how := range []string{"rename", "copytruncate"} {
		for _, next := range []string{"\tat two\n2\n", "\tat two\n"} {
			g := newGroupRig(t)
			g.write("a.log", "0\n1 Exception\n\tat one\n")
			g.start()
			g.fill()
			g.want("0")
			rotateGroup(g, how)
			g.write("a.log", next)
			g.hold = true
			for range 6 {
				g.look()
				g.fill()
			}
			want := []string{"0", "1 Exception\n\tat one\n\tat two"}
			if next != "\tat two\n" {
				want = append(want, "2")
			}
			g.want(want...)
			for _, c := range g.reg.Checkpoints() {
				if c.Offset > 2 {
					t.Fatalf("the checkpoint of %s is at %d", c.Path, c.Offset)
				}
			}
			g.hold = false
			g.release()
			g.write("a.log", "3\n")
			g.wait()
			want = append(want, "3")
			g.want(want...)
			g.noLoss()
			g.kill()
			g.start()
			g.wait()
			g.want(want...)
		}
	}
}

// After a kill the same place names the same record, whether the store has the first half as
// acknowledged, or nothing.
func TestScenario25ATraceAcrossARotationAndAKill(t *testing.T) {
	for _, how := range []string{"rename", "copytruncate"} {
		for acked := range 3 {
			g := newGroupRig(t)
			g.write("a.log", "0\n1 Exception\n\tat one\n")
			g.start()
			g.fill()
			rotateGroup(g, how)
			g.write("a.log", "\tat two\n")
			g.hold = true
			for range 6 {
				g.look()
				g.fill()
			}
			g.want("0", "1 Exception\n\tat one\n\tat two")
			for _, s := range g.held[:min(acked, len(g.held))] {
				g.ack(s)
			}
			g.kill()
			g.write("a.log", "\tat late\n2\n")
			g.hold = false
			g.start()
			g.wait()
			want := []string{"0", "1 Exception\n\tat one\n\tat two", "\tat late", "2"}
			if acked == 0 {
				want = append(want[:2:2], want[1:]...)
			}
			g.want(want...)
			g.noLoss()
		}
	}
}

func TestScenario25ANewFileThatBeginsWithARecordOfItsOwnDoesNotWait(t *testing.T) {
	g := newGroupRig(t)
	g.cfg.Multiline.Flush = conf.Duration(time.Hour)
	g.write("a.log", "1\n\tat one\n")
	g.start()
	g.fill()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "2\n3\n")
	g.look()
	g.fill()
	g.look()
	g.fill()
	g.want("2")
	g.after(10 * time.Second)
	g.want("2", "1\n\tat one")
}

// What comes after the idle time is a record of its own.
func TestScenario25TheSecondHalfComesTooLate(t *testing.T) {
	g := newGroupRig(t)
	g.write("a.log", "1\n\tat one\n")
	g.start()
	g.fill()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "")
	g.after(6 * time.Second)
	g.want("1\n\tat one")
	g.write("a.log", "\tat two\n2\n")
	g.wait()
	g.want("1\n\tat one", "\tat two", "2")
	g.noLoss()
}

// However files are written, rotated and the agent killed, each line arrives, in one record.
func TestEachLineOfAGroupArrivesInOneRecordThroughRotations(t *testing.T) {
	for seed := range uint64(number(t, "LOGSKIFF_MODEL_RUNS", 200)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { groupsThroughRotations(t, seed) })
	}
}

func groupsThroughRotations(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 25))
	g := newGroupRig(t)
	g.limit.Lines = 1 + rnd.IntN(6)
	g.limit.Segments = 1 + rnd.IntN(4)
	n, rotations := 0, 0
	var steps []string
	g.start()
	for range 60 {
		op := rnd.IntN(12)
		steps = append(steps, fmt.Sprint(op))
		switch op {
		case 0, 1, 2, 3:
			for range 1 + rnd.IntN(3) {
				n++
				g.write("a.log", fmt.Sprintf("%sline %d\n", []string{"", "\t"}[rnd.IntN(2)], n))
			}
		case 4:
			if n > 0 {
				g.look() // so that it is known
				rotations++
				g.rename("a.log", fmt.Sprintf("a.log.%d", rotations))
				n++
				g.write("a.log", fmt.Sprintf("%sline %d\n", []string{"", "\t"}[rnd.IntN(2)], n))
			}
		case 5, 6:
			g.look()
			g.fill()
		case 7:
			g.after(time.Duration(rnd.IntN(6)) * time.Second)
		case 8:
			g.hold = true
		case 9:
			g.hold = false
			g.release()
		case 10:
			g.kill()
			g.start()
		case 11:
			g.take1()
		}
	}
	g.hold = false
	g.release()
	g.wait()
	g.wait()
	where := map[string]string{}
	for _, x := range g.out {
		id := fmt.Sprintf("%s:%d", x.stream, x.rec.Offset)
		for _, line := range strings.Split(x.text, "\n") {
			line = strings.TrimSpace(line)
			if was, ok := where[line]; ok && was != id {
				t.Fatalf("%q is in %s and %s\nsteps %v\n%q", line, was, id, steps, g.texts())
			}
			where[line] = id
		}
	}
	for i := range n {
		if where[fmt.Sprintf("line %d", i+1)] == "" {
			t.Fatalf("line %d of %d did not arrive\nsteps %v\n%q", i+1, n, steps, g.texts())
		}
	}
	g.sound()
	g.noLoss()
	g.kill()
}

// The newer file is written anew in the moment between storing that its first bytes belong to the older stream's last record and
// handing that out: the record is sent without them, and the ledger says what is lost.
func TestTheNewerFileIsWrittenAnewBeforeItIsJoined(t *testing.T) {
	g := newGroupRig(t)
	g.write("a.log", "0\n1 Exception\n\tat one\n")
	g.start()
	g.fill()
	g.rename("a.log", "a.log.1")
	g.write("a.log", "\tat two\n2\n")
	isLent := func() bool {
		for _, f := range g.r.files {
			if f.lent != nil && f.read == 0 {
				return true
			}
		}
		return false
	}
	for n := 0; ; n++ {
		if g.look(); isLent() {
			break
		}
		if n == 10 {
			t.Fatal("nothing of the newer file was stored as the older one's")
		}
		g.fill()
	}
	g.truncate("a.log")
	g.write("a.log", "8 of another content\n9\n")
	g.fill()
	g.wait()
	g.want("0", "1 Exception\n\tat one", "8 of another content", "9")
	lost := int64(0)
	for _, c := range g.reg.Checkpoints() {
		lost += c.Lost
	}
	if want := int64(len("\tat two\n2\n")); lost != want {
		t.Errorf("%d bytes are counted as lost, want %d", lost, want)
	}
}
