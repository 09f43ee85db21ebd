package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"logskiff/bench/gen"
)

// bench is one session: every figure in it was made on the same machine, one
// after the other.
type bench struct {
	options
	results results
}

// all makes the measurements named and prints, and perhaps writes, the results.
func (b *bench) all(ctx context.Context, what []string) error {
	wanted := func(names ...string) bool {
		return slices.ContainsFunc(append(names, "all"), func(n string) bool { return slices.Contains(what, n) })
	}
	out, err := filepath.Abs(b.out)
	if err != nil {
		return fmt.Errorf("cannot find the folder for output: %w", err)
	}
	b.out = out
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder for output: %w", err)
	}
	if wanted("gen") {
		for _, shape := range []gen.Shape{gen.Combined, gen.JSONLog} {
			path, size, err := gen.File(b.out, shape, b.lines)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %d bytes\n", path, size)
		}
	}
	b.results.machine = describeMachine()
	b.results.lines = b.lines
	measure := []struct {
		wanted bool
		run    func(context.Context) error
	}{
		{wanted("copy", "raw", "nginx", "json", "lines", "zstd", "gzip", "elasticsearch", "victorialogs", "peers"), b.copySpeed},
		{wanted("rsyslog", "raw", "nginx", "json", "lines", "zstd", "gzip", "elasticsearch", "victorialogs", "peers"), b.rsyslogSpeed},
		{wanted("raw", "nginx", "json", "lines", "zstd", "gzip", "elasticsearch", "victorialogs"), func(ctx context.Context) error { return b.agentSpeed(ctx, wanted) }},
		{wanted("peers"), b.peerSpeed},
		{wanted("latency"), b.latency},
		{wanted("steady"), b.steady},
		{wanted("quiet"), b.quiet},
		{wanted("kill"), b.kill},
	}
	needAgent := b.measures("logskiff") && wanted("raw", "nginx", "json", "lines", "zstd", "gzip", "elasticsearch", "victorialogs", "latency", "steady", "quiet", "kill")
	if needAgent && b.agent == "" {
		if b.agent, err = buildAgent(ctx, b.out); err != nil {
			return err
		}
	}
	if b.agent != "" {
		if b.agent, err = filepath.Abs(b.agent); err != nil {
			return fmt.Errorf("cannot find the agent: %w", err)
		}
	}
	var failed error
	for _, m := range measure {
		if m.wanted && ctx.Err() == nil {
			failed = errors.Join(failed, m.run(ctx)) // one that fails does not spoil the others
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Printf("\n%s", b.results.markdown())
	if failed == nil && wanted("all") || b.write {
		failed = errors.Join(failed, b.results.write("docs"))
	}
	return failed
}

// measures reports whether a subject is asked for.
func (b *bench) measures(name string) bool { return slices.Contains(strings.Split(b.who, ","), name) }

// subjects returns those asked for, of rsyslog and our agent.
func (b *bench) subjects() ([]subject, error) {
	var all []subject
	if b.measures("rsyslog") {
		sub, err := rsyslogSubject()
		if err != nil {
			return nil, err
		}
		all = append(all, sub)
	}
	if b.measures("logskiff") {
		all = append(all, b.agentSubject())
	}
	return all, nil
}

// buildAgent builds the agent as a release is built.
func buildAgent(ctx context.Context, out string) (string, error) {
	path := filepath.Join(out, "logskiff")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the agent: %w\n%s", err, text)
	}
	return path, nil
}
