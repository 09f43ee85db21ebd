package http

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/record/wire"
)

// Each answer that is no 200 is counted under its reason, and under no other.
func TestEachRefusalHasItsReason(t *testing.T) {
	segment := batchHeader(wire.Segment{Stream: idA, Start: 10, End: 30, Records: 1})
	f := func(want string, code int, change func(*Config), send func(g *rig) int) {
		t.Helper()
		g := start(t, true, change)
		if got := send(g); got != code {
			t.Errorf("%s: answered %d, want %d", want, got, code)
		}
		for why, n := range g.r.Received().Refusals {
			if n != 0 != (why == want) {
				t.Errorf("%s: %d are counted as %s", want, n, why)
			}
		}
	}
	posts := func(body string, header ...string) func(*rig) int {
		return func(g *rig) int { code, _ := g.post(body, header...); return code }
	}
	claimed := func(err error) func(*rig) int {
		return func(g *rig) int {
			g.r.claim = func(record.Owner, []record.StreamID) (func(), error) { return nil, fmt.Errorf("stream x: %w", err) }
			return posts(`{"_offset":10}`, "Logskiff-Batch", segment)(g)
		}
	}
	long := `{"a":"` + strings.Repeat("x", 64<<10) + `"}`
	f("", 200, nil, posts(`{"a":1}`))
	f("malformed", 400, nil, posts("nonsense"))
	f("malformed", 400, nil, posts("nonsense", "Content-Encoding", "zstd"))
	f("malformed", 400, nil, posts(`{"a":1}`, "Logskiff-Batch", "nonsense"))
	f("unauthorized", 401, func(c *Config) { c.Tokens = []conf.Secret{"t"} }, posts(`{"a":1}`, "Authorization", "Bearer u"))
	f("no_such_path", 404, nil, func(g *rig) int {
		g.url = strings.TrimSuffix(g.url, "/v1/batch")
		return posts(`{"a":1}`)(g)
	})
	f("no_such_path", 405, nil, func(g *rig) int {
		resp, err := g.client.Get(g.url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	})
	f("foreign", 409, nil, claimed(record.ErrNotOwner))
	f("in_use", 503, nil, claimed(record.ErrLent))
	f("no_word", 503, nil, claimed(record.ErrNoWord))
	f("too_large", 413, func(c *Config) { c.MaxBody = 64 << 10 }, posts(long))
	f("too_large", 413, func(c *Config) { c.MaxBody, c.MaxDecoded = 64<<10, 64<<10 }, posts(zstdOf(long), "Content-Encoding", "zstd"))
	f("media_type", 415, nil, posts(`{"a":1}`, "Content-Type", "application/xml"))
	f("media_type", 415, nil, posts(`{"a":1}`, "Content-Encoding", "br"))
	f("queue_full", 503, nil, func(g *rig) int {
		others := g.r.budget.Lease("another")
		if err := others.Take(g.r.budget.Size() - 10); err != nil {
			t.Fatal(err)
		}
		defer others.End()
		return posts(`{"a":1}`)(g)
	})
	f("stopping", 503, nil, func(g *rig) int {
		g.r.queue.Close()
		return posts(`{"a":1}`)(g)
	})
}

func TestWhatIsNotDeliveredInTimeIsCountedAsLate(t *testing.T) {
	g := start(t, false, func(c *Config) { c.AnswerTimeout = conf.Duration(10 * time.Millisecond) })
	if code, _ := g.post(`{"a":1}`); code != http.StatusServiceUnavailable {
		t.Errorf("answered %d", code)
	}
	if n := g.r.Received().Refusals["late"]; n != 1 {
		t.Errorf("%d are counted", n)
	}
	g.r.Done(g.next(1), true)
}
