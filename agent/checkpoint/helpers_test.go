package checkpoint

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/readers"
	readfile "logskiff/readers/file"
	"logskiff/record"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("CHECKPOINT_KILL_DIR"); dir != "" {
		killed(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// logs is a log that tests read.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.buf.Bytes(), []byte(text))
}

func (l *logs) options() Options {
	return Options{Log: slog.New(slog.NewTextHandler(l, nil))}
}

func mustOpen(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// crash leaves the files as a kill -9 at this moment would, and frees the lock.
func crash(s *Store) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.journal.close()
	s.journal.fail(errClosed)
	if s.table != nil {
		_ = s.table.close()
	}
	s.unlock()
}

func id(n int) (id record.StreamID) {
	copy(id[:], fmt.Sprintf("stream %d", n))
	return id
}

// checkpoint is a stream with something in every field.
func checkpoint(n int) readers.Checkpoint {
	path := fmt.Sprintf("/var/log/nginx/site-%d.example.com/access.log", n)
	is := readfile.Identity{
		Device: 0xfd01, Inode: uint64(1000 + n), Epoch: uint64(n % 3), FingerLen: 1024, Finger: 0x0123456789abcdef * uint64(n+1),
		Modified: time.Unix(1_700_000_000, 123456789).UTC(), Gone: time.Unix(1_700_000_100, 0).UTC(),
		Spool: fmt.Sprintf("%d.spool", n), SpoolAt: int64(n), Cut: int64(n) * 50,
		Join: id(n + 1), JoinLen: int64(n) + 1, Since: 1_700_000_050_000_000_007,
	}
	return readers.Checkpoint{
		ID: id(n),
		Known: readers.Known{
			Path: path, Name: path + ".1", Real: "/var/log/pods/a/0.log", Size: int64(n) * 100, State: is.State(),
		},
		Position: record.Position{Offset: 100, Anchor: record.Anchor{Len: 64, Sum: uint64(n)}},
		Skipped:  70, Delivered: 20, Quarantined: 9, Lost: 1,
	}
}

// counted is a stream of another reader, which has entries.
func counted(n int) readers.Checkpoint {
	path := fmt.Sprintf("journal %d", n)
	return readers.Checkpoint{
		ID: id(n),
		Known: readers.Known{
			Path: path, Name: path, Unit: record.Entries, Size: 200,
			State: readers.State{Reader: "trial", Version: uint8(n), Data: strings.Repeat("\x00\xff", 20*n)},
		},
		Position: record.Position{Offset: 100},
		Skipped:  70, Delivered: 30,
	}
}

func register(t testing.TB, p *Pipeline, n int, durable bool) readers.Checkpoint {
	t.Helper()
	c := checkpoint(n)
	if err := p.Register(c, durable); err != nil {
		t.Fatal(err)
	}
	return c
}

// advance acknowledges n more bytes of a stream.
func advance(p *Pipeline, id record.StreamID, n int64) {
	p.s.mu.Lock()
	at := p.entries[id].offset
	p.s.mu.Unlock()
	p.Advance(id, record.Position{Offset: at + n}, n, 0, 0)
}

// offsets are all checkpoints of a list, by pipeline and stream.
func offsets(all []Listed) map[string]int64 {
	m := make(map[string]int64)
	for _, l := range all {
		m[l.Pipeline+" "+l.ID.String()] = l.Offset
	}
	return m
}

func sameOffsets(t testing.TB, got, want map[string]int64) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("offsets are\n%v, want\n%v", got, want)
	}
}

func mustRead(t testing.TB, dir string) map[string]int64 {
	t.Helper()
	all, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return offsets(all)
}

func asides(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, databaseName+".damaged-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// loaded returns all that Load yields.
func loaded(p *Pipeline) (all []readers.Checkpoint, fresh bool) {
	each, fresh := p.Load()
	return slices.Collect(each), fresh
}
