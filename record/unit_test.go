package record

import "testing"

func TestAUnitIsReadAsItWasWritten(t *testing.T) {
	for u := range Unit(Units) {
		text, err := u.MarshalText()
		var got Unit
		if err != nil || got.UnmarshalText(text) != nil || got != u {
			t.Errorf("%s became %s", u, got)
		}
	}
	var u Unit
	if err := u.UnmarshalText([]byte("metres")); err == nil || u != Bytes {
		t.Errorf("it is %s", u)
	}
}

func TestABatchCoversEachUnitByItself(t *testing.T) {
	b := Batch{Segments: []Segment{{Start: 10, End: 15}, {Stream: &Stream{Unit: Entries}, Start: 1, End: 3, Missing: 1}, {Stream: &Stream{}, End: 2}}}
	if b.Covered(Bytes) != 7 || b.Covered(Entries) != 2 {
		t.Errorf("%d bytes, %d entries", b.Covered(Bytes), b.Covered(Entries))
	}
}

// Ids are stored and sent, so what they are made of must never change.
func TestAnIDIsMadeOfItsOriginsNameAlone(t *testing.T) {
	const want = "b85ffd67c14ea8d5b7cc6fa1bf584f82"
	id := IDOf([16]byte{1}, "kafka", "cluster", "topic", "3")
	if id.String() != want {
		t.Errorf("it is %s", id)
	}
	seen := map[StreamID]bool{id: true}
	for _, other := range []StreamID{
		IDOf([16]byte{2}, "kafka", "cluster", "topic", "3"), IDOf([16]byte{1}, "kafk", "acluster", "topic", "3"), IDOf([16]byte{1}, "kafka", "clustert", "opic", "3"),
		IDOf([16]byte{1}, "kafka", "cluster", "topic", "3", ""), IDOf([16]byte{1}, "kafka", "cluster", "topic"), IDOf([16]byte{1}, "kafka"),
	} {
		if seen[other] {
			t.Errorf("two origins have the id %s", other)
		}
		seen[other] = true
	}
}
