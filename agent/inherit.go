package agent

import (
	"os"
	"strings"

	"logskiff/agent/sdlisten"
	"logskiff/agent/sdnotify"
)

// Inherit takes what the service manager gave this process: where it wants to be told, and
// sockets that listen already. What cannot be used is logged, and gone on without.
func (o *Options) Inherit() {
	o.RuntimeDir, _, _ = strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":") // systemd.exec(5): there may be several
	var err error
	if o.Manager, err = serviceManager(); err != nil {
		o.Log.Warn("cannot reach the service manager; going on without it", "error", err)
	}
	if o.Sockets, err = sdlisten.FromEnv(); err != nil {
		o.Log.Warn("cannot use some of the sockets that were passed; going on without them", "error", err)
	}
}

// serviceManager is systemd, when the process is a service of Type=notify.
func serviceManager() (m Manager, err error) {
	if m.Socket, err = sdnotify.FromEnv(); err != nil {
		return m, err
	}
	m.Watchdog, err = sdnotify.Watchdog()
	return m, err
}
