package agent

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/agent/checkpoint"
	"logskiff/readers"
	"logskiff/readers/file"
	"logskiff/record"
)

// fullOffset has all that can be set.
func fullOffset() Offset {
	is := file.Identity{
		Device: 1 << 40, Inode: 2, Epoch: 3, FingerLen: 1024, Finger: 4,
		Modified: time.Unix(5, 6).UTC(), Gone: time.Unix(7, 8).UTC(), Spool: "s", SpoolAt: 9, Join: record.StreamID{4}, JoinLen: 10, Since: 11, Cut: 12,
	}
	l := checkpoint.Listed{Pipeline: "app/ingest", Checkpoint: readers.Checkpoint{
		ID:       record.StreamID{1, 2, 3},
		Known:    readers.Known{Path: "/var/log/a.log", Name: "/var/log/a.log.1", Real: "/data/a.log", Size: 99, State: is.State()},
		Position: record.Position{Offset: 100, Anchor: record.Anchor{Len: 64, Sum: 13}},
		Skipped:  10, Delivered: 20, Quarantined: 30, Lost: 40,
	}}
	return offsetOf(l, readState{size: 200, read: 150, problem: "it hangs"})
}

func TestAnOffsetArrivesAsItWasSent(t *testing.T) {
	full := fullOffset()
	for v, i := reflect.ValueOf(full.Checkpoint), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Fatalf("%s is not tried", v.Type().Field(i).Name)
		}
	}
	counted := full
	counted.Unit, counted.State = record.Entries, readers.State{Reader: "journald", Version: 3, Data: "\x00\xff"}
	for _, o := range []Offset{full, counted, offsetOf(checkpoint.Listed{Pipeline: "a/b"}, readState{})} {
		got, err := decodeOffset(o.Append(nil))
		if err != nil || !reflect.DeepEqual(got, o) {
			t.Errorf("%+v became %+v: %v", o, got, err)
		}
	}
}

func FuzzDecodeOffset(f *testing.F) {
	full := fullOffset()
	f.Add(full.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeOffset(b)
		if err != nil {
			return
		}
		if again, err := decodeOffset(o.Append(nil)); err != nil || !reflect.DeepEqual(o, again) {
			t.Fatalf("%+v became %+v: %v", o, again, err)
		}
		framed := append(binary.AppendUvarint(nil, uint64(len(b))), b...)
		n := 0
		if err := decodeOffsets(bufio.NewReader(bytes.NewReader(framed)), func(Offset) bool { n++; return true }); err != nil || n != 1 {
			t.Fatalf("%d came: %v", n, err)
		}
	})
}

// What breaks off is no shorter list.
func TestAListOfOffsetsThatBreaksOffIsNotTheWholeOne(t *testing.T) {
	full := fullOffset()
	one := full.Append(nil)
	framed := append(binary.AppendUvarint(nil, uint64(len(one))), one...)
	for n := 1; n < len(framed); n++ {
		if err := decodeOffsets(bufio.NewReader(bytes.NewReader(framed[:n])), func(Offset) bool { return true }); err == nil {
			t.Errorf("%d of %d bytes look whole", n, len(framed))
		}
	}
	long := binary.AppendUvarint(nil, 1<<40)
	if err := decodeOffsets(bufio.NewReader(bytes.NewReader(long)), func(Offset) bool { return true }); err == nil {
		t.Error("an offset of a terabyte is waited for")
	}
}

// An agent that runs on after its package was replaced knows JSON only.
func TestOffsetsOfAnOlderAgentAreRead(t *testing.T) {
	dir := t.TempDir()
	want := []Offset{fullOffset(), fullOffset()}
	// One that knew files alone had their facts, and no state.
	text, err := json.Marshal(want[1])
	if err != nil {
		t.Fatal(err)
	}
	var older map[string]json.RawMessage
	if err := json.Unmarshal(text, &older); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"Inode", "Gone", "Spool", "State", "Unit"} { // of which the last two are new
		if older[key] == nil {
			t.Errorf("it does not say %s", key)
		}
	}
	delete(older, "State")
	delete(older, "Unit")
	l, err := listenUnix(filepath.Join(dir, controlName), nobodyElse)
	if err != nil {
		t.Fatal(err)
	}
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode([]any{want[0], older}); err != nil {
			t.Error(err)
		}
	})}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	got, running, err := Offsets(t.Context(), dir)
	for i := range want {
		want[i].Listed.ID = record.StreamID{} // of which JSON has the text alone
	}
	if err != nil || !running || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, running %v: %v", got, running, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-served
}

// Who shows a list in a pager reads no further for as long as they like; the agent has answered all the same.
func TestWhoReadsSlowlyIsNotToldThatNothingAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := false
		timer := time.AfterFunc(askWait, func() { late = true })
		p := &progress{strings.NewReader("abc"), timer}
		for range 3 {
			if _, err := p.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
		if late {
			t.Error("the wait ran on while nothing was read")
		}
	})
}
