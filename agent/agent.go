package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"logskiff/agent/api"
	"logskiff/agent/checkpoint"
	"logskiff/agent/sdlisten"
	"logskiff/agent/sdnotify"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/readers/file"
	"logskiff/readers/file/watch"
)

// Options are what an Agent needs besides its configuration.
type Options struct {
	Log     *slog.Logger
	Version string
	// Load reads the configuration again, for ReloadFile; nil when there is no
	// file to read.
	Load func() (*conf.Config, error)
	// File is the configuration's main file, which the page may add sources to; "" for none.
	File string
	// Manager is told when the agent is ready, reloads, stops, and lives.
	Manager Manager
	// Sockets are those that the process inherited; nil: none.
	Sockets *sdlisten.Sockets
	// RuntimeDir is the folder that systemd made for the service; "": there is none. The control socket is there, too.
	RuntimeDir string
	// OpenTime is how long others wait for a sender that is being opened; 0: 10 s.
	OpenTime time.Duration
}

// Agent owns everything that runs: the checkpoint store, the senders, and a
// goroutine for each pipeline.
type Agent struct {
	Options
	host    string
	dataDir string
	store   *checkpoint.Store
	hub     *watch.Hub
	started time.Time
	memory  memory
	limiter limiter
	presses *compressors
	files   *file.Budget
	samples *sampler
	server  *api.Server
	final   Totals // written once, before Run returns

	abandon context.Context // done when the stop has taken too long, whatever still runs
	giveUp  context.CancelFunc

	change   sync.Mutex          // held while pipelines are being started or stopped
	senders  map[string]*Sender  // guarded by change
	opening  map[string]*opening // likewise: those whose Open has not come back
	stopping atomic.Bool         // from now on no reload starts anything

	mu      sync.Mutex // guards what is shown of a reload; never held while waiting
	cfg     *conf.Config
	running map[string]*running
	badConf error // why the last reload was refused, or nil
	// reloaded is what came of the last reload; nil: there was none. It is replaced, never changed.
	reloaded *api.Reload
	unbuilt  map[string]error // senders of cfg that could not be built, and why
}

// New opens the data folder and builds the senders; nothing runs yet. It fails
// when the data folder belongs to another running agent, or holds a store of a
// newer version, and with a *BadConfig when a part of the configuration can't be
// built. A damaged or read-only store is no reason not to start, nor is a sender that cannot be opened.
func New(cfg *conf.Config, o Options) (*Agent, error) {
	if err := checkBuildable(cfg, kinds.SenderEnv{Log: o.Log, Version: o.Version}); err != nil {
		return nil, &BadConfig{err}
	}
	host, err := kinds.HostName(cfg)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Agent.DataDir)
	if err != nil {
		return nil, fmt.Errorf("cannot find data_dir %s: %w", cfg.Agent.DataDir, err)
	}
	store, err := checkpoint.Open(dir, checkpoint.Options{Log: o.Log})
	if errors.Is(err, checkpoint.ErrLocked) {
		return nil, fmt.Errorf("another agent runs on %s; stop it, or give this one its own agent.data_dir: %w", dir, err)
	}
	if err != nil {
		return nil, err
	}
	a := &Agent{
		Options: o, host: host, dataDir: dir, store: store, cfg: cfg,
		hub: watch.New(o.Log), started: time.Now(),
		presses: newCompressors(), files: file.NewBudget(), senders: map[string]*Sender{}, opening: map[string]*opening{}, running: map[string]*running{},
	}
	a.limiter.log, a.limiter.streams, a.limiter.set = o.Log, store.Count, setMemoryLimit
	a.limiter.connections = a.connections
	a.limiter.change(cfg.Agent.Memory)
	a.samples = newSampler(a.started)
	a.samples.of = a
	a.server = a.newServer()
	a.abandon, a.giveUp = context.WithCancel(context.Background())
	for name, err := range a.buildSenders(a.abandon, cfg) {
		o.Log.Error("cannot open a sender; its pipelines wait until it can be opened, all others go on", "sender", name, "again_in", rebuildAfter.String(), "error", err)
	}
	return a, nil
}

// Run runs all pipelines until ctx is done, then stops reading, waits for what is
// in flight for at most stop_timeout, and stores the checkpoints.
func (a *Agent) Run(ctx context.Context) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBackground()
	var services errgroup.Group
	services.Go(func() error { return a.store.Run(background) })
	services.Go(func() error { return a.hub.Run(background) })
	services.Go(func() error { return every(background, time.Minute, func() { a.watchCatchUp(time.Minute) }) })
	services.Go(func() error { return a.limiter.run(background, time.Second) })
	services.Go(func() error { return a.samples.run(background, a.runners) })
	services.Go(func() error { return every(background, rebuildAfter, a.rebuild) })
	services.Go(func() error { return a.serveControl(background, rebuildAfter) })
	services.Go(func() error { return a.serveListen(background, rebuildAfter) })

	a.change.Lock()
	a.startMissing(a.config())
	a.change.Unlock()
	a.noteSockets(ctx)
	services.Go(func() error { return a.keepNotified(background) })
	<-ctx.Done()

	timeout := a.config().Agent.StopTimeout.Std()
	a.tell(sdnotify.Stopping)
	a.Log.Info("stopping", "stop_timeout", timeout.String())
	a.stopAll(timeout)
	stopBackground()
	return errors.Join(services.Wait(), a.close())
}

// stopGrace is how much longer than stop_timeout a stop may take: what is given up then
// ends within a second or two, unless it hangs.
const stopGrace = 5 * time.Second

// stopAll stops what reads files first: in a process that is its own forwarder,
// the receiving side must still answer for what is in flight. The timeout counts
// from the call: a reload that is waited for here does not lengthen the stop.
func (a *Agent) stopAll(timeout time.Duration) {
	deadline := time.Now().Add(timeout)
	left := func() time.Duration { return max(time.Until(deadline), 500*time.Millisecond) }
	a.stopping.Store(true)
	abandon := time.AfterFunc(timeout+stopGrace, a.giveUp)
	defer abandon.Stop()
	a.change.Lock()
	defer a.change.Unlock()
	all := a.runners()
	a.stop(func(r *running) bool {
		p, _ := r.get()
		return p == nil || p.cursors != nil
	}, left())
	a.stop(func(*running) bool { return true }, left())
	a.final = totalsOf(all)
}

func (a *Agent) close() error {
	var errs []error
	for _, s := range a.senders {
		errs = append(errs, s.Pool.Close())
	}
	for name, o := range a.opening {
		errs = append(errs, fmt.Errorf("cannot close sender %q: its opening has not ended for %s", name, time.Since(o.began).Round(time.Second)))
		o.leave()
	}
	if err := a.store.Close(); err != nil {
		errs = append(errs, fmt.Errorf("cannot store the last checkpoints; what was delivered since they were stored will be sent again: %w", err))
	}
	return errors.Join(errs...)
}

var errStopping = errors.New("cannot reload: the agent is stopping")

// Reload puts a new configuration in place. Pipelines whose source and sender
// did not change run on untouched; the others stop in order (what they read is
// delivered or, after stop_timeout, left for their successors to read again) and
// new ones start at the stored cursors. On an error the old configuration goes on.
func (a *Agent) Reload(cfg *conf.Config) error {
	a.change.Lock()
	changed := changes(a.config(), cfg)
	err := a.reload(cfg)
	a.noteReload(err, changed)
	a.change.Unlock()
	if err == nil {
		a.noteSockets(context.Background())
	}
	return err
}

func (a *Agent) reload(cfg *conf.Config) error {
	if a.stopping.Load() {
		return errStopping
	}
	old := a.config()
	if err := a.checkFixed(old.Agent, cfg.Agent); err != nil {
		return err
	}
	if err := checkBuildable(cfg, a.senderEnv()); err != nil {
		return err
	}
	if err := a.checkAddresses(old, cfg); err != nil {
		return err
	}
	wanted := pipelinesOf(cfg)
	a.stop(func(r *running) bool {
		w, ok := wanted[r.name]
		return !ok || !w.source.Equal(r.source) || !w.sender.Equal(r.sender)
	}, old.Agent.StopTimeout.Std())
	if a.stopping.Load() {
		return errStopping
	}
	if err := a.newlyUnbuilt(old, cfg); err != nil {
		err = errors.Join(err, allOf(a.buildSenders(a.abandon, old)))
		a.startMissing(old)
		return err
	}
	a.mu.Lock()
	a.cfg = cfg
	a.mu.Unlock()
	a.startMissing(cfg)
	a.limiter.change(cfg.Agent.Memory)
	return nil
}

// newlyUnbuilt builds the senders of a new configuration and returns what keeps it from replacing
// the old one: a sender that could not be opened before either does not.
func (a *Agent) newlyUnbuilt(old, cfg *conf.Config) error {
	a.mu.Lock()
	before := a.unbuilt
	a.mu.Unlock()
	unbuilt := maps.Clone(a.buildSenders(a.abandon, cfg))
	maps.DeleteFunc(unbuilt, func(name string, _ error) bool {
		return before[name] != nil && slices.ContainsFunc(old.Senders, func(was conf.Sender) bool {
			return slices.ContainsFunc(cfg.Senders, func(is conf.Sender) bool { return is.Name == name && is.Equal(was) })
		})
	})
	return allOf(unbuilt)
}

// checkFixed refuses changes that only a restart can make.
func (a *Agent) checkFixed(was, is conf.Agent) error {
	dir, err := filepath.Abs(is.DataDir)
	switch {
	case err != nil || dir != a.dataDir:
		return fmt.Errorf("cannot change agent.data_dir from %s to %s while running: restart to do that", a.dataDir, is.DataDir)
	case is.Listen != was.Listen:
		return fmt.Errorf("cannot change agent.listen from %q to %q while running: restart to do that", was.Listen, is.Listen)
	case is.Log != was.Log || is.Host != was.Host:
		return errors.New("cannot change agent.log or agent.host while running: restart to do that")
	}
	return nil
}

// noteReload keeps what came of a reload, which would change what changed says.
func (a *Agent) noteReload(err error, changed api.Reload) {
	result := reloadResult(err, changed, time.Now())
	a.mu.Lock()
	defer a.mu.Unlock()
	a.badConf, a.reloaded = err, &result
}

func (a *Agent) config() *conf.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cfg
}
