package sendertest

import (
	"fmt"

	"logskiff/senders"
)

// Lacks says what a sender lacks that its kind has built of good settings, or of settings that it should have refused: the
// agent asks for all of this without looking. Nothing is opened or sent.
func Lacks(s *senders.Sender) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(s.Endpoints) == 0 {
		bad("it has no endpoint: settings without one are refused when they are checked (Validate)")
	}
	names := map[string]bool{}
	for _, e := range s.Endpoints {
		if names[e.Name()] || e.Name() == "" {
			bad("two endpoints are called %q, or one has no name: people could not tell them apart", e.Name())
		}
		names[e.Name()] = true
	}
	if s.Strategy != senders.RoundRobin && s.Strategy != senders.Failover {
		bad("the strategy %q is neither %q nor %q", s.Strategy, senders.RoundRobin, senders.Failover)
	}
	if s.NewCompressor == nil {
		bad("it has no NewCompressor: encode.NewNone is one that leaves bodies as they are")
	}
	if s.NewEncoder == nil {
		bad("it has no NewEncoder")
		return problems
	}
	if e := s.NewEncoder(); e.ContentType() == "" {
		bad("its encoder does not say what bodies are: ContentType is empty")
	} else if _, marks := e.(senders.Marking); s.Ends && !marks {
		bad("Ends is set, and %T cannot say where records end: it is no senders.Marking", e)
	}
	return problems
}
