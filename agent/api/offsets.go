package api

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"
)

// OffsetWish is where cursors of a file are to be put.
type OffsetWish struct {
	File   string `json:"file" doc:"The name that the file has now, as GET of its source's files says it."`
	To     string `json:"to" doc:"beginning, end (behind the last whole line), a number of bytes (at the line that has this byte), or a time of RFC 3339 (where its lines begin, by the source's parser)."`
	Source string `json:"source,omitempty" doc:"Only what this source reads; all sources when left out."`
	Sender string `json:"sender,omitempty" doc:"Only what goes to this sender; all when left out."`
	DryRun bool   `json:"dry_run,omitempty" doc:"Say what would be done, and do nothing."`
}

// OffsetMoves is what was done, or would be.
type OffsetMoves struct {
	Moves []OffsetMove `json:"moves" doc:"One for each pipeline that follows the file."`
}

// OffsetMove is the cursor of one stream of one pipeline, in its unit.
type OffsetMove struct {
	Pipeline string `json:"pipeline" doc:"Source and sender."`
	Path     string `json:"path" doc:"The name that it was found under."`
	Stream   string `json:"stream" doc:"Its stream's id, 32 hexadecimal digits, which stays."`
	Size     Count  `json:"size_bytes" doc:"Of the file."`
	From     Count  `json:"from_bytes" doc:"Where the cursor was."`
	To       Count  `json:"to_bytes" doc:"Where it is now: at the beginning of a line."`
	Skipped  Count  `json:"skipped_bytes" doc:"Passed by, and counted as skipped in the ledger: they are not sent."`
	Again    Count  `json:"again_bytes" doc:"Sent again, under the same identity, so that who has it recognises it; the ledger counts them as to go."`
	Error    string `json:"error,omitempty" doc:"Why the cursor stays where it is."`
}

// postOffsets answers as late as pipelines may take to stop.
func (s *Server) postOffsets(c *call) {
	w := *c.body.(*OffsetWish)
	if !filepath.IsAbs(w.File) || w.To == "" {
		fail(c.w, http.StatusBadRequest, "body", "file must be an absolute name, and to says where", "")
		return
	}
	if err := http.NewResponseController(c.w).SetWriteDeadline(time.Time{}); err != nil {
		s.Log.Debug("cannot answer as late as pipelines may take to stop", "error", err)
	}
	moves, err := s.Backend.MoveOffsets(w)
	s.latest.forget()
	if !w.DryRun {
		result := "ok"
		if err != nil {
			result = err.Error()
		}
		s.note(c, "offset-set", result, fmt.Sprintf("%q to %q: %s", w.File, w.To, moves.detail()))
	}
	if err != nil {
		fail(c.w, http.StatusConflict, "offset", err.Error(), "")
		return
	}
	moves.Moves = append([]OffsetMove{}, moves.Moves...)
	answer(c.w, http.StatusOK, moves)
}

// detail says what was done in the audit log.
func (m OffsetMoves) detail() (text string) {
	for i, one := range m.Moves {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("%s stream %s from %d to %d", one.Pipeline, one.Stream, int64(one.From), int64(one.To))
		if one.Error != "" {
			text += " not done: " + one.Error
		}
	}
	return text
}
