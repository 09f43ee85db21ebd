package agent

import (
	"bytes"
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

	"logskiff/agent/api"
)

// The control socket is how the command line talks to the running agent. It lies
// in the data folder with mode 0600: who may read the checkpoints may ask.

// ErrNotRunning says that no agent answers in a data folder.
var ErrNotRunning = errors.New("no agent is running there")

func controlPath(dataDir string) string { return filepath.Join(dataDir, "control.sock") }

// serveControl never ends the agent either. The store's lock is held, so a
// socket that is there was left by an agent that is gone. One that somebody removes,
// or that could not be made (a full disk, a read-only one), is made again.
func (a *Agent) serveControl(ctx context.Context, every time.Duration) error {
	path := controlPath(a.dataDir)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /offsets", a.serveOffsets)
	mux.Handle("/", a.server.Local())
	a.keepServing(ctx, server{
		listen: func() (net.Listener, error) {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("cannot replace the old one: %w", err)
			}
			return listenUnix(path)
		},
		handler: mux,
		context: api.WithPeer,
		lost:    func(l net.Listener) bool { return l.(*removing).lost() },
		trouble: "open the control socket; the command line does not reach this agent",
		again:   "the control socket is open",
	}, every)
	return nil
}

// listenUnix makes the socket with mode 0600 from its first moment: bound under
// another name, restricted, then renamed. Long paths, which sockets do not
// take, are reached through an open folder.
func listenUnix(path string) (net.Listener, error) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	short := fmt.Sprintf("/proc/self/fd/%d/", dir.Fd())
	fresh := short + ".control.new"
	os.Remove(fresh)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	made, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &removing{Listener: l, path: path, made: made}, nil
}

// removing takes the socket's name away when it is closed, if it is its own.
type removing struct {
	net.Listener
	path string
	made os.FileInfo
}

// lost says whether the socket's name is gone or something else's.
func (r *removing) lost() bool {
	there, err := os.Lstat(r.path)
	return err != nil || !os.SameFile(there, r.made)
}

func (r *removing) Close() error {
	err := r.Listener.Close()
	if r.lost() {
		return err
	}
	if gone := os.Remove(r.path); err == nil && !errors.Is(gone, os.ErrNotExist) {
		err = gone
	}
	return err
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
			dir, err := os.Open(dataDir)
			if err != nil {
				return nil, err
			}
			defer dir.Close()
			var d net.Dialer
			return d.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/control.sock", dir.Fd()))
		},
	}}
	req, err := http.NewRequestWithContext(ctx, q.method, "http://localhost/"+q.what, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", q.wish)
	if req.Method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotRunning
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("cannot ask the agent running in %s: only root and the user it runs as may do so", dataDir)
	case err != nil:
		return nil, fmt.Errorf("cannot ask the agent running in %s: %w", dataDir, err)
	}
	return resp, nil
}
