package fields

import (
	"regexp"
	"slices"

	"logskiff/record"
)

// pathPresets are expressions for names that programs give to files.
func pathPresets() map[string]string {
	return map[string]string{
		// The names that the kubelet gives to logs and their rotations (kubelet's
		// container_log_manager.go), and to the links to them: names of DNS, the id of a
		// container of containerd or CRI-O, and how often the container was started again.
		"kubernetes": `(?:^|/)(?:(?P<pod>[a-z0-9.-]+)_(?P<namespace>[a-z0-9-]+)_(?P<container>[a-z0-9-]+)-(?P<container_id>[0-9a-f]{64})` +
			`|(?P<namespace>[a-z0-9-]+)_(?P<pod>[a-z0-9.-]+)_(?P<pod_uid>[0-9a-f-]+)/(?P<container>[a-z0-9-]+)/(?P<restart>\d+))` +
			`\.log(?:[.-]\d[\d.-]*)?(?:\.(?:gz|zst|zstd))?$`,
	}
}

// compilePath returns the expression that the key path stands for.
func compilePath(text string) (*regexp.Regexp, error) {
	if preset, ok := pathPresets()[text]; ok {
		text = preset
	}
	return regexp.Compile(text)
}

func hasNamedGroup(re *regexp.Regexp) bool {
	return slices.ContainsFunc(re.SubexpNames(), func(name string) bool { return name != "" })
}

func (s *Step) checkPath(bad func(key, msg, hint string)) {
	re, err := compilePath(s.Path)
	switch {
	case err != nil:
		bad("path", notRegexp(err), regexpHint)
	case !hasNamedGroup(re):
		bad("path", "has no named group, so it would add nothing", `name one, as in '/(?P<app>[^/]+)/[^/]*$', or write "kubernetes"`)
	default:
		for _, name := range re.SubexpNames() {
			if name == "" {
				continue
			}
			if why := badName(prefix(s, "") + name); why != "" {
				bad("path", why, "choose another name for the group "+name)
			}
		}
	}
}

const maxPaths = 1024 // paths remembered: a file of a busy host comes back in batch after batch

// fromPath adds what named groups find in the path of a record's stream.
type fromPath struct {
	re     *regexp.Regexp
	names  []string
	keys   []int   // constants
	groups [][]int // of re, by name: the first that took part counts

	places    map[string][]int // where groups stand in paths; nil: it does not match
	segmentNo uint64           // where the values below are of
	match     bool
	now       []record.Field // absent: no group of that name took part
}

func (st *stage) newFromPath(re *regexp.Regexp, prefix string) *fromPath {
	p := &fromPath{re: re}
	for group, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		if k := slices.Index(p.names, prefix+name); k >= 0 {
			p.groups[k] = append(p.groups[k], group)
			continue
		}
		p.names, p.groups = append(p.names, prefix+name), append(p.groups, []int{group})
		p.keys = append(p.keys, st.text(prefix+name))
	}
	return p
}

func (p *fromPath) clone() step {
	c := *p
	c.places, c.now, c.segmentNo = map[string][]int{}, make([]record.Field, len(p.names)), 0
	return &c
}

// refresh finds the values of the record's stream, and counts a record that has none.
func (p *fromPath) refresh(st *stage) {
	if p.segmentNo != st.segmentNo {
		p.segmentNo = st.segmentNo
		path := ""
		if s := st.stream(); s != nil {
			path = s.Path
		}
		p.look(st, path)
	}
	if !p.match {
		st.b.Unmatched++
	}
}

func (p *fromPath) look(st *stage, path string) {
	at, known := p.places[path]
	if !known {
		if len(p.places) == maxPaths {
			clear(p.places)
		}
		at = p.re.FindStringSubmatchIndex(path)
		p.places[path] = at
	}
	clear(p.now)
	p.match = at != nil
	for k, groups := range p.groups {
		for _, group := range groups {
			if p.match && at[2*group] >= 0 {
				p.now[k] = st.put(path[at[2*group]:at[2*group+1]])
				break
			}
		}
	}
}

type pathOp struct {
	*fromPath
	slots, old []int // old: of columns that have these names already, -1: none has
}

func (p *fromPath) columns(s *shape) bool {
	o := &pathOp{fromPath: p}
	for _, name := range p.names {
		o.old = append(o.old, s.slot(name))
		s.remove(name)
		o.slots = append(o.slots, s.add(name))
	}
	s.ops = append(s.ops, o)
	return true
}

func (o *pathOp) run(st *stage) {
	o.refresh(st)
	for k, slot := range o.slots {
		switch {
		case o.now[k].Type != record.Absent:
			st.slots[slot] = o.now[k]
		case o.old[k] >= 0:
			st.slots[slot] = st.slots[o.old[k]]
		}
	}
}

func (p *fromPath) pairs(st *stage) {
	p.refresh(st)
	for k, name := range p.names {
		if p.now[k].Type != record.Absent {
			st.absent(name)
			st.push(st.constant(p.keys[k]), p.now[k])
		}
	}
}

// failed: what a line that failed to parse consists of is not replaced.
func (p *fromPath) failed(st *stage) {
	p.refresh(st)
	st.pushMissing(p.names, p.keys, p.now)
}
