package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"logskiff/agent/api"
	"logskiff/agent/checkpoint"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/readers"
	"logskiff/readers/lines"
	"logskiff/record"
)

// errNoSuchFile says that no checkpoint is of a file.
var errNoSuchFile = errors.New("no checkpoint is of this file; logskiff offset show lists those that there are")

// MoveOffsets implements api.Backend. The pipelines that follow the file stop softly first, as for a reload, and start again where their cursors
// are then; the others run on.
func (b backend) MoveOffsets(w api.OffsetWish) (api.OffsetMoves, error) {
	a := b.a
	place, err := placeOf(w.To)
	if err != nil {
		return api.OffsetMoves{}, err
	}
	a.change.Lock()
	defer a.change.Unlock()
	if a.stopping.Load() {
		return api.OffsetMoves{}, errors.New("the agent is stopping")
	}
	cfg := a.config()
	all := checkpointsOf(a.store, w)
	if len(all) == 0 {
		return api.OffsetMoves{}, errNoSuchFile
	}
	if !w.DryRun {
		concerned := map[string]bool{}
		for _, l := range all {
			concerned[l.Pipeline] = true
		}
		a.stop(func(r *running) bool { return concerned[r.name] }, cfg.Agent.StopTimeout.Std())
		defer a.startMissing(cfg)
		all = checkpointsOf(a.store, w) // as far as they have come
	}
	return moveAll(a.store, cfg, all, place, w.DryRun), nil
}

// MoveStored does it in the data folder of an agent that does not run.
func MoveStored(dataDir string, cfg *conf.Config, w api.OffsetWish) (api.OffsetMoves, error) {
	place, err := placeOf(w.To)
	if err != nil {
		return api.OffsetMoves{}, err
	}
	store, err := checkpoint.Open(dataDir, checkpoint.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return api.OffsetMoves{}, err
	}
	moves, err := api.OffsetMoves{}, store.Health()
	if all := checkpointsOf(store, w); err == nil && len(all) == 0 {
		err = errNoSuchFile
	} else if err == nil {
		moves = moveAll(store, cfg, all, place, w.DryRun)
	}
	return moves, errors.Join(err, store.Close())
}

// checkpointsOf returns those that a wish is about: of files that have its name now.
func checkpointsOf(store *checkpoint.Store, w api.OffsetWish) (all []checkpoint.Listed) {
	store.Each(func(l checkpoint.Listed) bool {
		source, sender, _ := strings.Cut(l.Pipeline, "/")
		if l.Name == w.File && (w.Source == "" || w.Source == source) && (w.Sender == "" || w.Sender == sender) {
			all = append(all, l)
		}
		return true
	})
	return all
}

// moveAll moves each, or says why not; dry changes nothing.
func moveAll(store *checkpoint.Store, cfg *conf.Config, all []checkpoint.Listed, place readers.Place, dry bool) (moves api.OffsetMoves) {
	for _, l := range all {
		one := api.OffsetMove{Pipeline: l.Pipeline, Path: l.Path, Stream: l.ID.String(), From: api.Count(l.Offset), To: api.Count(l.Offset), Size: api.Count(l.Size)}
		c, err := moveOne(cfg, l, place)
		if err == nil && !dry {
			err = store.Pipeline(l.Pipeline).Register(c, true)
		}
		if err != nil {
			one.Error = err.Error()
		} else {
			one.To, one.Size = api.Count(c.Offset), api.Count(c.Size)
			one.Skipped, one.Again = api.Count(max(0, c.Offset-l.Offset)), api.Count(max(0, l.Offset-c.Offset))
		}
		moves.Moves = append(moves.Moves, one)
	}
	return moves
}

func moveOne(cfg *conf.Config, l checkpoint.Listed, place readers.Place) (readers.Checkpoint, error) {
	name, _, _ := strings.Cut(l.Pipeline, "/")
	at := slices.IndexFunc(cfg.Sources, func(s conf.Source) bool { return s.Name == name })
	if at < 0 {
		return l.Checkpoint, fmt.Errorf("source %q is not in the configuration any more", name)
	}
	mover := kinds.MoverOf(cfg.Sources[at].Reader)
	if mover == nil {
		return l.Checkpoint, fmt.Errorf("reader.%s of source %q cannot be put elsewhere", cfg.Sources[at].Reader.Kind, name)
	}
	if !place.At.IsZero() {
		var err error
		if place.Time, err = timeBy(cfg.Sources[at]); err != nil {
			return l.Checkpoint, err
		}
	}
	return mover.Move(l.Checkpoint, place)
}

// timeBy returns what finds the first time in a text, as the source's parser reads it.
func timeBy(s conf.Source) (func(io.Reader) (time.Time, bool), error) {
	parser, err := kinds.BuildStages(s)
	if err != nil {
		return nil, fmt.Errorf("cannot build the parser of source %q: %w", s.Name, err)
	}
	cut, _ := kinds.LinesOf(s.Reader)
	return func(text io.Reader) (time.Time, bool) {
		excerpt, err := lines.NewExcerpt(cut, text, &record.Stream{Origin: &record.Origin{}})
		if err != nil {
			return time.Time{}, false
		}
		const few = 16
		for {
			b := &record.Batch{ReadAt: time.Now().UnixNano()}
			if excerpt.Next(b, few) != nil {
				return time.Time{}, false
			}
			parser.Parse(b)
			for i := range b.Records {
				if r := &b.Records[i]; r.Time != 0 && r.Flags&record.ReadTime == 0 {
					return time.Unix(0, r.Time), true
				}
			}
		}
	}, nil
}

// placeOf reads beginning, end, a number of bytes, or a time of RFC 3339.
func placeOf(to string) (readers.Place, error) {
	switch to {
	case "beginning":
		return readers.Place{}, nil
	case "end":
		return readers.Place{End: true}, nil
	}
	if n, err := strconv.ParseInt(to, 10, 64); err == nil && n >= 0 {
		return readers.Place{Offset: n}, nil
	}
	if at, err := time.Parse(time.RFC3339, to); err == nil {
		return readers.Place{At: at}, nil
	}
	return readers.Place{}, fmt.Errorf("there is no place %q: it is beginning, end, a number of bytes, or a time like 2026-11-28T14:00:00Z", to)
}

// RequestOffsets has the agent that runs in dataDir put cursors elsewhere. The error is ErrNotRunning where none does.
func RequestOffsets(ctx context.Context, dataDir string, w api.OffsetWish) (moves api.OffsetMoves, err error) {
	body, err := json.Marshal(w)
	if err != nil {
		return moves, fmt.Errorf("cannot say what is wanted: %w", err)
	}
	// Pipelines have stop_timeout for their end. That the agent answers at all is known soon.
	var session struct{}
	if err := Ask(ctx, dataDir, "api/v1/session", &session); err != nil {
		return moves, err
	}
	resp, err := control(ctx, dataDir, question{method: http.MethodPost, what: "api/v1/offsets", wish: "application/json", body: body})
	if err != nil {
		return moves, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return moves, problemOf(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(&moves); err != nil {
		return moves, fmt.Errorf("cannot read the answer of the agent running in %s: %w", dataDir, err)
	}
	return moves, nil
}
