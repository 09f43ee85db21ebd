package api

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Levels of a Verdict and a Finding.
const (
	OK       = "ok"
	Warning  = "warning"
	Critical = "critical"
)

// Verdict says in one line whether every line arrives.
type Verdict struct {
	Level    string    `json:"level" doc:"ok; warning: something is not as it should be, and all lines still arrive or wait; critical: lines do not arrive, or are lost." enum:"ok warning critical"`
	Text     string    `json:"text" doc:"One line for a person."`
	Findings []Finding `json:"findings" doc:"What is not well, worst first."`
}

// Finding is one thing that is not well.
type Finding struct {
	Level string `json:"level" doc:"warning or critical." enum:"warning critical"`
	What  string `json:"what" doc:"agent, source or sender." enum:"agent source sender"`
	Name  string `json:"name,omitempty" doc:"Its name."`
	Text  string `json:"text" doc:"What is not well."`
}

// lateSeconds is a lag that a source should not have: what waits for a batch is much younger.
const lateSeconds = 60

// recent is for how long something that is over is still said.
const recent = 15 * time.Minute

// Judge sets the verdict by all else that the snapshot says.
func (s *Snapshot) Judge() {
	s.Verdict = Verdict{Level: OK, Findings: []Finding{}}
	find := func(level, what, name, text string, args ...any) {
		s.Verdict.Findings = append(s.Verdict.Findings, Finding{level, what, name, fmt.Sprintf(text, args...)})
	}
	if s.Agent.CheckpointError != "" {
		find(Critical, "agent", "", "checkpoints are not stored; after a crash much would be sent again")
	}
	if s.Reload != nil && !s.Reload.OK {
		find(Warning, "agent", "", "the last reload was refused; the configuration before it goes on")
	}
	for _, src := range s.Sources {
		judgeSource(src, s.At, find)
	}
	for _, d := range s.Senders {
		judgeSender(d, find)
	}
	rank := map[string]int{Critical: 0, Warning: 1}
	slices.SortStableFunc(s.Verdict.Findings, func(a, b Finding) int { return rank[a.Level] - rank[b.Level] })
	s.Verdict.Text = s.sentence()
}

func judgeSource(s Source, now time.Time, find func(level, what, name, text string, args ...any)) {
	switch s.State {
	case "failed":
		find(Critical, "source", s.Name, "does not run")
	case "held":
		find(Critical, "source", s.Name, "is held until somebody acts")
	case "not_listening":
		find(Critical, "source", s.Name, "cannot receive")
	}
	if s.UnreadableFiles > 0 {
		find(Warning, "source", s.Name, "%s cannot be read", count(s.UnreadableFiles, "file"))
	}
	if s.AwayFolders > 0 {
		find(Warning, "source", s.Name, "%s cannot be looked at", count(s.AwayFolders, "folder"))
	}
	if s.LagSeconds >= lateSeconds {
		find(Warning, "source", s.Name, "is %.0f s behind", float64(s.LagSeconds))
	}
	if s.mostDoNotParse() {
		find(Warning, "source", s.Name, "more than half of its lines do not parse")
	}
	for _, p := range s.Pipelines {
		if p.Waiting != "" {
			find(Warning, "source", s.Name, "some of its records wait at sender %s", p.Sender)
		}
		if p.LostAt != nil && now.Sub(*p.LostAt) < recent {
			find(Warning, "source", s.Name, "bytes were gone before they were read for sender %s", p.Sender)
		}
		if p.QuarantinedAt != nil && now.Sub(*p.QuarantinedAt) < recent {
			find(Warning, "source", s.Name, "lines were refused by sender %s and are in quarantine", p.Sender)
		}
	}
}

// mostDoNotParse: of what comes now.
func (s Source) mostDoNotParse() bool {
	return s.Unparsed.Since != nil && s.Unparsed.LinesPerSecond > 0 && s.Unparsed.LinesPerSecond*2 > s.LinesPerSecond
}

func judgeSender(d Sender, find func(level, what, name, text string, args ...any)) {
	switch d.State {
	case "failed":
		find(Critical, "sender", d.Name, "cannot be opened")
	case "down":
		find(Critical, "sender", d.Name, "no endpoint takes batches")
	case "degraded":
		bad := 0
		for _, e := range d.Endpoints {
			if e.State != "healthy" {
				bad++
			}
		}
		find(Warning, "sender", d.Name, "%d of its %d endpoints take no batches", bad, len(d.Endpoints))
	}
}

// sentence also sets the level.
func (s *Snapshot) sentence() string {
	found := s.Verdict.Findings
	if len(found) == 0 {
		paused := 0
		for _, src := range s.Sources {
			if src.State == "paused" {
				paused++
			}
		}
		sources := count(len(s.Sources), "source")
		if paused > 0 {
			sources += fmt.Sprintf(" (%d paused)", paused)
		}
		return fmt.Sprintf("All is well: %s, %s", sources, count(len(s.Senders), "sender"))
	}
	s.Verdict.Level = found[0].Level
	text := strings.TrimPrefix(found[0].What+" "+found[0].Name+": ", "agent : ") + found[0].Text
	if more := len(found) - 1; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
