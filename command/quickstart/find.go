// Package quickstart makes the configuration for someone who has none yet: it
// takes what preview/discover finds under /var/log and writes TOML that follows it
// into a forwarder in the same process.
//
// It only looks and writes text; it starts nothing and knows no plugin's code.
package quickstart

import (
	"slices"
	"strings"

	"logskiff/preview/discover"
)

// Log is one readable log that was found.
type Log struct {
	Path   string
	Parser discover.Format // raw: it is not known what its lines are
}

// Found is what a search brought.
type Found struct {
	Logs       []Log
	Unreadable []string // looked like logs, but may not be read by this user
}

// sure is the share of a sample's lines that a parser must read, so that nobody's first look at their logs is at
// fields that are wrong.
const sure = 0.9

// Find looks for logs below root. Folders and files it may not read are passed
// over; binary files, rotated and compressed ones are left out. skip is a
// folder that is not searched (our own data).
func Find(root, skip string) Found {
	var found Found
	paths, unreadable := discover.Below(root, skip)
	found.Unreadable = unreadable
	for i, best := range discover.Best(paths) {
		l := Log{paths[i], best.Format}
		if best.Lines > 0 && best.Score < sure {
			l.Parser = discover.Format{Kind: "raw", Settings: "{}"}
		}
		found.Logs = append(found.Logs, l)
	}
	slices.SortFunc(found.Logs, func(a, b Log) int { return strings.Compare(a.Path, b.Path) })
	return found
}
