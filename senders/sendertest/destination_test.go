package sendertest

import (
	"sync"
	"testing"

	"logskiff/senders"
)

// A throw-away kind that answers for each record passes the suite: the programmable destination itself.
func TestAKindThatAnswersForEachRecord(t *testing.T) {
	Run(t, func(t *testing.T) Fixture {
		var mu sync.Mutex
		var bodies [][]byte
		answer := senders.Result{}
		d := &Destination{Label: "throw-away"}
		d.Whole = func(p *senders.Payload) senders.Result {
			mu.Lock()
			defer mu.Unlock()
			if answer.Class == senders.Delivered {
				bodies = append(bodies, append([]byte(nil), p.Body...))
			}
			return answer
		}
		set := func(r senders.Result) func() {
			return func() { mu.Lock(); defer mu.Unlock(); answer = r }
		}
		return Fixture{
			Endpoint: d,
			Attempts: d.Attempts,
			Received: func() [][]byte { mu.Lock(); defer mu.Unlock(); return append([][]byte(nil), bodies...) },
			Answers: map[senders.Class]func(){
				senders.Delivered: set(senders.Result{}),
				senders.Retry:     set(senders.Result{Class: senders.Retry, Reason: "reset"}),
				senders.Held:      set(senders.Result{Class: senders.Held, Reason: "401"}),
				senders.Refused:   set(senders.Result{Class: senders.Refused, Reason: "400"}),
			},
			ByRecord: func(judge func(place int) senders.Item) {
				place := -1
				d.Judge = func(string) senders.Item {
					place++
					item := judge(place)
					if item.Class != senders.Delivered {
						item.Reason = "so"
					}
					return item
				}
			},
		}
	})
}
