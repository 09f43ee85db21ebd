package kafka

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"logskiff/record"
	"logskiff/senders"
)

func send(t *testing.T, e *endpoint, b *record.Batch) senders.Result {
	t.Helper()
	return e.Send(t.Context(), payloadOf(t, e, b))
}

func delivered(t *testing.T, e *endpoint, b *record.Batch) {
	t.Helper()
	if r := send(t, e, b); r.Class != senders.Delivered || len(r.Items) != 0 || r.Reason != "" {
		t.Fatalf("got %+v", r)
	}
}

func lines(n int, format string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

func TestARecordHasItsKeyValueTimeAndIdentity(t *testing.T) {
	for _, compression := range []string{"zstd", "lz4", "snappy", "gzip", "none"} {
		t.Run(compression, func(t *testing.T) {
			f := newFake(t)
			e := f.sender(func(c *Config) {
				c.Compression, c.Key, c.Topic = compression, "{user}", "logs-{source}-{tags.none:-x}"
				c.Headers = append(c.Headers, "path")
			})
			b := batchOf(7, `{"user":"ann","n":1}`, `{"n":2}`, "not an object")
			b.Records[0].Time = 1_600_000_000_123_456_789
			delivered(t, e, b)
			all := f.stored([]string{"logs-nginx-x"}, 3)
			want := "{\"_offset\":0,\"time\":\"2020-09-13T12:26:40.123456789Z\",\"user\":\"ann\",\"n\":1}\n{\"_offset\":21,\"n\":2}\n{\"_offset\":29,\"message\":\"not an object\"}"
			if got := texts(all); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if string(all[0].Key) != "ann" || all[1].Key != nil || all[0].Timestamp.UnixMilli() != 1_600_000_000_123 || all[1].Timestamp.UnixMilli() != 1_700_000_000_000 {
				t.Errorf("got %v, %v", all[0], all[1])
			}
			said := fmt.Sprint(header(all[1], "stream"), header(all[1], "offset"), header(all[1], "host"), header(all[1], "source"), header(all[1], "path"))
			if said != "07"+strings.Repeat("0", 30)+"21web-1nginx/var/log/a.log" {
				t.Errorf("headers are %s", said)
			}
		})
	}
}

func TestAValueIsTheLineOrAField(t *testing.T) {
	f := newFake(t)
	delivered(t, f.sender(func(c *Config) { c.Value, c.Topic, c.Headers = "raw", "raw", nil }), batchOf(1, `{"a": 1}`, "", "x"))
	if all := f.stored([]string{"raw"}, 3); texts(all) != "{\"a\": 1}\n\nx" || len(all[0].Headers) != 0 || all[1].Value == nil {
		t.Errorf("got %q, %v", texts(all), all[0].Headers)
	}
	e := f.sender(func(c *Config) { c.Value, c.Topic = "{a}", "field" })
	r := send(t, e, batchOf(1, `{"a":"one"}`, `{"b":2}`, `{"a":""}`))
	if len(r.Items) != 1 || r.Items[0].Record != 1 || r.Items[0].Class != senders.Refused || r.Items[0].Key != "" || !strings.Contains(r.Items[0].Reason, "it has no value") {
		t.Errorf("got %+v", r)
	}
	if got := texts(f.stored([]string{"field"}, 2)); got != "one\n" {
		t.Errorf("got %q", got)
	}
}

func TestWhatHasNoTopicIsRefusedAlone(t *testing.T) {
	f := newFake(t)
	e := f.sender(func(c *Config) { c.Topic = "logs-{service}" })
	r := send(t, e, batchOf(1, `{"service":"a/b"}`, `{}`, `{"service":"c"}`))
	if len(r.Items) != 1 || r.Items[0].Record != 1 || r.Items[0].Class != senders.Refused || !strings.Contains(r.Items[0].Reason, "{NAME:-default}") {
		t.Errorf("got %+v", r)
	}
	if f.count("logs-a_b") != 1 || f.count("logs-c") != 1 {
		t.Error("the others did not arrive")
	}
}

// Whoever writes a key, it is in the partition that Kafka's own clients choose.
func TestKeysArePartitionedAsElsewhere(t *testing.T) {
	theirs := kgo.StickyKeyPartitioner(nil).ForTopic("x")
	for i := range 5000 {
		key := []byte(strings.Repeat("k", i%9) + fmt.Sprint(i*7919))
		if got, want := partitionOf(murmur2(key), 12), theirs.Partition(&kgo.Record{Key: key}, 12); int(got) != want {
			t.Fatalf("key %q is in partition %d, want %d", key, got, want)
		}
	}
	f := newFake(t, kfake.SeedTopics(8, "logs"))
	e := f.sender(func(c *Config) { c.Key = "{k}" })
	delivered(t, e, batchOf(1, lines(400, `{"k":"%d"}`)...))
	for _, r := range f.stored([]string{"logs"}, 400) {
		if want := kgo.StickyKeyPartitioner(nil).ForTopic("x").Partition(r, 8); int(r.Partition) != want {
			t.Fatalf("key %s is in partition %d, want %d", r.Key, r.Partition, want)
		}
	}
}

func TestWithoutAKeyABodyHasOnePartitionAndBodiesHaveAll(t *testing.T) {
	f := newFake(t, kfake.SeedTopics(4, "logs"))
	e := f.sender(nil)
	used := map[int32]int{}
	for i := range 40 {
		delivered(t, e, batchOf(byte(i), "a", "b", "c"))
	}
	for _, p := range f.PartitionInfos("logs") {
		if p.HighWatermark%3 != 0 {
			t.Errorf("partition %d has %d records, a part of a body", p.Partition, p.HighWatermark)
		}
		used[p.Partition] = int(p.HighWatermark)
	}
	if len(used) != 4 || used[0] == 0 || used[1] == 0 || used[2] == 0 || used[3] == 0 {
		t.Errorf("used are %v", used)
	}
}

func TestOneTopicHoldsItsOwnRecordsAlone(t *testing.T) {
	f := newFake(t, kfake.SeedTopics(1, "a", "b", "c"))
	f.set(func(topic string, _ int32, _ int) *told {
		if topic == "b" {
			return &told{err: kerr.TopicAuthorizationFailed, message: "so it is"}
		}
		return nil
	})
	// The fake answers a whole request, so those of a topic that is taken are asked for by themselves.
	e := f.sender(func(c *Config) { c.Topic, c.AutoCreate = "{t}", false })
	r := send(t, e, batchOf(1, `{"t":"b"}`, `{"t":"nobody"}`, `{"t":"b"}`))
	want := []senders.Item{
		{Record: 0, Class: senders.Held, Status: 29, Key: "b"}, {Record: 1, Class: senders.Held, Status: 3, Key: "nobody"}, {Record: 2, Class: senders.Held, Status: 29, Key: "b"},
	}
	for i, item := range r.Items {
		reason := item.Reason
		item.Reason = ""
		if item != want[i] || !strings.Contains(reason, "(") {
			t.Errorf("got %+v %q, want %+v", item, reason, want[i])
		}
	}
	if r.Class != senders.Delivered || len(r.Items) != 3 {
		t.Errorf("got %+v", r)
	}
	asked := f.attempts()
	p := payloadOf(t, e, batchOf(2, `{"t":"a"}`, `{"t":"nobody"}`, `{"t":"b"}`, `{"t":"c"}`))
	p.Waits = func(key string) bool { return key == "b" || key == "nobody" || key == "c/0" }
	r = e.Send(t.Context(), p)
	if len(r.Items) != 3 || r.Items[0].Key != "nobody" || r.Items[1].Key != "b" || r.Items[2].Key != "c/0" || f.attempts() != asked+1 || f.count("a") != 1 || f.count("c") != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestARecordThatIsTooLargeIsNamedAlone(t *testing.T) {
	small := "3000"
	f := newFake(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": small}))
	for _, compression := range []string{"none", "gzip"} {
		e := f.sender(func(c *Config) { c.Topic, c.Compression, c.Headers = compression, compression, nil })
		all := lines(300, "line %d")
		noise := make([]byte, 6000) // that does not get smaller
		x := uint32(1)
		for i := range noise {
			x = x*1664525 + 1013904223
			noise[i] = 'a' + byte(x>>24)%26
		}
		all[123] = string(noise)
		r := send(t, e, batchOf(1, all...))
		if len(r.Items) != 1 || r.Items[0].Record != 123 || r.Items[0].Class != senders.TooLarge || r.Items[0].Key != "" || r.Items[0].Status != 10 {
			t.Fatalf("%s: got %+v", compression, r)
		}
		if n := f.count(compression); n != 299 {
			t.Errorf("%s: %d of 299 are stored", compression, n)
		}
		before := f.attempts()
		delivered(t, e, batchOf(2, lines(20, "line %d")...))
		if n := f.attempts() - before; n > 2 {
			t.Errorf("%s: what was learnt is forgotten: %d requests", compression, n)
		}
	}
}

func TestRecordsThatAreInvalidAreFoundAndTheOthersTaken(t *testing.T) {
	f := newFake(t)
	e := f.sender(nil)
	f.set(func(_ string, _ int32, n int) *told {
		if n == 10 {
			return &told{err: kerr.InvalidRecord, records: []int{8, 2, 2, 99}, message: "no key"}
		}
		return nil
	})
	r := send(t, e, batchOf(1, lines(10, "%d")...))
	if len(r.Items) != 2 || r.Items[0].Record != 2 || r.Items[1].Record != 8 || r.Items[0].Class != senders.Refused || !strings.Contains(r.Items[0].Reason, "no key") {
		t.Fatalf("got %+v", r)
	}
	if n := f.count("logs"); n != 8 {
		t.Errorf("%d of 8 are stored", n)
	}
	// Brokers before 2.4 do not say which.
	g := newFake(t)
	e = g.sender(func(c *Config) { c.Headers = nil })
	bad := func(batch int) bool { return batch == 1 }
	g.set(func(_ string, _ int32, n int) *told {
		if n > 2 || bad(n) {
			return &told{err: kerr.InvalidTimestamp}
		}
		return nil
	})
	if r = send(t, e, batchOf(1, lines(5, "%d")...)); len(r.Items) != 1 || g.count("logs") != 4 {
		t.Errorf("got %+v, %d stored", r, g.count("logs"))
	}
}

func TestALeaderThatMovedIsFoundInTheSameAttempt(t *testing.T) {
	f := newFake(t, kfake.NumBrokers(3), kfake.SeedTopics(1, "logs"))
	e := f.sender(nil)
	for i := range byte(6) {
		delivered(t, e, batchOf(i, "a", "b"))
		if err := f.MoveTopicPartition("logs", 0, (f.LeaderFor("logs", 0)+1)%3); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count("logs"); n != 12 {
		t.Errorf("%d of 12 are stored", n)
	}
}

func TestALargeBodyIsSeveralBatchesInOrder(t *testing.T) {
	f := newFake(t)
	e := f.sender(func(c *Config) { c.Compression, c.MaxMessage, c.Value = "none", 2000, "raw" })
	want := lines(500, "line number %d, which has some length")
	delivered(t, e, batchOf(1, want...))
	if got := texts(f.stored([]string{"logs"}, 500)); got != strings.Join(want, "\n") {
		t.Error("they are not in order")
	}
	if f.attempts() < 10 {
		t.Errorf("only %d requests", f.attempts())
	}
}

func TestTheClusterIsDownAndTheReasonSaysSo(t *testing.T) {
	f := newFake(t)
	e := f.sender(nil)
	f.Close()
	r := send(t, e, batchOf(1, "a"))
	if r.Class != senders.Retry || !strings.Contains(r.Reason, "connection refused") || len(r.Items) != 0 {
		t.Errorf("got %+v", r)
	}
}
