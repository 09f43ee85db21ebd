package agent

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"logskiff/agent/checkpoint"
	"logskiff/kinds"
	"logskiff/readers"
	"logskiff/readers/file"
	"logskiff/record"
)

// Offset is one checkpoint with the figures that only a running agent knows.
type Offset struct {
	checkpoint.Listed
	ID   string // of the stream, as forwarders see it; hides the bytes in Listed from JSON
	Read int64  // offset of the next byte to read; what is acknowledged, when no agent runs
	// Problem is why it cannot be read now, and how old these figures are then.
	Problem string `json:",omitempty"`
}

// Offsets lists the checkpoints of a data folder, as EachOffset does.
func Offsets(ctx context.Context, dataDir string) (all []Offset, running bool, err error) {
	running, err = EachOffset(ctx, dataDir, func(o Offset) bool {
		all = append(all, o)
		return true
	})
	return all, running, err
}

// EachOffset calls yield for each checkpoint of a data folder, until that returns false: from the running agent, or
// from the files when none runs. One that holds them and does not answer runs, too. It keeps none of them.
func EachOffset(ctx context.Context, dataDir string, yield func(Offset) bool) (running bool, err error) {
	if _, err := os.Stat(dataDir); err != nil {
		return false, fmt.Errorf("cannot find the data folder: %w", err)
	}
	err = askFor(ctx, dataDir, question{what: "offsets", wish: offsetsType}, func(kind string, body io.Reader) error {
		if kind != offsetsType { // an agent of an older version, not restarted since it was replaced
			return decodeOffsetsJSON(body, yield)
		}
		return decodeOffsets(bufio.NewReaderSize(body, 32<<10), yield)
	})
	if !errors.Is(err, ErrNotRunning) {
		return true, err
	}
	listed, err := checkpoint.Read(dataDir)
	if errors.Is(err, checkpoint.ErrLocked) {
		return true, fmt.Errorf("an agent runs there but does not answer, so only a restart of it helps: %w", err)
	}
	for _, l := range listed {
		if !yield(offsetOf(l, readState{})) {
			break
		}
	}
	return false, err
}

// MarshalJSON has, beside its own, the facts that the stream's reader stored.
func (o Offset) MarshalJSON() ([]byte, error) {
	type plain Offset
	b, err := json.Marshal(plain(o))
	facts := kinds.Explain(o.State).Facts
	if err != nil || facts == nil {
		return b, err
	}
	more, err := json.Marshal(facts)
	if err != nil || len(more) <= len("{}") {
		return b, err
	}
	b[len(b)-1] = ','
	return append(b, more[1:]...), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, or an agent of which all streams are files': it says the facts and no state.
func (o *Offset) UnmarshalJSON(b []byte) error {
	type plain Offset
	if err := json.Unmarshal(b, (*plain)(o)); err != nil || o.State != (readers.State{}) {
		return err
	}
	var is file.Identity
	if err := json.Unmarshal(b, &is); err != nil {
		return err
	}
	o.State = is.State()
	return nil
}

// offsetsType is what offsets are sent as over the control socket to who asks for it: each its length, and what
// Append makes of it. A hundred thousand in JSON take ten times as long.
const (
	offsetsType   = "application/x-logskiff-offsets"
	longestOffset = 1 << 20 // bytes of one: names and reasons are some KiB at most
)

// Append appends o as decodeOffset reads it.
func (o *Offset) Append(dst []byte) []byte {
	dst = o.Listed.Append(dst)
	dst = binary.AppendVarint(dst, o.Read)
	return append(dst, o.Problem...)
}

func decodeOffset(b []byte) (o Offset, err error) {
	if o.Listed, b, err = checkpoint.DecodeListed(b); err != nil {
		return o, err
	}
	n := 0
	if o.Read, n = binary.Varint(b); n <= 0 {
		return o, errors.New("it ends early")
	}
	o.ID, o.Problem = o.Listed.ID.String(), string(b[n:])
	return o, nil
}

func decodeOffsets(in *bufio.Reader, yield func(Offset) bool) error {
	for buf := []byte(nil); ; {
		n, err := binary.ReadUvarint(in)
		if err == io.EOF {
			return nil
		}
		if err == nil && n > longestOffset {
			err = fmt.Errorf("an offset of %d bytes", n)
		}
		if err != nil {
			return err
		}
		buf = slices.Grow(buf[:0], int(n))[:n]
		if _, err := io.ReadFull(in, buf); err != nil {
			return err
		}
		o, err := decodeOffset(buf)
		if err != nil || !yield(o) {
			return err
		}
	}
}

func decodeOffsetsJSON(in io.Reader, yield func(Offset) bool) error {
	d := json.NewDecoder(in)
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		var o Offset
		if err := d.Decode(&o); err != nil {
			return err
		}
		if !yield(o) {
			return nil
		}
	}
	_, err := d.Token()
	return err
}

// readState is what only the reader knows of a stream.
type readState struct {
	size, read int64
	problem    string
}

// serveOffsets writes what the store holds, with sizes and reading places as they are now: one by
// one, since a hundred thousand streams at once would take more memory than all else. Of those that are
// delivered to their end the store knows all there is.
func (a *Agent) serveOffsets(w http.ResponseWriter, req *http.Request) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil { // it may go to a pager
		a.Log.Debug("cannot write a list to its end", "error", err)
	}
	now := map[record.StreamID]readState{}
	for _, r := range a.runners() {
		p, _ := r.get()
		if p == nil || p.cursors == nil {
			continue
		}
		p.reader.(readers.Resumable).Status(func(s readers.Status) bool {
			if s.Problem != "" || max(s.Size, s.Read) > s.Delivered {
				now[s.ID] = readState{s.Size, s.Read, s.Problem}
			}
			return true
		})
	}
	out := bufio.NewWriterSize(w, 32<<10)
	if req.Header.Get("Accept") == offsetsType {
		w.Header().Set("Content-Type", offsetsType)
		a.writeOffsets(out, now)
	} else {
		w.Header().Set("Content-Type", "application/json")
		a.writeOffsetsJSON(out, now)
	}
	out.Flush() //nolint:errcheck // the reader has gone; there is nobody to tell
}

func (a *Agent) writeOffsets(out *bufio.Writer, now map[record.StreamID]readState) {
	var one, size []byte
	a.store.Each(func(l checkpoint.Listed) bool {
		o := offsetOf(l, now[l.ID])
		one = o.Append(one[:0])
		size = binary.AppendUvarint(size[:0], uint64(len(one)))
		out.Write(size) //nolint:errcheck // the next one says it
		_, err := out.Write(one)
		return err == nil
	})
}

func (a *Agent) writeOffsetsJSON(out *bufio.Writer, now map[record.StreamID]readState) {
	e := json.NewEncoder(out)
	between := "["
	a.store.Each(func(l checkpoint.Listed) bool {
		out.WriteString(between) //nolint:errcheck // the encoder says it
		between = ","
		return e.Encode(offsetOf(l, now[l.ID])) == nil
	})
	if between == "[" {
		out.WriteString(between) //nolint:errcheck // Flush says it
	}
	out.WriteString("]\n") //nolint:errcheck // likewise
}

// offsetOf completes what is stored: the size there is the last one that was
// worth storing, and never less than what was acknowledged.
func offsetOf(l checkpoint.Listed, now readState) Offset {
	l.Size = max(l.Size, l.Offset, now.size)
	return Offset{Listed: l, ID: l.ID.String(), Read: max(l.Offset, now.read), Problem: now.problem}
}
