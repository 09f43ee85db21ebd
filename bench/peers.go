package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

//go:embed peers/*.tmpl
var peerTemplates embed.FS

// peer is an agent of someone else's that we can run.
type peer struct {
	name     string   // of the template, and in tables
	binaries []string // the first that is on PATH is used
	config   string   // name of the configuration file
	args     []string // CONFIG stands for its path
}

func peers() []peer {
	return []peer{
		{"fluent-bit", []string{"fluent-bit"}, "bench.conf", []string{"-c", "CONFIG"}},
		{"vector", []string{"vector"}, "bench.yaml", []string{"-c", "CONFIG"}},
		{"filebeat", []string{"filebeat"}, "bench.yml", []string{"-c", "CONFIG", "-e", "--strict.perms=false"}},
		{"otelcol", []string{"otelcol-contrib", "otelcol"}, "bench.yaml", []string{"--config", "CONFIG"}},
		{"file.d", []string{"file.d"}, "bench.yaml", []string{"--config", "CONFIG", "--http", "off"}},
	}
}

// peerConfig fills in a peer's template.
func peerConfig(name string, j job) ([]byte, error) {
	host, port, err := net.SplitHostPort(j.addrs[0])
	if err != nil {
		return nil, fmt.Errorf("cannot configure %s: %w", name, err)
	}
	t, err := template.ParseFS(peerTemplates, "peers/"+name+".tmpl")
	if err != nil {
		return nil, fmt.Errorf("cannot configure %s: %w", name, err)
	}
	var out bytes.Buffer
	err = t.Option("missingkey=error").Execute(&out, map[string]string{
		"File": j.paths[0], "Folder": filepath.Dir(j.paths[0]), "Base": filepath.Base(j.paths[0]),
		"Dir": j.dir, "Host": host, "Port": port,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot configure %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// find returns the peer's binary, or "".
func (p peer) find() string {
	for _, name := range p.binaries {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (p peer) subject(binary string) subject {
	return subject{name: p.name, kind: sink.Embedded, prepare: func(j job) ([]string, error) {
		text, err := peerConfig(p.name, j)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(j.dir, p.config)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, fmt.Errorf("cannot configure %s: %w", p.name, err)
		}
		argv := []string{binary}
		for _, a := range p.args {
			if a == "CONFIG" {
				a = path
			}
			argv = append(argv, a)
		}
		return argv, nil
	}}
}

// peerSpeed measures the peers that are here.
func (b *bench) peerSpeed(ctx context.Context) error {
	var failed error
	for _, p := range peers() {
		binary := p.find()
		if binary == "" {
			fmt.Printf("%-10s not on PATH\n", p.name)
			b.results.absent = append(b.results.absent, p.name)
			continue
		}
		if ctx.Err() == nil {
			failed = errors.Join(failed, b.speed(ctx, p.subject(binary),
				scenario{title: "raw lines", shape: gen.Combined, kind: sink.Embedded}))
		}
	}
	return failed
}
