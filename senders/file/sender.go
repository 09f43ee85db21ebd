package filesend

import (
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

// New opens the folder, cleans up after a crash, and returns the sender: one
// endpoint, its bodies ndjson with everything that identifies a record in each
// line. It fails when the settings are wrong or the folder cannot be used.
func New(cfg Config, env Env) (*senders.Sender, error) {
	e, err := open(cfg, env)
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
	}, nil
}

func open(cfg Config, env Env) (*endpoint, error) {
	return openWith(cfg, env, func(path string, flag int, perm os.FileMode) (file, error) {
		return os.OpenFile(path, flag, perm)
	})
}

func openWith(cfg Config, env Env, openFile func(string, int, os.FileMode) (file, error)) (*endpoint, error) {
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
	s := &store{dir: dir, cfg: cfg, log: env.Log, now: env.Now, openFile: openFile}
	h, err := s.openFolder(false)
	if err != nil {
		return nil, err
	}
	e := &endpoint{
		store: s, counters: env.Counters, log: env.Log, history: h,
		token: make(chan struct{}, 1), weight: h.cost(),
	}
	e.items.New = func() any { return new(item) }
	return e, nil
}
