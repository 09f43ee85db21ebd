package agent

import (
	"errors"
	"fmt"
	"strings"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/readers/file"
	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders/encode"
)

// checkHeaders refuses sources whose every batch would have a header that forwarders,
// or proxies before them, refuse: what it says of the host, the source and its tags is
// the same each time, and cannot be halved.
func checkHeaders(cfg *conf.Config) error {
	var errs []error
	for _, s := range cfg.Sources {
		o, err := kinds.OriginOf(cfg, s)
		if err != nil {
			return err
		}
		with := headerSize(o, longestPath(s))
		if with <= wire.MaxHeader || !sendsHeader(cfg, s) {
			continue
		}
		without := headerSize(&record.Origin{Host: o.Host, Source: o.Source}, longestPath(s))
		errs = append(errs, wrong("source "+s.Name, "tags", fmt.Sprintf("take %d bytes in the header of each batch; %d are possible, since proxies and forwarders refuse more",
			with-without, max(0, wire.MaxHeader-without)), "make them shorter; a character that is not ASCII counts six"))
	}
	return errors.Join(errs...)
}

// sendsHeader says whether a source has a sender that posts.
func sendsHeader(cfg *conf.Config, s conf.Source) bool {
	for _, p := range pipelinesOf(cfg) {
		if p.source.Name == s.Name && p.sender.Kind == "http" {
			return true
		}
	}
	return false
}

// headerSize is the length of the header of a batch from one file, whose offsets have
// as many digits as those of a terabyte.
func headerSize(o *record.Origin, path string) int {
	const far = int64(1e12)
	b := &record.Batch{
		Segments: []record.Segment{{Stream: &record.Stream{Origin: o, Path: path}, Start: far, End: far + 1, N: 1}},
		Records:  make([]record.Record, 1),
	}
	return len(encode.AppendHeader(nil, b, 0, 1))
}

// longestPath is as long as the path of a file of s may well be: of its longest
// pattern, with a name for each wildcard.
func longestPath(s conf.Source) (longest string) {
	settings, ok := s.Reader.Settings.(*file.Config)
	if !ok {
		return ""
	}
	for _, p := range settings.Paths {
		if p = strings.ReplaceAll(p, "*", strings.Repeat("x", 32)); len(p) > len(longest) {
			longest = p
		}
	}
	return longest
}
