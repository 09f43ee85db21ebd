package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"logskiff/agent/api"
)

// The control socket is how the command line talks to the running agent. It lies in the data folder with mode 0600: who may
// read the checkpoints may ask. A service of systemd has another one in the folder that RuntimeDirectory= makes, with mode 0660:
// it is for the group of those who look after the agent, and who need not be root.

const (
	controlName = "control.sock"
	// controlGroup is the group that the packages make.
	controlGroup = "logskiff-admin"
	// nobodyElse is no group: the socket is for root and the user of the process.
	nobodyElse = -1
	// dataDirHeader names the data folder whose agent is asked.
	dataDirHeader = "Logskiff-Data-Dir"
)

// serveControl never ends the agent either. The store's lock is held, so a
// socket that is there was left by an agent that is gone. One that somebody removes,
// or that could not be made (a full disk, a read-only one), is made again.
func (a *Agent) serveControl(ctx context.Context, every time.Duration) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /offsets", a.serveOffsets)
	mux.Handle("/", a.server.Local())
	var all errgroup.Group
	all.Go(func() error { return a.serveControlAt(ctx, every, mux, a.dataDir, nobodyElse) })
	if a.RuntimeDir != "" {
		group := ownGroup(controlGroup)
		if group == nobodyElse {
			a.Log.Warn("unused: there is no such group, or this process is not in it, so only root and its own user reach the control socket", "group", controlGroup, "path", a.RuntimeDir)
		}
		all.Go(func() error { return a.serveControlAt(ctx, every, a.forUs(mux), a.RuntimeDir, group) })
	}
	return all.Wait()
}

// serveControlAt serves the socket in one folder, to root, to the user of this process, and to a group.
func (a *Agent) serveControlAt(ctx context.Context, every time.Duration, h http.Handler, folder string, group int) error {
	path := filepath.Join(folder, controlName)
	a.keepServing(ctx, server{
		listen: func() (net.Listener, error) {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, fmt.Errorf("cannot replace the old one: %w", err)
			}
			return listenUnix(path, group)
		},
		handler: api.OnlyPeers(os.Geteuid(), group, h),
		context: api.WithPeer,
		lost:    func(l net.Listener) bool { return l.(*removing).lost() },
		trouble: "open the control socket; the command line does not reach this agent",
		again:   "the control socket is open",
	}, every)
	return nil
}

// listenUnix makes the socket with mode 0600, or 0660 for a group that is not nobodyElse, from its first moment: bound under
// another name, restricted, then renamed. Long paths, which sockets do not
// take, are reached through an open folder.
func listenUnix(path string, group int) (net.Listener, error) {
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
	if err := errors.Join(restrict(fresh, group), os.Rename(fresh, path)); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	made, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &removing{Listener: l, path: path, made: made}, nil
}

// restrict says who may open a socket that nobody knows of yet.
func restrict(path string, group int) error {
	if group == nobodyElse {
		return os.Chmod(path, 0o600)
	}
	return errors.Join(os.Chmod(path, 0o600), os.Chown(path, -1, group), os.Chmod(path, 0o660))
}

// ownGroup returns the number of a group that this process is in, or nobodyElse.
func ownGroup(name string) int {
	g, err := user.LookupGroup(name)
	if err != nil {
		return nobodyElse
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return nobodyElse
	}
	in, err := os.Getgroups()
	if err != nil || !slices.Contains(append(in, os.Getegid()), id) {
		return nobodyElse
	}
	return id
}

// forUs refuses what is asked of the agent of another data folder: the command line finds a runtime folder by its name alone. In a data
// folder there is nothing to ask: the socket that lies in it is its agent's, whatever others call the folder.
func (a *Agent) forUs(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wanted := r.Header.Get(dataDirHeader); wanted != "" && !a.isDataDir(wanted) {
			w.Header().Set(dataDirHeader, a.dataDir)
			http.Error(w, "this agent has another data_dir", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isDataDir knows the folder by other names, too: a link to it, or where another process sees it.
func (a *Agent) isDataDir(name string) bool {
	if name == a.dataDir {
		return true
	}
	theirs, err := os.Stat(name)
	if err != nil {
		return false
	}
	ours, err := os.Stat(a.dataDir)
	return err == nil && os.SameFile(theirs, ours)
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
