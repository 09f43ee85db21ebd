package file

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"logskiff/readers"
	"logskiff/readers/file/disk"
	"logskiff/readers/file/glob"
	"logskiff/readers/file/watch"
	"logskiff/readers/lines"
	"logskiff/record"
)

// Env is what the agent gives a reader besides its settings.
type Env struct {
	Log      *slog.Logger
	Hub      *watch.Hub // nil: all folders are polled
	Budget   *Budget    // of descriptors, shared by the readers of a process; nil: one of its own
	Registry readers.Registry
	Origin   *record.Origin
	AgentID  [16]byte
	// Restore yields what the registry held when it was opened; nil: nothing. It is gone through in New and at the first look.
	Restore iter.Seq[readers.Checkpoint]
	// Fresh says that the checkpoints were lost: everything is read from the
	// beginning whatever start_at says, since repeats can be told and gaps cannot.
	Fresh bool
	// Looked is what Registry.Looked was told last by a former run; zero: there was none.
	Looked   time.Time
	SpoolDir string           // "": nothing is spooled
	Now      func() time.Time // the wall clock; nil: time.Now
	Mono     func() int64     // the monotonic clock: see clock.go; nil: the process's
}

// Reader follows files; see the package comment.
type Reader struct {
	cfg   Config
	env   Env
	log   *slog.Logger
	reg   readers.Registry
	cut   *lines.Cutter
	globs []glob.Rest // at their roots
	roots []string
	excl  []glob.Exclude
	rules *logrotate
	clock clock

	ready chan struct{} // a file is in the queue
	wake  chan struct{} // Run is wanted

	mu       sync.Mutex
	files    map[disk.Inode]*file     // all, by where their bytes are; retired ones too
	ends     []*file                  // ended, with bytes still on their way
	gone     []*file                  // retired, to be forgotten some day
	tended   []*file                  // looked at by themselves at every poll
	streams  map[*record.Stream]*file // of which some is handed out and not acknowledged
	heads    map[uint64]*file         // by first line; chained
	folders  map[string]*folder
	troubles map[string]string   // names that cannot be opened, and why
	trails   map[string][]string // where links lead, and led since all that had their names was found: see trail
	queue    queue
	suspects []*file
	busy     []*folder // where many events came, perhaps in a short time
	timed    []*folder // of these, those that are not watched; only Run changes it
	grouping []*file   // with a group that waits for its next line
	ordering []*file   // that wait for the one that had their name before: see order.go
	cuts     []*file   // whose cut is to be stored
	fds      descriptors
	later    []func()                 // calls to the registry, made without mu
	newborn  []*file                  // the registry knows them, and they are read when the look is over
	acks     map[*record.Stream]int64 // of the inbox, to be used again
	events   []news

	inbox inbox

	// Run's own.
	pacing    pacing
	began     bool
	beganAt   int64                         // when the first look did, by the wall clock
	resting   bool                          // Run sleeps for longer than a poll; guarded by mu
	byIno     remembered                    // from checkpoints, until the first look is over
	lastSeen  map[string]int64              // when its streams were changed last, by path; from checkpoints
	gapped    map[string]int64              // since when there are gaps, likewise
	unasked   map[string]int64              // of these, names in folders that are not known yet; nil: all are
	waiting   map[uint64]record.StreamID    // placeholders of an earlier run, by inode number
	places    map[*file]record.StreamID     // placeholders of files whose first line is not whole
	archives  map[disk.Inode]stamp          // files that hold what is known already
	passed    map[disk.Inode]stamp          // compressed files that are no rotation of anything followed
	unpacking map[disk.Inode]found          // compressed files that may not be whole yet
	gaps      map[place]int64               // names that others may have had since then
	absent    map[place]int64               // names that had gaps when nothing had them, and since when
	young     map[place]int64               // names of which nobody knew anything, and what was made before then start_at leaves out
	asked     map[place]struct{}            // which gaps were asked for since filling them began
	shut      map[string]struct{}           // folders that could not be searched
	barred    map[place]int64               // names that have gaps for that, and since when
	held      map[*file]struct{}            // that may be copies: see twin.go
	packed    map[*file]struct{}            // that are, or were, read from a compressed file; some are forgotten
	halves    map[*file]struct{}            // that have the beginning of a line, and no stream
	owed      map[*file]gap                 // files without a stream that may have had one of these
	marked    map[string]map[*file]struct{} // files with which a gap is stored, by the path they were found under
	touched   map[place]struct{}            // names whose gaps may have changed since they were stored
	allKnown  int64                         // by then this run had, or else the former
	knew      int64                         // by then the former run had registered all there was, 0: it never had
	lastAlive int64                         // latest modification time a former run has seen
	nextPoll  int64
	nextSweep int64
	nextHour  int64
	notBefore int64
	scratch   []byte
	nothing   seldom // of all files that have nothing of it
	said      rotations
	disk      disk.Disk
	portion   int // see inPortions
}

var _ readers.Resumable = (*Reader)(nil)

// New returns a reader for valid settings. It touches no file yet.
func New(cfg Config, env Env) (*Reader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("cannot make a file reader: %w", err)
	}
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	if env.Budget == nil {
		env.Budget = NewBudget()
	}
	cut, err := lines.NewCutter(cfg.Lines())
	if err != nil {
		return nil, fmt.Errorf("cannot make a file reader: %w", err)
	}
	if err := readable(env.Restore); err != nil {
		return nil, err
	}
	r := &Reader{
		cfg: cfg, env: env, log: env.Log, reg: env.Registry,
		cut:       cut,
		clock:     newClock(env.Now, env.Mono),
		rules:     &logrotate{conf: "/etc/logrotate.conf", dir: "/etc/logrotate.d"},
		ready:     make(chan struct{}, 1),
		wake:      make(chan struct{}, 1),
		files:     map[disk.Inode]*file{},
		streams:   map[*record.Stream]*file{},
		heads:     map[uint64]*file{},
		folders:   map[string]*folder{},
		troubles:  map[string]string{},
		trails:    map[string][]string{},
		places:    map[*file]record.StreamID{},
		archives:  map[disk.Inode]stamp{},
		passed:    map[disk.Inode]stamp{},
		gaps:      map[place]int64{},
		unpacking: map[disk.Inode]found{},
		absent:    map[place]int64{},
		young:     map[place]int64{},
		asked:     map[place]struct{}{},
		shut:      map[string]struct{}{},
		barred:    map[place]int64{},
		held:      map[*file]struct{}{},
		packed:    map[*file]struct{}{},
		halves:    map[*file]struct{}{},
		owed:      map[*file]gap{},
		marked:    map[string]map[*file]struct{}{},
		touched:   map[place]struct{}{},
		scratch:   make([]byte, headLen),
		portion:   256,
		pacing:    defaultPacing(),
	}
	r.disk.Opener = &disk.Opener{Strict: !cfg.FollowLinks}
	if env.Hub != nil {
		r.disk.Mounts = env.Hub.Mounts
	} else {
		r.disk.Mounts = disk.NewMounts()
	}
	r.fds.max, r.fds.budget, r.fds.mounts = cfg.OpenFiles, env.Budget, r.disk.Mounts
	for _, p := range cfg.Paths {
		globs, err := glob.Compile(p)
		if err != nil {
			return nil, fmt.Errorf("cannot make a file reader: %w", err)
		}
		for _, g := range globs {
			dir, c := g.Root()
			r.roots = append(r.roots, dir)
			r.disk.Opener.Roots = append(r.disk.Opener.Roots, dir)
			r.globs = append(r.globs, c)
		}
	}
	for _, p := range cfg.Exclude {
		e, err := glob.CompileExclude(p)
		if err != nil {
			return nil, fmt.Errorf("cannot make a file reader: %w", err)
		}
		r.excl = append(r.excl, e)
	}
	return r, nil
}

// Ready implements readers.Reader.
func (r *Reader) Ready() <-chan struct{} { return r.ready }

// Run implements readers.Reader.
func (r *Reader) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer r.unsubscribe()
	r.env.Budget.join()
	defer r.env.Budget.leave()
	wanted, due, glance := false, r.clock.mono(), int64(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-r.wake:
			wanted = true
		}
		began := r.clock.mono()
		if len(r.timed) > 0 && began >= glance {
			wanted = r.glance() || wanted
			glance = began + int64(r.pacing.every)
			began = r.clock.mono()
		}
		// A big folder that changes all the time is not listed all the time.
		if (wanted || began >= due) && began >= r.notBefore {
			due, wanted = began+int64(r.look()), false
			ended := r.clock.mono()
			took := ended - began
			r.notBefore = ended + min(10*took, int64(time.Second))
			if took < int64(time.Millisecond) {
				r.notBefore = 0
			}
		}
		next := due
		if wanted {
			next = 0
		}
		if next = max(next, r.notBefore); len(r.timed) > 0 {
			next = min(next, glance)
		}
		timer.Reset(max(time.Duration(next-r.clock.mono()), time.Millisecond))
	}
}

// Done implements readers.Reader. What counts is what Advance says.
func (r *Reader) Done(*record.Batch, bool) {}

// Close implements readers.Reader. The rest of files without a name, which
// nobody could find again, is kept in the spool. It waits for a folder that does not
// answer no longer than anyone else.
func (r *Reader) Close() error {
	r.mu.Lock()
	r.takeInNow()
	r.leaveBehind()
	err := r.spoolRest()
	for _, f := range r.files {
		r.publish(f)
		if f.arch != nil {
			f.arch.close()
		}
	}
	for f := r.fds.first; f != nil; f = r.fds.first {
		r.fds.close(f)
	}
	r.unlock()
	r.flush()
	return err
}

// poke makes Run look.
func (r *Reader) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// push puts a file at the end of the ready queue.
func (r *Reader) push(f *file) {
	switch {
	case f.busy:
		f.again = true
		return
	case f.queued || f.ended || f.retired || f.suspect || !f.readable() || f.stream == nil || f.held != 0 || !f.registered || f.cutting:
		return
	case f.older != nil && r.mustWait(f):
		return // its turn comes when the older one is read
	}
	f.queued = true
	r.queue.push(f)
	r.signal()
}

func (r *Reader) signal() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// doubt leaves a file to Run.
func (r *Reader) doubt(f *file) {
	if !f.suspect {
		f.suspect = true
		r.suspects = append(r.suspects, f)
	}
	r.poke()
}

// postpone runs fn without mu, in order, before the current look ends: see inPortions.
func (r *Reader) postpone(fn func()) { r.later = append(r.later, fn) }

// flush makes the postponed calls.
func (r *Reader) flush() {
	for {
		r.mu.Lock()
		todo := r.later
		r.later = nil
		r.unlock()
		if len(todo) == 0 {
			return
		}
		for _, fn := range todo {
			fn()
		}
	}
}

// inPortions is for a look at many files, before it goes on with the n-th: it lets others have the lock, and makes the
// postponed calls when there are enough, since those of a hundred thousand take more memory than the files. Only
// where nothing is open that could take back what was decided: the registry hears the same as at the end of the look.
func (r *Reader) inPortions(p *pass, n int) {
	switch {
	case len(r.later) >= r.portion && len(r.gaps)+len(r.owed)+len(r.unpacking)+len(r.barred)+len(r.suspects)+len(p.moved) == 0:
		r.unlock()
		r.flush()
		r.mu.Lock()
	case n%64 == 63:
		r.breathe()
	}
}

// letIn has the files read that were registered in a look.
func (r *Reader) letIn() {
	r.mu.Lock()
	defer r.unlock()
	for _, f := range r.newborn {
		if f.forgotten {
			continue
		}
		f.registered = true
		if f.behind() {
			r.push(f)
		}
	}
	r.newborn = nil
}

// queue is first in, first out. Fill goes over it in rounds: what writers make ready meanwhile
// belongs to the next, so that files that are written to all the time are not read all the time.
type queue struct {
	files []*file
	head  int
	round int // how many of them are to be read in this one
}

func (q *queue) len() int { return len(q.files) - q.head }

func (q *queue) push(f *file) {
	if q.head > 0 && len(q.files) == cap(q.files) {
		n := copy(q.files, q.files[q.head:])
		clear(q.files[n:])
		q.files, q.head = q.files[:n], 0
	}
	q.files = append(q.files, f)
}

func (q *queue) pushFront(f *file) {
	if q.head == 0 {
		q.files = append([]*file{f}, q.files...)
		return
	}
	q.head--
	q.files[q.head] = f
}

func (q *queue) pop() *file {
	if q.head == len(q.files) {
		return nil
	}
	q.round--
	f := q.files[q.head]
	q.files[q.head] = nil
	if q.head++; q.head == len(q.files) {
		q.files, q.head = q.files[:0], 0
	}
	return f
}

func (q *queue) empty() bool { return q.head == len(q.files) }

// readable tells whether there is something to read f from.
func (f *file) readable() bool {
	return f.folder != nil || f.fd >= 0 || f.arch != nil || f.spool != ""
}
