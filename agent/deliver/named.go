package deliver

import (
	"fmt"

	"logskiff/senders"
)

// recordOf turns the index of a record in the payload's batch into that in the whole batch. It is called
// with rising indexes for one payload.
type recordOf struct {
	set
	view bool // the payload's batch is one of the set's records alone
	run  int  // of set
	seen int  // records in the runs before
}

func (m *recordOf) at(i int) int {
	if !m.view {
		return i
	}
	for i-m.seen >= m.set[m.run].len() {
		m.seen += m.set[m.run].len()
		m.run++
	}
	return m.set[m.run].first + i - m.seen
}

// wayOf is where records that were not taken go together.
type wayOf struct {
	class senders.Class
	key   string
}

// inPart notes an answer that took p in part: what it names goes its way, and the rest is delivered; or it is
// halved, when some of it was refused without being named.
func (w *isolation) inPart(p *piece, r senders.Result, by *health) {
	took := r.Taken(p.len()) > 0
	rest, refused := w.byName(p, r, by, took)
	w.refused = append(w.refused, refused...)
	n := rest.len()
	if n == 0 {
		return
	}
	part := p.part(rest)
	counted := senders.Result{Class: senders.Refused, Status: r.Status, Reason: r.Reason}
	switch {
	case r.Rejected == 0:
		w.delivered(rest)
		w.taken(part, by)
	case r.Rejected >= n: // that names them all
		for _, run := range rest {
			for i := run.first; i < run.last; i++ {
				one := p.part(set{{i, i + 1}})
				one.refuse(counted, by)
				w.refused = append(w.refused, refusal{piece: one, by: by, endpoint: by.Name(), named: true, judged: took, Result: counted})
			}
		}
	default:
		w.quarantine.delivered() // something was taken, though not known what
		part.refuse(counted, by)
		w.halve(part)
	}
}

// byName sends the records that r names their ways. It returns the others, and those that were refused.
func (w *isolation) byName(p *piece, r senders.Result, by *health, took bool) (rest set, refused []refusal) {
	index := recordOf{set: p.set, view: len(p.set) > 1}
	var named set
	ways := map[wayOf]set{}
	said := map[wayOf]senders.Item{}
	var order []wayOf
	last := w.payload.First - 1
	for _, item := range r.Items {
		if item.Record <= last || item.Record >= w.payload.Last {
			panic(fmt.Sprintf("BUG: %s names record %d of [%d,%d) after %d", by.Name(), item.Record, w.payload.First, w.payload.Last, last))
		}
		last = item.Record
		i := index.at(item.Record)
		named = named.plus(i)
		switch item.Class {
		case senders.Refused, senders.TooLarge:
			one := p.part(set{{i, i + 1}})
			again := senders.Result{Class: item.Class, Status: item.Status, Reason: item.Reason}
			one.refuse(again, by)
			refused = append(refused, refusal{piece: one, by: by, endpoint: by.Name(), named: true, judged: took, Result: again})
		case senders.Retry, senders.Throttled, senders.Held:
			way := wayOf{item.Class, item.Key}
			if ways[way] == nil {
				order = append(order, way)
				said[way] = item
			}
			ways[way] = ways[way].plus(i)
		default:
			panic(fmt.Sprintf("BUG: %s answers a record with %v", by.Name(), item.Class))
		}
	}
	for _, way := range order {
		if way.class == senders.Throttled {
			w.pool.slow(by)
		}
		w.postpone(p.part(ways[way]), said[way])
	}
	return p.set.without(named), refused
}
