package checkpoint

import "logskiff/record"

// report says once that checkpoints are not stored, and once that they are again.
func (s *Store) report(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil && s.trouble == nil:
		s.log.Error("cannot store checkpoints in the database; going on and trying again", "path", s.dir, "error", err)
	case err == nil && s.trouble != nil:
		s.log.Info("recovered: checkpoints are stored in the database again", "path", s.dir)
	}
	s.trouble = err
	if s.deaf != nil && s.journal.broken == nil {
		s.log.Info("recovered: checkpoints are written at once again", "path", s.dir)
		s.deaf = nil
	}
}

// relieve rewrites a journal that cannot be written, or that has grown too long
// because the database takes nothing, so that it has just what the database
// does not.
func (s *Store) relieve() {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.journal.broken == nil && s.journal.size() < compactAt {
		return
	}
	s.flushPending()
	seq := s.journal.flushed + 1
	entries, seq := s.appendChanged(appendBare(nil, seq, opBase), seq)
	if err := s.journal.replace(entries, seq); err != nil {
		s.log.Debug("cannot rewrite the journal", "error", err)
	}
}

// journalChanged writes to a journal that works again all that the database
// does not have.
func (s *Store) journalChanged() {
	if j := &s.journal; j.broken == nil {
		j.buf, j.seq = s.appendChanged(j.buf, j.seq)
		s.journalWrite()
	}
}

// appendChanged appends entries for all that the database does not have, and
// returns the sequence of the last one.
func (s *Store) appendChanged(dst []byte, seq uint64) ([]byte, uint64) {
	for _, p := range s.pipelines {
		if p.looked != 0 {
			seq++
			dst = appendLooked(dst, seq, p.name, p.looked)
		}
		for id := range p.gone {
			seq++
			dst = appendForget(dst, seq, p.name, []record.StreamID{id})
		}
		for _, e := range p.changed {
			if p.alive(e) {
				seq++
				dst = appendPut(dst, seq, p.name, e, p.forms)
			}
		}
	}
	return dst, seq
}
