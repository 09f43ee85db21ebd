package agent

import (
	"io"
	"log/slog"

	"logskiff/conf"
	sendfile "logskiff/senders/file"
)

// StoreFolders returns the folders that a configuration's senders write files into.
func StoreFolders(cfg *conf.Config) (dirs []string) {
	for _, s := range cfg.Senders {
		if c, ok := s.Settings.(*sendfile.Config); ok {
			dirs = append(dirs, c.Path)
		}
	}
	return dirs
}

// CheckStore reads such a folder back and writes to w what it found; see filesend.Check.
func CheckStore(dir string, w io.Writer) (sound bool, err error) { return sendfile.Check(dir, w) }

// RemakeStore makes the index of such a folder again from its data.
func RemakeStore(dir string, log *slog.Logger) error { return sendfile.Remake(dir, log) }
