package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// filePage is a part of the files of a source.
type filePage struct {
	Total int    `json:"total" doc:"Files that there are, after the filter."`
	Files []File `json:"files" doc:"Those of this page."`
}

// getFiles sorts here: a source may have tens of thousands, of which a page shows a hundred.
func (s *Server) getFiles(c *call) {
	q := c.r.URL.Query()
	limit, ok1 := number(q.Get("limit"), 1, 1000, 100)
	offset, ok2 := number(q.Get("offset"), 0, 1<<31-1, 0)
	less, ok3 := fileOrder(q.Get("sort"), q.Get("order"))
	if !ok1 || !ok2 || !ok3 {
		fail(c.w, http.StatusBadRequest, "query", "limit is from 1 to 1000, offset from 0, sort is lag, size, name or problem, order asc or desc", "")
		return
	}
	files, ok := s.Backend.Files(c.r.PathValue("source"), q.Get("sender"))
	if !ok {
		fail(c.w, http.StatusNotFound, "not_found", "there is no such source, or it does not go to this sender", "")
		return
	}
	if part := q.Get("filter"); part != "" {
		files = slices.DeleteFunc(files, func(f File) bool { return !strings.Contains(f.Name, part) && !strings.Contains(f.Path, part) })
	}
	slices.SortFunc(files, less)
	page := filePage{Total: len(files), Files: []File{}}
	if offset < len(files) {
		page.Files = files[offset:min(offset+limit, len(files))]
	}
	answer(c.w, http.StatusOK, page)
}

// lag is in the unit of its stream, which is the same for all of a source that follows something.
func (f File) lag() Count {
	if f.Entries != nil {
		return f.Entries.Lag
	}
	return f.Lag
}

func (f File) size() Count {
	if f.Entries != nil {
		return f.Entries.Size
	}
	return f.Size
}

// fileOrder returns the order that was asked for; what is equal is by its name, so that pages do not overlap.
func fileOrder(by, order string) (func(a, b File) int, bool) {
	var less func(a, b File) int
	desc := true
	switch by {
	case "", "lag":
		less = func(a, b File) int { return cmp.Compare(a.lag(), b.lag()) }
	case "size":
		less = func(a, b File) int { return cmp.Compare(a.size(), b.size()) }
	case "problem":
		less = func(a, b File) int { return cmp.Compare(a.Problem, b.Problem) }
	case "name":
		less, desc = func(a, b File) int { return 0 }, false
	default:
		return nil, false
	}
	turned := false // by name
	switch order {
	case "":
	case "asc", "desc":
		turned = by == "name" && order == "desc"
		desc = order == "desc"
	default:
		return nil, false
	}
	return func(a, b File) int {
		n := less(a, b)
		if desc {
			n = -n
		}
		names := cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Stream, b.Stream))
		if turned {
			names = -names
		}
		return cmp.Or(n, names)
	}, true
}
