package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrNotRunning says that no agent answers in a data folder.
var ErrNotRunning = errors.New("no agent is running there")

// runtimeFolders is where systemd makes the folders that RuntimeDirectory= of a unit names.
const runtimeFolders = "/run"

// controlFolders are those that the control socket of the agent with a data folder may lie in: its own, and the one that systemd
// made of the same name.
func controlFolders(dataDir, runtime string) []string {
	folders := []string{dataDir}
	if full, err := filepath.Abs(dataDir); err == nil && filepath.Base(full) != "/" {
		folders = append(folders, filepath.Join(runtime, filepath.Base(full)))
	}
	return folders
}

// dialControl opens the control socket in the first folder that has one that answers and that this user may open. The error is
// that of the data folder.
func dialControl(ctx context.Context, folders []string) (net.Conn, error) {
	var first error
	for _, folder := range folders {
		c, err := dialIn(ctx, folder)
		if err == nil {
			return c, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}

// dialIn reaches a path that is longer than a socket's may be through an open folder.
func dialIn(ctx context.Context, folder string) (net.Conn, error) {
	dir, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var d net.Dialer
	return d.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), controlName))
}

// Ask gets one answer from the agent running in dataDir, or ErrNotRunning.
func Ask(ctx context.Context, dataDir, what string, answer any) error {
	return askFor(ctx, dataDir, question{what: what, wish: "application/json"}, func(_ string, body io.Reader) error { return json.NewDecoder(body).Decode(answer) })
}

// askWait is how long an agent may say nothing. A long answer may take longer.
const askWait = 10 * time.Second

// LateError says that an agent that runs did not answer in time.
type LateError struct{ Waited time.Duration }

func (e *LateError) Error() string { return fmt.Sprintf("it has not answered for %v", e.Waited) }

// question is one request to the agent.
type question struct {
	method     string // "": GET
	what, wish string // the path, and the type of the answer
	body       []byte // JSON
	// refused says what an answer that is not 200 means; nil: its first bytes are shown.
	refused func(*http.Response) error
}

// askFor has an answer decoded as it comes, of the type that is wished if the agent knows it.
func askFor(ctx context.Context, dataDir string, q question, decode func(kind string, body io.Reader) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(askWait, func() { cancel(&LateError{askWait}) })
	defer late.Stop()
	resp, err := control(ctx, dataDir, q)
	if err != nil {
		if why := context.Cause(ctx); why != nil {
			err = fmt.Errorf("%w: %w", err, why)
		}
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		if q.refused != nil {
			return q.refused(resp)
		}
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 512))
		return fmt.Errorf("cannot ask the agent running in %s: %s: %s", dataDir, resp.Status, text)
	}
	if err := decode(resp.Header.Get("Content-Type"), &progress{resp.Body, late}); err != nil {
		return fmt.Errorf("cannot read the answer of the agent running in %s: %w", dataDir, err)
	}
	return nil
}

// progress has a timer run while something is waited for, and not while what came is used: who reads the
// list of offsets in a pager can take any time.
type progress struct {
	io.Reader
	late *time.Timer
}

func (p *progress) Read(b []byte) (int, error) {
	p.late.Reset(askWait)
	defer p.late.Stop()
	return p.Reader.Read(b)
}

// control makes one request over the control socket. The caller closes the answer's body.
func control(ctx context.Context, dataDir string, q question) (*http.Response, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialControl(ctx, controlFolders(dataDir, runtimeFolders))
		},
	}}
	req, err := http.NewRequestWithContext(ctx, q.method, "http://localhost/"+q.what, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", q.wish)
	if full, err := filepath.Abs(dataDir); err == nil {
		req.Header.Set(dataDirHeader, full)
	}
	if req.Method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotRunning
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("cannot ask the agent running in %s: only root, the user it runs as and, with the packages, the group %s may do so: %w", dataDir, controlGroup, os.ErrPermission)
	case err != nil:
		return nil, fmt.Errorf("cannot ask the agent running in %s: %w", dataDir, err)
	case resp.StatusCode == http.StatusMisdirectedRequest && resp.Header.Get(dataDirHeader) != "":
		return nil, errors.Join(ErrNotRunning, resp.Body.Close()) // another agent, whose runtime folder has the same name
	}
	return resp, nil
}
