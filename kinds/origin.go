package kinds

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"logskiff/conf"
	"logskiff/record"
)

// OriginOf returns what the records of a source say of where they come from.
func OriginOf(cfg *conf.Config, s conf.Source) (*record.Origin, error) {
	host, err := HostName(cfg)
	if err != nil {
		return nil, err
	}
	return Origin(host, s), nil
}

// Origin is what they say when the host is known.
func Origin(host string, s conf.Source) *record.Origin {
	return &record.Origin{Host: host, Source: s.Name, Tags: sortedTags(s.Tags)}
}

// HostName returns the name that records say they come from: the configured one, or the host's own.
func HostName(cfg *conf.Config) (string, error) {
	if cfg.Agent.Host != "" {
		return cfg.Agent.Host, nil
	}
	name, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("cannot learn the name of this host; set agent.host: %w", err)
	}
	return name, nil
}

func sortedTags(m map[string]string) []record.Tag {
	var tags []record.Tag
	for _, k := range slices.Sorted(maps.Keys(m)) {
		tags = append(tags, record.Tag{Key: k, Value: m[k]})
	}
	return tags
}
