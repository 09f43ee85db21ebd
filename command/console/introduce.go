package console

import (
	"time"

	"logskiff/agent"
	"logskiff/command/quickstart"
	"logskiff/preview/terminal"
)

// Introduce says what a run without configuration is about to do.
func (c *Console) Introduce(f quickstart.Found, root, received, config string) {
	switch {
	case len(f.Logs) == 0 && len(f.Unreadable) == 0:
		c.Say("There is no log under %s yet. Waiting for one to appear; try another terminal:\n"+
			"  logger hello      (writes to syslog, where one runs)\n"+
			"or follow a file of your own: see the README, \"Point it at your logs\".", root)
	case len(f.Logs) == 0:
		c.Say("There are logs under %s, but this user may read none of them. Run it as root, or let yourself in:\n"+
			"  sudo setfacl -R -m u:$USER:rX %s", root, root)
	default:
		c.Say("Following %s under %s into %s; Ctrl-C stops it, a second start goes on where it was.",
			count(len(f.Logs), "log"), root, received)
	}
	if n := len(f.Unreadable); n > 0 && len(f.Logs) > 0 {
		c.Say("%s more may not be read by this user: %s%s", Thousands(int64(n)), terminal.Escape(f.Unreadable[0]), more(n))
	}
	c.Say("The configuration it runs with: %s (copy it, change it, and use: logskiff run -c FILE)\n", config)
}

func more(n int) string {
	if n == 1 {
		return ""
	}
	return " and others"
}

// Finish shows the last figures and says how it ended.
func (c *Console) Finish(a *agent.Agent) {
	t := a.Final()
	c.Refresh(t, time.Now())
	c.Close()
	if t.LagBytes > 0 || t.LagEntries > 0 {
		c.Say("Stopped. %s are not delivered yet; the next start goes on there.", amount(t.LagBytes, t.LagEntries))
		return
	}
	c.Say("Stopped. Everything found was delivered.")
}
