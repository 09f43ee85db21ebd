package file

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"logskiff/record"
	"logskiff/senders"
)

// numbered is the id of stream n.
func numbered(n int) record.StreamID {
	var id record.StreamID
	rnd := rand.New(rand.NewPCG(uint64(n), 7))
	binary.LittleEndian.PutUint64(id[:], rnd.Uint64())
	binary.LittleEndian.PutUint64(id[8:], rnd.Uint64())
	return id
}

// of makes a payload of one record of ten bytes for each stream.
func of(owner record.Owner, offset int64, streams ...int) *senders.Payload {
	b := &record.Batch{}
	var body []byte
	for i, n := range streams {
		st := &record.Stream{ID: numbered(n), Origin: &record.Origin{}}
		if owner != (record.Owner{}) {
			st.Owner = &owner
		}
		b.Segments = append(b.Segments, record.Segment{Stream: st, Start: offset, End: offset + 10, First: i, N: 1})
		b.Records = append(b.Records, record.Record{Offset: offset, Size: 10})
		text := strings.Replace(lineOf(0, offset, 10), id(0).String(), numbered(n).String(), 1)
		body = append(body, text...)
	}
	return &senders.Payload{Body: body, Batch: b, Last: len(streams)}
}

func (e *endpoint) mustTake(t *testing.T, p *senders.Payload) (written int64) {
	t.Helper()
	before := e.counters.Records.Load()
	if r := e.Send(t.Context(), p); r.Class != senders.Delivered {
		t.Fatal(r)
	}
	return e.counters.Records.Load() - before
}

// smallMemory opens a folder that keeps some hundred streams in memory.
func smallMemory(t *testing.T, dir string, log *bytes.Buffer, change func(*Config, *Env)) *endpoint {
	t.Helper()
	cfg, env := testConfig(dir), testEnv(t, log)
	cfg.DedupMemory = 64 << 10
	if change != nil {
		change(&cfg, &env)
	}
	e, err := openWith(cfg, env, newDisk().open)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestStreamsThatAreOnTheDiskAloneAreStillKnown(t *testing.T) {
	const streams = 6000
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(1, 1))
	e := smallMemory(t, dir, nil, nil)
	sent := make([]int64, streams) // how many records of each
	for round := range 150 {
		var batch []int
		for range 200 {
			batch = append(batch, rnd.IntN(streams))
		}
		for _, n := range batch {
			repeat := sent[n] > 0 && rnd.IntN(2) == 0
			offset := sent[n] * 10
			if repeat {
				offset = 10 * rnd.Int64N(sent[n])
			}
			p := of(alice, offset, n)
			if written := e.mustTake(t, p); written == 0 != repeat {
				t.Fatalf("round %d, stream %d at %d: %d written, a repeat: %t", round, n, offset, written, repeat)
			}
			if !repeat {
				sent[n]++
			}
		}
		st := e.remembered()
		if st.Bytes > st.BytesMax || st.Bytes != e.history.cost() {
			t.Fatalf("round %d: %+v, %d", round, st, e.history.cost())
		}
		if len(e.store.spill.runs) > maxRuns {
			t.Fatalf("%d runs", len(e.store.spill.runs))
		}
		if rnd.IntN(10) == 0 {
			crash(e)
			e = smallMemory(t, dir, nil, nil)
		}
	}
	if st := e.remembered(); st.OnDisk < 1000 || st.Forgotten > 0 {
		t.Fatalf("%+v", st)
	}
	for n := range streams {
		if _, err := e.claim(mallo, []record.StreamID{numbered(n)}); (err != nil) != (sent[n] > 0) {
			t.Fatalf("stream %d with %d records: its owner: %v", n, sent[n], err)
		}
	}
	crash(e)
	var out bytes.Buffer
	if sound, err := Check(dir, &out); !sound || err != nil || strings.Contains(out.String(), "not remembered") {
		t.Fatal(sound, err, out.String())
	}
}

func TestOfTooManyStreamsTheOldestAreForgottenAndItIsSaid(t *testing.T) {
	var log bytes.Buffer
	now := testEnv(t, nil).Now()
	e := smallMemory(t, t.TempDir(), &log, func(c *Config, env *Env) {
		c.DedupStreams = 2000
		env.Now = func() time.Time { return now }
	})
	defer crash(e)
	for n := 0; n < 6000; n += 100 {
		var batch []int
		for i := range 100 {
			batch = append(batch, n+i)
		}
		e.mustTake(t, of(alice, 0, batch...))
		now = now.Add(time.Second)
		if st := e.remembered(); st.Streams+st.OnDisk > 2000 {
			t.Fatalf("%+v", st)
		}
	}
	if st := e.remembered(); st.Forgotten < 3900 || st.Streams+st.OnDisk < 1000 || !strings.Contains(log.String(), "are forgotten") {
		t.Fatalf("%+v\n%s", st, log.String())
	}
	if e.mustTake(t, of(alice, 0, 5999)) != 0 || e.mustTake(t, of(alice, 0, 0)) != 1 {
		t.Fatal("not the oldest were forgotten")
	}
}

func TestAClockThatJumpsAtAStartForgetsNothingAndItIsSaid(t *testing.T) {
	for _, jump := range []time.Duration{10 * 24 * time.Hour, -10 * 24 * time.Hour} {
		dir := t.TempDir()
		e := smallMemory(t, dir, nil, nil)
		for n := range 1000 {
			e.mustTake(t, of(alice, 0, n))
		}
		crash(e)
		var log bytes.Buffer
		e = smallMemory(t, dir, &log, func(_ *Config, env *Env) {
			now := env.Now().Add(jump)
			env.Now = func() time.Time { return now }
		})
		e.store.longAt = 0 // what is too old would be forgotten now
		e.mustTake(t, of(alice, 10, 0))
		for n := range 1000 {
			if e.mustTake(t, of(alice, 0, n)) != 0 {
				t.Fatalf("%v: stream %d was forgotten", jump, n)
			}
		}
		if st := e.remembered(); st.Forgotten != 0 || !strings.Contains(log.String(), "the clock was set") {
			t.Fatalf("%+v\n%s", st, log.String())
		}
		crash(e)
	}
}

func TestTheClockOfWhatIsRemembered(t *testing.T) {
	t0 := time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)
	f := func(newest time.Time, want, ignored time.Duration) {
		t.Helper()
		c, i := newClock(newest, t0)
		if got := c.at(t0.Add(time.Hour)).Sub(t0); got != want || i != ignored {
			t.Errorf("%v: %v, %v ignored", newest, got, i)
		}
	}
	f(time.Unix(0, 0), time.Hour, 0)
	f(t0.Add(-time.Minute), time.Hour, 0)
	f(t0.Add(-24*time.Hour), time.Hour, 0)
	f(t0.Add(-240*time.Hour), time.Hour-216*time.Hour, 216*time.Hour)
	f(t0.Add(2*time.Hour), 3*time.Hour, -2*time.Hour)
	c, _ := newClock(t0, t0)
	if !c.at(t0.Add(-time.Hour)).Equal(t0) {
		t.Error("it goes back")
	}
}

func TestADamagedRunIsReadBackFromTheData(t *testing.T) {
	dir := t.TempDir()
	e := smallMemory(t, dir, nil, nil)
	for n := range 1200 {
		e.mustTake(t, of(alice, 0, n))
	}
	crash(e)
	runs, _ := filepath.Glob(filepath.Join(dir, indexDir, "*"+runSuffix))
	if len(runs) < 3 {
		t.Fatal(runs)
	}
	for i, path := range runs {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch i % 3 {
		case 0:
			data[len(data)/2] ^= 1
		case 1:
			data = data[:len(data)/3]
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		var log bytes.Buffer
		e = smallMemory(t, dir, &log, nil)
		for n := range 1200 {
			if e.mustTake(t, of(alice, 0, n)) != 0 {
				t.Fatalf("stream %d is written again", n)
			}
		}
		crash(e)
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, indexDir, "*.damaged")); len(aside) == 0 {
		t.Fatal("nothing was set aside")
	}
}

func TestRunsComeBackWhenTheFolderIsTakenAway(t *testing.T) {
	dir := t.TempDir()
	e := smallMemory(t, dir, nil, nil)
	for n := range 2000 {
		e.mustTake(t, of(alice, 0, n))
	}
	if err := os.RemoveAll(filepath.Join(dir, indexDir)); err != nil {
		t.Fatal(err)
	}
	e.mustTake(t, of(alice, 10, 0))
	crash(e)
	e = smallMemory(t, dir, nil, nil)
	defer crash(e)
	for n := range 2000 {
		if e.mustTake(t, of(alice, 0, n)) != 0 {
			t.Fatalf("stream %d is written again", n)
		}
	}
}
