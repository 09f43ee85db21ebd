package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRunWithoutConfiguration follows this machine's /var/log, whatever is
// there: it must say what it does, stop in time, and go on where it was.
func TestRunWithoutConfiguration(t *testing.T) {
	t.Parallel()
	p := logskiff(t, "logskiff run", "run")
	data := filepath.Join(p.dir, "logskiff-data")
	for round := range 2 {
		p.start()
		eventually(t, failAfter, "it says what it does", func() bool {
			said := p.log.String()
			return strings.Count(said, "/var/log") > round && strings.Count(said, "logskiff.toml") > round
		})
		eventually(t, failAfter, "it writes its data folder", func() bool {
			_, err := os.Stat(filepath.Join(data, "received"))
			return err == nil
		})
		if round == 0 {
			pass(500 * time.Millisecond)
		}
		if code := p.stop(syscall.SIGINT, failAfter); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if !strings.Contains(p.log.String(), "Stopped.") {
			t.Error("it does not say that it has stopped")
		}
	}
	// The forwarder removes repeats, so these files cannot show them; the
	// checkpoints do: each file goes on, none begins anew.
	for _, o := range showOffsets(t, data) {
		if o.Offset != o.Skipped+o.Delivered+o.Quarantined+o.Lost {
			t.Errorf("the ledger does not add up: %+v", o)
		}
	}
	show := []string{"offset", "show"}
	if _, err := os.Stat("/etc/logskiff/logskiff.toml"); err == nil { // which comes first
		show = append(show, "-c", filepath.Join(data, "logskiff.toml"))
	}
	if _, stderr, code := runOnce(t, p.dir, show...); code != 0 {
		t.Errorf("offset show finds nothing: %s", stderr)
	}
	if _, stderr, code := runOnce(t, p.dir, "check", "-c", filepath.Join(data, "logskiff.toml")); code != 0 {
		t.Errorf("the configuration it wrote is not good: %s", stderr)
	}
}
