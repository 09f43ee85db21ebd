package deliver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"logskiff/record"
)

// QuarantineMax is how large one quarantine file may get, in bytes, unless
// Quarantine.Max says otherwise.
const QuarantineMax = 1 << 30

// Quarantine is where the records of one pipeline go that its destination
// refuses for good: a file of one JSON object a line. It is opened anew for each
// write, so a person may move it away at any time; when it is full the pipeline
// is held until somebody does. Nothing is ever deleted from it.
//
// All deliverers of a pipeline share one; its methods may be called from any goroutine.
type Quarantine struct {
	Max int64 // bytes; set before use

	// Records and Bytes (of their streams) put into the file since the start.
	Records, Bytes atomic.Int64

	path, pipeline string
	file           sync.Mutex                // one write at a time
	told           atomic.Pointer[time.Time] // when the last line was logged; nil: never
	holds
}

// Entry is one line of a quarantine file.
type Entry struct {
	Time     time.Time `json:"time"` // when it was put there
	Pipeline string    `json:"pipeline"`
	Endpoint string    `json:"endpoint"`
	Status   int       `json:"status,omitempty"` // HTTP status of the answer
	Reason   string    `json:"reason"`
	Stream   string    `json:"stream,omitempty"`
	Path     string    `json:"path,omitempty"`
	Offset   int64     `json:"offset"`
	Size     uint32    `json:"size"`
	Text     string    `json:"text,omitempty"`        // the record as it was read
	Base64   []byte    `json:"text_base64,omitempty"` // instead of Text when it is not UTF-8
}

// OpenQuarantine returns the quarantine of the named pipeline, in folder dir. The
// file is made by the first record that needs it. What a crash left of a line at
// its end is cut off: the record it belongs to was never acknowledged.
func OpenQuarantine(dir, pipeline string, log *slog.Logger) (*Quarantine, error) {
	q := &Quarantine{Max: QuarantineMax, pipeline: pipeline, path: filepath.Join(dir, url.PathEscape(pipeline)+".ndjson")}
	q.news, q.logger = make(chan struct{}), log.With("pipeline", pipeline)
	f, err := os.OpenFile(q.path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return q, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open quarantine: %w", err)
	}
	if err := errors.Join(cutTorn(f), f.Close()); err != nil {
		return nil, fmt.Errorf("cannot repair quarantine %s: %w", q.path, err)
	}
	return q, nil
}

// Path returns the name of the file, which may not exist.
func (q *Quarantine) Path() string { return q.path }

// put writes records and syncs them. When it fails, none of them is there.
func (q *Quarantine) put(b *record.Batch, refused []refusal, blindly bool) error {
	var lines bytes.Buffer
	var covered int64
	for _, r := range refused {
		covered += int64(b.Records[r.first()].Size)
		if err := json.NewEncoder(&lines).Encode(q.entry(b, r)); err != nil {
			return fmt.Errorf("cannot describe a refused record: %w", err)
		}
	}
	if err := q.append(lines.Bytes()); err != nil {
		return err
	}
	q.Records.Add(int64(len(refused)))
	q.Bytes.Add(covered)
	last := refused[len(refused)-1]
	q.tell(q.entry(b, last))
	if blindly {
		q.blind.Add(int64(len(refused)))
	}
	return nil
}

// tell logs at most one line a minute: a bad log must not fill ours.
func (q *Quarantine) tell(last Entry) {
	now := time.Now()
	told := q.told.Load()
	if told != nil && now.Sub(*told) < time.Minute || !q.told.CompareAndSwap(told, &now) {
		return
	}
	q.logger.Warn("quarantined: records that were refused for good, this one the last", "path", last.Path, "stream", last.Stream, "offset", last.Offset,
		"endpoint", last.Endpoint, "reason", last.Reason, "count", q.Records.Load(), "kept_in", q.path)
}

func (q *Quarantine) entry(b *record.Batch, r refusal) Entry {
	rec := &b.Records[r.first()]
	e := Entry{
		Time: time.Now().UTC(), Pipeline: q.pipeline, Endpoint: r.endpoint, Status: r.Status, Reason: r.Reason,
		Offset: rec.Offset, Size: rec.Size,
	}
	if s := b.SegmentOf(r.first()); s >= 0 && b.Segments[s].Stream != nil {
		e.Stream, e.Path = b.Segments[s].Stream.ID.String(), b.Segments[s].Stream.Path
	}
	if text := b.Bytes(rec.Text); utf8.Valid(text) {
		e.Text = string(text)
	} else {
		e.Base64 = text
	}
	return e
}

func (q *Quarantine) append(lines []byte) (err error) {
	q.file.Lock()
	defer q.file.Unlock()
	f, isNew, err := q.open()
	if err != nil {
		return fmt.Errorf("cannot open quarantine: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("cannot look at quarantine %s: %w", q.path, err)
	}
	if info.Size() > 0 && info.Size()+int64(len(lines)) > q.Max {
		return fmt.Errorf("cannot put more into quarantine %s: it has reached %d bytes; look at it and move it away", q.path, q.Max)
	}
	if _, err := f.Write(lines); err != nil {
		return fmt.Errorf("cannot write quarantine: %w", errors.Join(err, f.Truncate(info.Size())))
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cannot sync quarantine: %w", errors.Join(err, f.Truncate(info.Size())))
	}
	if isNew {
		return syncDir(filepath.Dir(q.path))
	}
	return nil
}

// open opens the file for appending. Logs hold what others must not read.
func (q *Quarantine) open() (f *os.File, isNew bool, err error) {
	f, err = os.OpenFile(q.path, os.O_WRONLY|os.O_APPEND, 0)
	if !errors.Is(err, os.ErrNotExist) {
		return f, false, err
	}
	if err := os.MkdirAll(filepath.Dir(q.path), 0o700); err != nil {
		return nil, false, err
	}
	f, err = os.OpenFile(q.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	return f, true, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("cannot sync folder: %w", err)
	}
	return nil
}

// cutTorn removes what follows the last newline.
func cutTorn(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	for end := info.Size(); end > 0; {
		start := max(0, end-int64(len(buf)))
		piece := buf[:end-start]
		if _, err := f.ReadAt(piece, start); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(piece, '\n'); i >= 0 {
			return f.Truncate(start + int64(i) + 1)
		}
		end = start
	}
	return f.Truncate(0)
}
