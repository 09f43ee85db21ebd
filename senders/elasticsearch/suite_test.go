package elasticsearch

import (
	"net/http"
	"testing"

	"logskiff/senders"
	"logskiff/senders/sendertest"
)

func TestContract(t *testing.T) {
	sendertest.Run(t, func(t *testing.T) sendertest.Fixture {
		f := newFake(t)
		s := f.open(nil)
		stop := make(chan struct{})
		t.Cleanup(func() { close(stop) })
		return sendertest.Fixture{
			Endpoint:   s.Endpoints[0],
			NewEncoder: s.NewEncoder,
			Received:   f.received,
			Attempts:   func() int { return int(f.Attempts.Load()) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { f.works(nil) },
				senders.Retry:     f.Status(500),
				senders.Throttled: f.Status(429),
				senders.Held:      f.Status(401),
				senders.TooLarge:  f.Status(413),
				senders.Refused:   f.Status(400),
			},
			ByRecord: func(judge func(place int) senders.Item) {
				f.works(func(place int, _, _ string, _ []byte) reply {
					switch judge(place).Class {
					case senders.Refused:
						return reply{400, "mapper_parsing_exception", "failed to parse field [m] of type [long]", "so"}
					case senders.Retry:
						return reply{503, "unavailable_shards_exception", "primary shard is not active", ""}
					case senders.Held:
						return reply{404, "index_not_found_exception", "no such index [logs]", ""}
					case senders.Throttled:
						return reply{429, "es_rejected_execution_exception", "rejected execution of coordinating operation", ""}
					}
					return reply{}
				})
			},
			Hang: func() { f.Handle(func(http.ResponseWriter, *http.Request) { <-stop }) },
		}
	})
}
