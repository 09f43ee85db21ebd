package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"logskiff/agent/ack"
	"logskiff/agent/deliver"
	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/readers"
	"logskiff/record"
	"logskiff/senders"
)

// Sender is one configured sender, shared by all pipelines that feed it.
type Sender struct {
	Name string
	Pool *deliver.Pool
	*senders.Sender
	conf conf.Sender
}

// pair is one pipeline of a configuration.
type pair struct {
	name   string
	source conf.Source
	sender conf.Sender
}

// pipelinesOf returns the pipelines that are to run: those of paused sources are not.
func pipelinesOf(cfg *conf.Config) map[string]pair {
	pairs := configured(cfg)
	maps.DeleteFunc(pairs, func(_ string, p pair) bool { return p.source.Paused })
	return pairs
}

// configured returns all pipelines of a configuration, by their names.
func configured(cfg *conf.Config) map[string]pair {
	pairs := map[string]pair{}
	for _, source := range cfg.Sources {
		for _, to := range source.SendTo {
			for _, sender := range cfg.Senders {
				if sender.Name == to {
					name := source.Name + "/" + to
					pairs[name] = pair{name, source, sender}
				}
			}
		}
	}
	return pairs
}

func (a *Agent) senderEnv() kinds.SenderEnv {
	return kinds.SenderEnv{Log: a.Log, Version: a.Version}
}

// Check finds out whether what a valid configuration describes can be built,
// without touching anything that a running agent uses.
func Check(cfg *conf.Config) error {
	built, err := builtSenders(cfg, kinds.SenderEnv{Log: slog.New(slog.DiscardHandler)})
	errs := []error{checkStages(cfg, built), err, checkParsers(cfg), checkTemplates(cfg), checkHeaders(cfg, built), built.close()}
	if listen := cfg.Agent.Listen; serves(listen) && !loopback(listen) {
		errs = append(errs, wrong("agent", "listen", "is no address of this host alone, so metrics and health would not be served", listenAdvice))
	}
	return errors.Join(errs...)
}

// buildSenders makes a.senders what cfg says: unchanged ones stay, with their
// connections and their health; the others are closed, and built and opened anew. What
// could not be is in a.unbuilt, and is returned. The caller holds a.change, and no pipeline
// feeds a sender that is closed here.
func (a *Agent) buildSenders(ctx context.Context, cfg *conf.Config) (unbuilt map[string]error) {
	unbuilt = map[string]error{}
	for name, s := range a.senders {
		if !slices.ContainsFunc(cfg.Senders, s.conf.Equal) {
			if err := s.Pool.Close(); err != nil {
				a.Log.Warn("cannot close a sender cleanly", "sender", name, "error", err)
			}
			delete(a.senders, name)
		}
	}
	var begun []*opening
	for _, c := range cfg.Senders {
		if a.senders[c.Name] != nil {
			continue
		}
		o, err := a.beginOpening(ctx, c)
		if err != nil {
			unbuilt[c.Name] = err
			continue
		}
		begun = append(begun, o)
	}
	for _, o := range begun {
		c := o.conf
		built, err := a.opened(ctx, o)
		if err != nil {
			unbuilt[c.Name] = err
			continue
		}
		a.presses.share(built)
		a.senders[c.Name] = &Sender{Name: c.Name, Sender: built, conf: c, Pool: deliver.NewPool(c.Name, built.Endpoints, deliver.PoolOptions{
			Strategy: built.Strategy, Ends: built.Ends, Hedge: built.Hedge, MaxInFlight: c.MaxInFlight, Log: a.Log,
		})}
	}
	a.mu.Lock()
	a.unbuilt = unbuilt
	a.mu.Unlock()
	return unbuilt
}

// allOf joins what is wrong with several senders, in the order of their names.
func allOf(unbuilt map[string]error) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(unbuilt)) {
		errs = append(errs, unbuilt[name])
	}
	return errors.Join(errs...)
}

// build makes a pipeline that can be run once.
func (a *Agent) build(r *running, s *Sender) (*Pipeline, error) {
	w := r.pair
	p := &Pipeline{
		Name: w.name, log: a.Log.With("pipeline", w.name), sender: s,
		pool:   record.NewPool(1, record.Limits{}), // its size is the share it is given
		flight: newFlight(), quiet: 10 * time.Second, giveBack: a.memory.giveBack, stir: a.samples.stir, built: time.Now(), keepOrder: w.sender.MaxInFlight == 1 || s.Ordered,
	}
	var err error
	if p.parser, err = kinds.BuildStages(w.source); err != nil {
		return nil, fmt.Errorf("cannot build the parser of source %q: %w", w.source.Name, err)
	}
	cursors := a.store.Pipeline(w.name)
	p.reader, err = kinds.BuildReader(w.source.Reader, kinds.ReaderEnv{
		Log: p.log, Hub: a.hub, Files: a.files, Cursors: lossCounter{cursors, &p.Stats}, AgentID: a.store.AgentID(), DataDir: a.dataDir,
		Origin: withWord(kinds.Origin(a.host, w.source), a.store.AgentID()), Listen: a.Sockets.Listen, Packets: a.Sockets.ListenPacket, Claim: s.Claim,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot build the reader of source %q: %w", w.source.Name, err)
	}
	if _, ok := p.reader.(readers.Resumable); ok {
		p.cursors, p.acks = cursors, ack.New(p.released)
		p.pace.most = w.sender.Batch.Wait.Std() // who sends to a receiver waits for the answer
	}
	if p.quarantine, err = deliver.OpenQuarantine(filepath.Join(a.dataDir, "quarantine"), w.name, a.Log); err != nil {
		return nil, errors.Join(err, p.reader.Close())
	}
	r.set(p, nil)
	return p, nil
}

// withWord adds the word by which forwarders know this agent again. It tells nothing of the
// id that stream ids are made of, and is in no record: who reads these cannot speak for the agent.
func withWord(o *record.Origin, agentID [16]byte) *record.Origin {
	sum := sha256.Sum256(append([]byte("logskiff agent\x00"), agentID[:]...))
	o.Agent = hex.EncodeToString(sum[:16])
	return o
}
