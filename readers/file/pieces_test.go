package file

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
)

// criLine returns a line of a container: "o P text" is a piece of stdout.
func criLine(short string) string {
	word := strings.SplitN(short, " ", 3)
	return "2026-11-21T02:20:47.1Z " + map[string]string{"o": "stdout", "e": "stderr"}[word[0]] + " " + word[1] + " " + word[2]
}

func newPiecesRig(t testing.TB) *rig {
	g := newRig(t)
	g.cfg.Multiline.Preset = "cri"
	return g
}

func (g *rig) pieces(name string, lines ...string) {
	g.t.Helper()
	for _, l := range lines {
		g.write(name, criLine(l)+"\n")
	}
}

// wantPieces compares all that arrived: the lines of each record, and behind a > which streams go on with
// a message in it.
func (g *rig) wantPieces(records ...string) {
	g.t.Helper()
	var have []string
	for _, x := range g.out {
		text := strings.NewReplacer("2026-11-21T02:20:47.1Z ", "", "stdout", "o", "stderr", "e", "\n", ", ").Replace(x.text)
		if of := x.rec.Continues(); of != 0 {
			text += fmt.Sprintf(" >%d", of)
		}
		have = append(have, text)
	}
	if !slices.Equal(have, records) {
		g.t.Fatalf("arrived: %q\nwant:    %q\nlog:\n%s", have, records, g.log.String())
	}
	g.sound()
	g.noLoss()
}

// A message in pieces, a line of the other stream between any two of them, is one record with these,
// over a rotation too.
func TestScenario40PiecesBetweenLinesOfTheOtherStream(t *testing.T) {
	lines := []string{"o P one ", "e F x", "o P two ", "e P y ", "e F z", "o F three"}
	whole := strings.Join(lines, ", ")
	g := newPiecesRig(t)
	g.start()
	g.pieces("a.log", append([]string{"e F before"}, append(lines, "o F behind")...)...)
	g.wait()
	g.wantPieces("e F before", whole, "o F behind")

	for _, how := range []string{"rename", "copytruncate"} {
		for cut := 1; cut < len(lines); cut++ {
			g := newPiecesRig(t)
			g.pieces("a.log", "o F before")
			g.pieces("a.log", lines[:cut]...)
			g.start()
			g.fill()
			rotateGroup(g, how)
			g.pieces("a.log", lines[cut:]...)
			g.wait()
			g.pieces("a.log", "o F behind")
			g.wait()
			g.wantPieces("o F before", whole, "o F behind")
			g.kill()
			g.start()
			g.wait()
			g.wantPieces("o F before", whole, "o F behind")
		}
	}
}

// Pieces that had to be put into several records are marked, whoever reads the later ones.
func TestThePiecesBehindAreMarked(t *testing.T) {
	for _, restart := range []bool{false, true} {
		again := func(g *rig) {
			if restart {
				g.kill()
				g.start()
			}
		}
		g := newPiecesRig(t)
		g.start()
		g.pieces("a.log", "o P one ", "e F x")
		g.wait() // longer than flush
		again(g)
		g.pieces("a.log", "e F y", "o P two ", "e F z")
		g.wait()
		again(g)
		g.pieces("a.log", "o F three", "o F four")
		g.wait()
		g.wantPieces("o P one , e F x", "e F y", "o P two , e F z >1", "o F three >1", "o F four")

		g = newPiecesRig(t) // max_lines and max_bytes
		g.cfg.Multiline.MaxLines = 2
		g.start()
		g.pieces("a.log", "o P 1", "e P 2")
		g.wait()
		again(g)
		g.pieces("a.log", "o P 3", "o P 4", "o F 5", "e F 6", "e F 7")
		g.wait()
		g.wantPieces("o P 1, e P 2", "o P 3, o P 4 >1", "o F 5 >1", "e F 6 >2", "e F 7")

		g = newPiecesRig(t) // the rotation comes too late
		g.start()
		g.pieces("a.log", "o P one ")
		g.wait()
		g.rename("a.log", "a.log.1")
		g.pieces("a.log", "o F two", "o F three")
		g.wait()
		g.wantPieces("o P one ", "o F two >1", "o F three")
	}
}

// However far before the cursor they stand, within what is looked back.
func TestPiecesAreLookedForBeforeTheCursor(t *testing.T) {
	f := func(between int, want string) {
		t.Helper()
		g := newPiecesRig(t)
		g.start()
		g.pieces("a.log", "o P one ")
		g.wait()
		for range between {
			g.pieces("a.log", "e F "+strings.Repeat("x", 1000))
		}
		g.wait()
		g.out = nil
		g.kill()
		g.start()
		g.pieces("a.log", "o F two")
		g.wait()
		g.wantPieces(want)
	}
	f(0, "o F two >1")
	f(100, "o F two >1")
	f(200, "o F two")
}

// A look can fall between the two steps of a rotation.
func TestScenario40WhenNothingHadTheName(t *testing.T) {
	g := newPiecesRig(t)
	g.cfg.Multiline.Flush = conf.Duration(10 * time.Second)
	g.pieces("a.log", "o P one ", "e F x")
	g.start()
	g.fill()
	g.rename("a.log", "a.log.1")
	g.look()
	g.fill()
	g.pieces("a.log", "o F two", "o F three")
	g.wait()
	g.wantPieces("o P one , e F x, o F two", "o F three")
}
