package command

import (
	"strings"
	"testing"

	"logskiff/agent/checkpoint"
)

func TestALinkIsAskedOfTheAgentThatIsFound(t *testing.T) {
	t.Chdir(t.TempDir())
	f := func(code int, says string, args ...string) {
		t.Helper()
		got, stdout, stderr := printed(t, append([]string{"ui"}, args...)...)
		if got != code || !strings.Contains(stderr, says) || stdout != "" {
			t.Errorf("%v: exit code %d, want %d; it says %q", args, got, code, stderr)
		}
	}
	if !exists(packagedConfig) {
		f(exitUnreachable, "cannot find an agent: there is neither /etc/logskiff/logskiff.toml nor ./logskiff-data")
	}
	f(exitUsage, "unexpected", "x")
	f(exitUsage, "must be viewer, operator or admin", "--role", "root")
	f(exitBadConfig, "no such file", "-c", "missing.toml")
	f(exitUnreachable, "no agent is running in data_dir "+t.TempDir()[:4], "--data-dir", t.TempDir())
	put(t, "c.toml", "[agent]\ndata_dir = \"/nowhere\"\n")
	f(exitUnreachable, "no agent is running in data_dir /nowhere", "-c", "c.toml")
	store, err := checkpoint.Open(quickstartData, checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if !exists(packagedConfig) {
		f(exitUnreachable, "asking the agent in ./logskiff-data")
	}
}
