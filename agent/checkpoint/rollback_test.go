package checkpoint

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"logskiff/readers"
	readfile "logskiff/readers/file"
	"logskiff/record"
)

// decodeOfFormat3 is what releases that knew format 3, and nothing newer, made of a body. It is kept as it was.
func decodeOfFormat3(d *decoder) (k readers.Known, is readfile.Identity, c readers.Checkpoint) {
	if d.Byte() != 1 {
		d.Take(-1)
		return k, is, c
	}
	flags := d.Byte()
	k.Path = d.string()
	k.Name = k.Path
	if flags&1 != 0 {
		k.Name = d.string()
	}
	is.Device, is.Inode, is.Epoch = d.Uvarint(), d.Uvarint(), d.Uvarint()
	is.FingerLen = d.uint16()
	is.Finger, k.Size = d.Uint64(), d.Size()
	if flags&2 != 0 {
		is.Modified = d.time()
	}
	if flags&4 != 0 {
		is.Gone = d.time()
	}
	if flags&8 != 0 {
		is.Spool, is.SpoolAt = d.string(), d.Size()
		d.Bad = d.Bad || is.Spool == ""
	}
	if flags&16 != 0 {
		is.Cut = d.Size()
		d.Bad = d.Bad || is.Cut == 0
	}
	if flags&32 != 0 {
		is.Join, is.JoinLen = idBytes(d), d.Size()
		d.Bad = d.Bad || is.JoinLen == 0
	}
	if flags&64 != 0 {
		is.Since = d.Size()
		d.Bad = d.Bad || is.Since == 0
	}
	if flags&128 != 0 {
		k.Real = d.string()
		d.Bad = d.Bad || k.Real == ""
	}
	decodeCursor(d, &c)
	return k, is, c
}

func (d *decoder) time() time.Time {
	seconds := int64(d.Uint64())
	nanos := d.Uvarint()
	if nanos >= 1e9 {
		d.Take(-1)
	}
	if d.Bad {
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

// What is stored of files can be read by the release before format 4: an upgrade can be undone.
func TestAnOlderReleaseReadsWhatIsStoredOfFiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 4))
	pick := func(n int64) int64 { // nothing, little or much
		return [...]int64{0, 0, rnd.Int64N(100), rnd.Int64N(1 << 40)}[rnd.IntN(4)] % n
	}
	text := func() string { return [...]string{"", "/a", "/var/log/ä", string(make([]byte, 200))}[rnd.IntN(4)] }
	at := func() time.Time {
		return [...]time.Time{{}, time.Unix(rnd.Int64N(1<<33), rnd.Int64N(1e9)).UTC()}[rnd.IntN(2)]
	}
	for range 20_000 {
		is := readfile.Identity{
			Device: rnd.Uint64() >> rnd.IntN(64), Inode: rnd.Uint64() >> rnd.IntN(64), Epoch: uint64(pick(1 << 40)), FingerLen: uint16(rnd.IntN(1025)),
			Finger: rnd.Uint64(), Modified: at(), Gone: at(), Spool: text(), JoinLen: pick(1 << 40), Since: pick(1 << 40), Cut: pick(1 << 40),
		}
		if is.Spool != "" {
			is.SpoolAt = pick(1 << 40)
		}
		if is.JoinLen != 0 {
			is.Join = id(7)
		}
		c := readers.Checkpoint{
			ID: id(1), Known: readers.Known{Path: text(), Name: text(), Real: text(), Size: pick(1 << 40), State: is.State()},
			Position: record.Position{Offset: 100, Anchor: record.Anchor{Len: 64, Sum: rnd.Uint64()}}, Skipped: 70, Delivered: 20, Quarantined: 9, Lost: 1,
		}
		var forms forms
		d := decoderOf(entryOf(&forms, &c).appendBody(nil, &forms))
		k, gotIs, got := decodeOfFormat3(&d)
		k.State, got.ID, got.Known = c.State, c.ID, readers.Known{}
		want := c
		want.Known = readers.Known{}
		if d.Bad || len(d.Rest) > 0 || k != c.Known || gotIs != is || got != want {
			t.Fatalf("stored\n%+v %+v\nread\n%+v %+v", c, is, k, gotIs)
		}
	}
}

// A store of format 3 whose streams are all files' stays one, value by value, whatever is stored in it.
func TestAStoreOfFilesStaysOfTheFormatBefore(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "format3"))); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, dir, Options{Now: clock()}).Close(); err != nil { // its journal is in the database then
		t.Fatal(err)
	}
	before := values(t, dir)
	s := mustOpen(t, dir, Options{Now: clock()})
	p := s.Pipeline("nginx-access/ingest")
	for _, e := range s.pipelines["nginx-access/ingest"].entries {
		p.note(e) // all of it is stored anew
	}
	register(t, p, 20, true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantFormat(t, dir, 3)
	after := values(t, dir)
	for key, v := range before {
		if after[key] != v {
			t.Errorf("%q was %x and is %x", key, v, after[key])
		}
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d values became %d", len(before), len(after))
	}
}

func values(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := viewBolt(filepath.Join(dir, databaseName), func(tx *bbolt.Tx) error {
		return tx.Bucket(checkpointBucket).ForEachBucket(func(name []byte) error {
			return tx.Bucket(checkpointBucket).Bucket(name).ForEach(func(k, v []byte) error {
				all[string(name)+" "+string(k)] = string(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The database is of format 4 before the journal has the first entry that needs it: an older release refuses it then, and would else take
// the journal for damaged. Nothing but such a stream makes it so.
func TestAStoreIsOfTheNewestFormatOnceItHasToBe(t *testing.T) {
	odd := checkpoint(1)
	odd.State.Version = 2
	unit := checkpoint(1)
	unit.Unit = record.Entries
	for name, c := range map[string]readers.Checkpoint{"another reader": counted(1), "a newer state": odd, "entries": unit} {
		for _, how := range []string{"registered", "updated"} {
			if how == "updated" && name == "entries" {
				continue // a unit never changes
			}
			dir := t.TempDir()
			s := mustOpen(t, dir, Options{Now: clock()})
			p := s.Pipeline("a/b")
			register(t, p, 1, false)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := formatOf(t, dir); got != oldestFormat {
				t.Fatalf("%s, %s: it is of format %d from the beginning", name, how, got)
			}
			s = mustOpen(t, dir, Options{Now: clock()})
			p = s.Pipeline("a/b")
			if how == "registered" {
				c.ID = id(2)
				if err := p.Register(c, false); err != nil {
					t.Fatal(err)
				}
			} else {
				c.Unit = record.Bytes
				if err := p.Update(id(1), c.Known, false); err != nil {
					t.Fatal(err)
				}
			}
			want := s.All()
			crash(s)
			if got := formatOf(t, dir); got != formatVersion {
				t.Errorf("%s, %s: it is of format %d", name, how, got)
			}
			if got, err := Read(dir); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: read %+v, want %+v: %v", name, how, got, want, err)
			}
		}
	}
}

func formatOf(t *testing.T, dir string) (format uint32) {
	t.Helper()
	err := viewBolt(filepath.Join(dir, databaseName), func(tx *bbolt.Tx) error {
		d, err := unseal(formatKey, tx.Bucket(metaBucket).Get(formatKey))
		format = binary.BigEndian.Uint32(d.Take(4))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return format
}
