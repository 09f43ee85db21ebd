package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Entry is one line of the audit log: a log-in, or a change.
type Entry struct {
	Time   time.Time `json:"time"`
	Who    string    `json:"who"`
	Action string    `json:"action"`
	Result string    `json:"result"` // "ok", or why not
	Detail string    `json:"detail,omitempty"`
	File   string    `json:"file,omitempty"`   // that was changed
	Before string    `json:"before,omitempty"` // its hash before
	After  string    `json:"after,omitempty"`  // and behind it
	Diff   string    `json:"diff,omitempty"`   // how, without secrets
}

// auditMost is how large the file gets. Then it becomes audit.jsonl.1, and the one before that is gone.
const auditMost = 4 << 20

// Audit is the file audit.jsonl of a data folder, mode 0600. It is opened for each line, so that it may be moved away
// at any time. Methods may be called from any goroutine.
type Audit struct {
	Log  *slog.Logger
	path string
	most int64

	mu      sync.Mutex
	failing bool
}

// NewAudit returns the audit log of a folder, which is made with its first line.
func NewAudit(dir string, log *slog.Logger) *Audit {
	return &Audit{Log: log, path: filepath.Join(dir, "audit.jsonl"), most: auditMost}
}

// Note writes a line. When it cannot it says so once, until it can again: what was done is done.
func (a *Audit) Note(e Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.append(e)
	switch {
	case err != nil && !a.failing:
		a.Log.Error("cannot write the audit log; what is done goes on without it", "path", a.path, "error", err)
	case err == nil && a.failing:
		a.Log.Info("recovered: the audit log is written", "path", a.path)
	}
	a.failing = err != nil
}

func (a *Audit) append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("cannot describe it: %w", err)
	}
	if info, err := os.Lstat(a.path); err == nil && info.Size()+int64(len(line)) >= a.most {
		if err := os.Rename(a.path, a.path+".1"); err != nil {
			return fmt.Errorf("cannot begin a new one: %w", err)
		}
	}
	f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
