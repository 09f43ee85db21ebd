package agent

import (
	"errors"
	"fmt"
	"strings"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/record"
)

// checkHeaders refuses sources whose every batch would have a header that forwarders,
// or proxies before them, refuse: what it says of the host, the source and its tags is
// the same each time, and cannot be halved.
func checkHeaders(cfg *conf.Config, built senderSet) error {
	var errs []error
	for _, s := range cfg.Sources {
		o, err := kinds.OriginOf(cfg, s)
		if err != nil {
			return err
		}
		for _, to := range s.SendTo {
			sender := built[to]
			if sender == nil || sender.Header == nil {
				continue
			}
			with, most := sender.Header(o, longestPath(s))
			if with <= most {
				continue
			}
			without, _ := sender.Header(&record.Origin{Host: o.Host, Source: o.Source}, longestPath(s))
			errs = append(errs, wrong("source "+s.Name, "tags", fmt.Sprintf("take %d bytes in the header of each batch; %d are possible, since proxies and forwarders refuse more",
				with-without, max(0, most-without)), "make them shorter; a character that is not ASCII counts six"))
			break
		}
	}
	return errors.Join(errs...)
}

// longestPath is as long as the path of a file of s may well be: of its longest
// pattern, with a name for each wildcard.
func longestPath(s conf.Source) (longest string) {
	files := kinds.FilesOf(s.Reader)
	if files == nil {
		return ""
	}
	for _, p := range files.Patterns() {
		if p = strings.ReplaceAll(p, "*", strings.Repeat("x", 32)); len(p) > len(longest) {
			longest = p
		}
	}
	return longest
}
