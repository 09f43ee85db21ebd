package checkpoint

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const agentIDName = "agent_id"

// loadAgentID returns the id that tells this agent's streams from all others.
// It has a file of its own so that it survives a damaged database, and a copy in
// the database so that it survives a lost file. An error says why the id returned
// will be another one after a restart.
func loadAgentID(d disk, dir string, spare [16]byte) (id [16]byte, err error) {
	path := filepath.Join(dir, agentIDName)
	text, err := os.ReadFile(path)
	if err == nil {
		if id, ok := parseAgentID(text); ok {
			return id, nil
		}
		_ = os.Rename(path, path+".damaged")
	}
	id = spare
	if id == ([16]byte{}) {
		_, _ = rand.Read(id[:]) // never fails
	}
	return id, writeAgentID(d, dir, id)
}

// parseAgentID reads 32 hexadecimal digits, a space, and the 8 of their CRC32C.
func parseAgentID(text []byte) (id [16]byte, ok bool) {
	if len(text) < 32 {
		return id, false
	}
	if _, err := hex.Decode(id[:], text[:32]); err != nil {
		return id, false
	}
	return id, string(text) == agentIDText(id)
}

func agentIDText(id [16]byte) string { return fmt.Sprintf("%x %08x\n", id, checksum(id[:])) }

// storeAgentID writes the file of the id when that was not possible before. The
// caller has the id in the database already.
func (s *Store) storeAgentID() error {
	s.mu.Lock()
	trouble := s.idTrouble
	s.mu.Unlock()
	if trouble == nil {
		return nil
	}
	err := writeAgentID(s.disk, s.dir, s.agentID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idTrouble = err; err != nil {
		return err
	}
	s.log.Info("recovered: the id of this agent is stored", "path", s.dir)
	return nil
}

func writeAgentID(d disk, dir string, id [16]byte) error {
	path := filepath.Join(dir, agentIDName)
	fail := func(err error) error {
		_ = os.Remove(path + ".new")
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return fail(err)
	}
	_, err = f.WriteString(agentIDText(id))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fail(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fail(err)
	}
	if err := d.syncDir(dir); err != nil {
		return fail(err)
	}
	return nil
}
