package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheStateOfAnOlderFormatIsKept installs the package over the state that an older
// version left, which is a part of the sources: this needs no history.
func TestTheStateOfAnOlderFormatIsKept(t *testing.T) {
	_, files := built(t, "2.0.0", "deb")
	h := newHost(t)
	h.mountProc()
	state := h.path("/var/lib/logskiff")
	if err := os.CopyFS(state, os.DirFS("../agent/checkpoint/testdata/format1")); err != nil {
		t.Fatal(err)
	}
	h.dpkg(files["deb"])
	h.run("chown", "-R", "logskiff:logskiff", "/var/lib/logskiff")
	wantFormat(h, olderFormat)
	before := offsets(h)
	if len(before) != 8 {
		t.Fatalf("the older state is read as %q", before)
	}
	id, err := os.ReadFile(filepath.Join(state, "agent_id"))
	if err != nil {
		t.Fatal(err)
	}

	r := newReceiver(t)
	configure(h, r.URL)
	agent := h.start("/", "run", "-c", shippedConfig)
	w := &writer{t: t, path: h.path("/var/log/app/app.log")}
	w.some(10)
	r.wantOnce(t, 10)
	agent.stop()
	if said := agent.said.String(); strings.Contains(said, "level=WARN") || strings.Contains(said, "level=ERROR") {
		t.Errorf("it does not take the older state as it is:\n%s", said)
	}
	wantFormat(h, newestFormat)
	after := map[string]bool{}
	for _, l := range offsets(h) {
		after[l] = true
	}
	for _, l := range before {
		if !after[l] {
			t.Errorf("this checkpoint is no longer there: %s", l)
		}
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d checkpoints became %d, of which one is new", len(before), len(after))
	}
	if now, err := os.ReadFile(filepath.Join(state, "agent_id")); err != nil || string(now) != string(id) {
		t.Errorf("the agent's id was %q and is %q, %v", id, now, err)
	}
}

// offsets are the checkpoints as the installed command shows them, without the width
// of its columns.
func offsets(h *host) (all []string) {
	h.t.Helper()
	out, err := h.command("/usr/bin/logskiff", "offset", "show", "--data-dir", "/var/lib/logskiff").Output()
	if err != nil {
		h.t.Fatal(err)
	}
	for l := range strings.Lines(string(out)) {
		all = append(all, strings.Join(strings.Fields(l), " "))
	}
	return all[1:] // without the heading
}
