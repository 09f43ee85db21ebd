package file

import (
	"time"

	"logskiff/readers/file/disk"
	"logskiff/readers/file/glob"
	"logskiff/readers/file/watch"
)

// grain is the time within which a change right after a listing may leave the same time: of FAT
// it counts two seconds.
const grain = 2 * time.Second

// folder is a directory in which files are looked for.
type folder struct {
	path       string
	real       string           // without links, "": the same
	globs      []glob.Rest      // what matches in it; none: it is only the target of links
	files      map[string]*file // by name
	links      map[string]*file // other names of files that are followed
	linked     *targets         // files that were found by links which lead here; nil: none
	behind     map[string]place // names to which other followed links lead
	expected   map[string]int64 // names that could not be looked at, and since when
	told       map[string]bool  // names a word was said about
	disk.Inode                  // of the directory itself
	mtime      int64
	ctime      int64
	dated      int64 // when these times were first seen
	listed     int64 // when it was listed last
	whole      int64 // by the wall clock: what has a name that the last listing did not have was changed later; 0: unknown
	cost       int64 // how long the listing took, nanoseconds
	searched   int64 // when rotations of its names were looked for elsewhere: see wentElsewhere
	settled    bool  // no change since the last listing can have left the same mtime
	dirty      bool
	polled     bool
	blind      bool    // a link in it leads to a folder that is polled
	hot        []*file // that changed lately without an event
	sliced     int64   // when some of them were looked at
	round      []*file // in whose order they are looked at, in a big folder
	left       int     // how many of these are still to be looked at in this round
	root       bool
	missing    bool
	failed     bool  // it could not be looked at
	away       bool  // it does not answer, or something in it does not
	again      bool  // all of it is to be looked at again at the next poll
	seen       int64 // when it was looked at last, and answered
	late       bool  // it did not answer at the first look: what is in it now is not new
	watch      *watch.Folder
	sub        *watch.Subscription
	// unwatched says that the subscription is dead.
	unwatched bool
	looked    *pass  // the pass that looked at it last
	bustle           // what makes it a busy one
	timed     *timed // it is not watched, but looked at by the clock; nil: it is not
	heard
}

func (d *folder) join(name string) string {
	if d.path == "/" {
		return "/" + name
	}
	return d.path + "/" + name
}

// wants tells whether a file of that name is to be followed.
func (d *folder) wants(name string, excl []glob.Exclude) bool {
	for _, c := range d.globs {
		if c.File(name) {
			for _, e := range excl {
				if e.Matches(d.path, name) {
					return false
				}
			}
			return true
		}
	}
	return false
}

// leads tells whether a folder of that name may hold files to be followed.
func (d *folder) leads(name string, linked bool) []glob.Rest {
	var to []glob.Rest
	for _, c := range d.globs {
		to = c.Enter(to, name, linked)
	}
	return to
}
