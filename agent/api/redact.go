package api

import "slices"

// forViewers returns the snapshot without what may quote a file's name, a line or another host's words:
// viewers see numbers, names from the configuration, and states. The receiver stays as it is.
func (s Snapshot) forViewers() Snapshot {
	s.Agent.CheckpointError = hide(s.Agent.CheckpointError)
	if s.Reload != nil {
		r := s.Reload.forViewers()
		s.Reload = &r
	}
	s.Sources = slices.Clone(s.Sources)
	for i := range s.Sources {
		src := &s.Sources[i]
		src.Problems = nil
		src.Pipelines = slices.Clone(src.Pipelines)
		for j := range src.Pipelines {
			p := &src.Pipelines[j]
			p.Error, p.Held, p.Waiting = hide(p.Error), hide(p.Held), hide(p.Waiting)
		}
	}
	s.Senders = slices.Clone(s.Senders)
	for i := range s.Senders {
		d := &s.Senders[i]
		d.Error = hide(d.Error)
		d.Endpoints = slices.Clone(d.Endpoints)
		for j := range d.Endpoints {
			e := &d.Endpoints[j]
			e.Error = hide(e.Error)
			if e.LastAnswer != nil {
				a := *e.LastAnswer
				a.Text = hide(a.Text)
				e.LastAnswer = &a
			}
		}
	}
	return s
}

func (r Reload) forViewers() Reload {
	r.Error, r.Mistakes = hide(r.Error), nil
	return r
}

// hide keeps that there is a text.
func hide(text string) string {
	if text == "" {
		return ""
	}
	return "(operators see the text)"
}
