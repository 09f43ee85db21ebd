// Package quickstart makes the configuration for someone who has none yet: it
// takes what agent/discover finds under /var/log and writes TOML that follows it
// into a forwarder in the same process.
//
// It only looks and writes text; it starts nothing and knows no plugin's code.
package quickstart

import (
	"path/filepath"
	"slices"
	"strings"

	"logskiff/agent/discover"
)

// Log is one readable log that was found.
type Log struct {
	Path  string
	Nginx bool // its lines look like nginx's "combined" format
}

// Found is what a search brought.
type Found struct {
	Logs       []Log
	Unreadable []string // looked like logs, but may not be read by this user
}

// Find looks for logs below root. Folders and files it may not read are passed
// over; binary files, rotated and compressed ones are left out. skip is a
// folder that is not searched (our own data).
func Find(root, skip string) Found {
	var found Found
	paths, unreadable := discover.Below(root, skip)
	found.Unreadable = unreadable
	combined, err := discover.ParserFor(discover.Format{Kind: "nginx", Settings: "{}"})
	if err != nil {
		panic("BUG: the default nginx parser cannot be built: " + err.Error())
	}
	for _, path := range paths {
		first, err := discover.FirstLine(path)
		if err != nil {
			continue // it is gone by now
		}
		nginx := discover.Reads(combined, first) || len(first) == 0 && strings.Contains(path, "/nginx/") && strings.Contains(filepath.Base(path), "access")
		found.Logs = append(found.Logs, Log{Path: path, Nginx: nginx})
	}
	slices.SortFunc(found.Logs, func(a, b Log) int { return strings.Compare(a.Path, b.Path) })
	return found
}
