package e2e

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

// TestForwarderKilledAtRandomMomentsLosesNothing kills one of two forwarders
// again and again. What each has acknowledged must be in its files, once; what
// both have must carry the same identity.
func TestForwarderKilledAtRandomMomentsLosesNothing(t *testing.T) {
	f := func(strategy string) {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			rnd := random(t)
			both := []*forwarder{newForwarder(t, "forwarder 1"), newForwarder(t, "forwarder 2")}
			for _, fwd := range both {
				fwd.start()
			}
			w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
			a := newAgent(t, fileSource("app", w.path, "", "ingest"),
				httpSender("ingest", `, strategy = "`+strategy+`"`, both[0].addr, both[1].addr))
			a.start()
			flood := w.begin(20_000, 900*time.Millisecond)
			for range *kills {
				victim := both[rnd.IntN(2)]
				pass(time.Duration(rnd.IntN(700)) * time.Millisecond)
				victim.kill()
				pass(time.Duration(rnd.IntN(200)) * time.Millisecond)
				victim.start()
			}
			lines := flood.end()
			eventually(t, 60*time.Second, "the agent has delivered everything", func() bool {
				return a.metric("logskiff_delivered_lines_total") == float64(lines) && a.metric("logskiff_lag_bytes") == 0
			})
			a.boundedMemory()
			a.mustStop()
			all := newLedger()
			for _, fwd := range both {
				eventually(t, failAfter, fwd.name+" has started again", fwd.listening)
				fwd.mustStop()
				one := received(t, fwd.dir)
				one.noRepeats(t, fwd.name)
				all.merge(one)
			}
			all.exactlyOnce(t, "in both together", lines)
			_, repeats := all.figures()
			t.Logf("%d kills, %d lines, %d of them at both", *kills, lines, repeats)
		})
	}
	f("round-robin")
	f("failover")
}

// TestFailoverUsesTheFirstAndGoesBackToIt: the second gets something only while
// the first is away.
func TestFailoverUsesTheFirstAndGoesBackToIt(t *testing.T) {
	t.Parallel()
	one, two := newSink(t), newSink(t)
	w := newWriter(t, filepath.Join(t.TempDir(), "app.log"))
	a := newAgent(t, fileSource("app", w.path, "", "ingest"), httpSender("ingest", `, strategy = "failover"`, one.addr, two.addr))
	a.start()
	w.write(1000)
	one.arrives(t, "the first has it", 1000, failAfter)
	one.down()
	w.write(1000)
	two.arrives(t, "the second has the rest", 1000, failAfter)
	one.up()
	eventually(t, 30*time.Second, "the first is used again", func() bool {
		w.write(1)
		return one.lines() > 1000
	})
	eventually(t, failAfter, "each line has arrived", func() bool { return one.lines()+two.lines() == w.next })
	a.mustStop()
	one.merge(two.ledger)
	one.once(t, "in both together", w.next)
}

// listening says whether somebody answers at the forwarder's address. One that was
// only just started has not yet begun to listen to signals either.
func (f *forwarder) listening() bool {
	c, err := net.Dial("tcp", f.addr)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
