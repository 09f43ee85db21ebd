package agent

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"logskiff/conf"
)

// asked tells whether an agent that has no such path answered.
func asked(t *testing.T, dir string, folders ...string) (answered bool, status int) {
	t.Helper()
	for _, folder := range folders {
		c, err := dialIn(t.Context(), folder)
		if err != nil {
			return false, 0
		}
		defer c.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/nothing", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(dataDirHeader, dir)
		client := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return c, nil }}
		resp, err := client.RoundTrip(req)
		if err != nil {
			return false, 0
		}
		resp.Body.Close()
		status = resp.StatusCode
	}
	return true, status
}

// A service of systemd is asked by the group of those who look after it: its socket in the runtime folder has mode 0660, the one in the
// data folder stays its user's.
func TestTheGroupOfTheServiceReachesItsControlSocket(t *testing.T) {
	root := t.TempDir()
	data, runtime := filepath.Join(root, "data"), filepath.Join(root, "run", "data")
	for _, dir := range []string{data, runtime} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	a := served(&Agent{Options: Options{Log: slog.New(slog.DiscardHandler)}, dataDir: data, cfg: &conf.Config{}})
	begin(t, func(ctx context.Context, every time.Duration) error {
		return a.serveControlAt(ctx, every, a.forUs(a.server.Local()), runtime, os.Getegid())
	})
	soon(t, "the socket", func() bool { ok, status := asked(t, data, runtime); return ok && status == http.StatusNotFound })
	info, err := os.Lstat(filepath.Join(runtime, controlName))
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket in the runtime folder: %v, %v", info, err)
	}
	if c, err := dialControl(t.Context(), controlFolders(data, filepath.Join(root, "run"))); err != nil {
		t.Errorf("it is not found by the data folder's name: %v", err)
	} else {
		c.Close()
	}
	if _, status := asked(t, root, runtime); status != http.StatusMisdirectedRequest {
		t.Errorf("the agent of another folder answered %d", status)
	}
	if err := os.Symlink(data, data+".link"); err != nil {
		t.Fatal(err)
	}
	if _, status := asked(t, data+".link", runtime); status != http.StatusNotFound {
		t.Errorf("by a link to its folder it answered %d", status)
	}
}

// Without systemd, and where the group is not there, it is as it was.
func TestWithoutTheGroupTheControlSocketIsItsUsersAlone(t *testing.T) {
	data, runtime := t.TempDir(), t.TempDir()
	log := &safeLog{}
	a := served(&Agent{Options: Options{Log: slog.New(slog.NewTextHandler(log, nil)), RuntimeDir: runtime}, dataDir: data, cfg: &conf.Config{}})
	begin(t, a.serveControl)
	for _, dir := range []string{data, runtime} {
		soon(t, "the socket", func() bool { ok, _ := asked(t, data, dir); return ok })
		mode := os.FileMode(0o600)
		if dir == runtime && ownGroup(controlGroup) != nobodyElse {
			mode = 0o660
		}
		if info, err := os.Lstat(filepath.Join(dir, controlName)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("the socket: %v, %v", info, err)
		}
	}
	if ownGroup(controlGroup) == nobodyElse && log.count("group="+controlGroup) != 1 {
		t.Errorf("it does not say that the group is missing: %s", log.buf.String())
	}
	if ownGroup("no such group there is") != nobodyElse {
		t.Error("a group that is not there")
	}
}
