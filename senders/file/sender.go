package file

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"logskiff/senders"
	"logskiff/senders/encode"
)

// Env is what the sender needs besides its settings.
type Env struct {
	Log      *slog.Logger
	Now      func() time.Time // nil: time.Now
	Counters *Counters        // nil: nobody looks at them
}

// New returns the sender: one endpoint, its bodies ndjson with everything that identifies a record
// in each line. It touches nothing: the folder is made, locked and cleaned up when the
// sender is opened, which fails when it cannot be used.
func New(cfg Config, env Env) (*senders.Sender, error) {
	e, err := build(cfg, env)
	if err != nil {
		return nil, err
	}
	repeat := []string{"stream", "host", "source", "path", "tags"}
	return &senders.Sender{
		Endpoints:     []senders.Endpoint{e},
		Strategy:      senders.Failover,
		NewEncoder:    func() senders.Encoder { return encode.NewStored(repeat) },
		NewCompressor: encode.NewNone,
		Claim:         e.claim,
		Remembered:    e.remembered,
		Written:       e.written,
		Open:          func(context.Context) error { return e.open() },
	}, nil
}

func build(cfg Config, env Env) (*endpoint, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, err
	}
	if env.Now == nil {
		env.Now = time.Now
	}
	if env.Counters == nil {
		env.Counters = new(Counters)
	}
	openFile := func(path string, flag int, perm os.FileMode) (file, error) { return os.OpenFile(path, flag, perm) }
	e := &endpoint{
		store:    &store{dir: dir, cfg: cfg, log: env.Log, now: env.Now, openFile: openFile},
		counters: env.Counters, log: env.Log, history: history{}, token: make(chan struct{}, 1),
	}
	e.items.New = func() any { return new(item) }
	return e, nil
}

// open takes the folder, and cleans up after a crash. Nobody uses e before it has returned.
func (e *endpoint) open() error {
	h, err := e.store.openFolder(false)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.history, e.weight, e.opened = h, h.cost(), true
	return nil
}
