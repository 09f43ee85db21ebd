package file

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// change says what an event is about.
type change uint8

const (
	missed  change = iota // no one knows: events were lost
	written               // a file's bytes, or attributes
	renamed               // who has a name; without a name, the folder itself
)

// What comes after a pause is read at once. Where events keep coming, two reads are gatherLeast apart, and up to
// gatherMost where there are so many that each line need not be seen by itself. While names
// change, all is read as it comes: what a rotation leaves of a file may not be there for long. The kernel
// holds 16,384 events (inotify(7)), so reads are closer together before that many come; should more
// come, all is looked at.
const (
	gatherLeast  = 10 * time.Millisecond
	gatherMost   = 40 * time.Millisecond
	gatherBusy   = 1000 // events a second
	gatherEvents = 4096 // in one read are too many
	rotationTime = 100 * time.Millisecond
)

// gather spaces reads of events.
type gather struct {
	wait  time.Duration
	hasty time.Duration // names are changing for so long yet
}

// next returns how long to wait for more after a read of so many events, since after the one
// before; 0: as long as it takes.
func (g *gather) next(events int, names bool, since time.Duration) time.Duration {
	g.hasty -= min(g.hasty, since)
	if names {
		g.hasty = rotationTime
	}
	switch {
	case events == 0 || g.hasty > 0 || since >= 2*max(g.wait, gatherLeast):
		g.wait = 0
	case events > gatherEvents || float64(events) < gatherBusy*since.Seconds():
		g.wait = gatherLeast
	default:
		g.wait = min(2*max(g.wait, gatherLeast/2), gatherMost)
	}
	return g.wait
}

// folderEvents is what a watch on a folder is to report.
const folderEvents = unix.IN_CREATE | unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_DELETE | unix.IN_DELETE_SELF |
	unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_MOVE_SELF

// inotify is an instance of inotify(7) that can be let alone: while nobody waits for it,
// events wake nobody. A descriptor that the runtime polls would wake a thread for each one, which costs
// more than a line does. So the runtime polls an epoll(7) instance in which the
// real descriptor is armed for one event at a time.
type inotify struct {
	fd   int
	once int // the epoll instance
	file *os.File
	wait syscall.RawConn
}

// event is an event of inotify(7) as it lies in the buffer.
type event struct {
	wd   int32
	mask uint32
	name []byte // in a folder; none: of the folder itself
}

// write tells whether e is about a file's bytes or attributes alone.
func (e *event) write() bool { return e.mask&^(unix.IN_MODIFY|unix.IN_ATTRIB|unix.IN_ISDIR) == 0 }

func newInotify() (*inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("cannot open inotify: %w", err)
	}
	once, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("cannot open epoll: %w", err)
	}
	in := &inotify{fd: fd, once: once}
	err = unix.EpollCtl(once, unix.EPOLL_CTL_ADD, fd, in.armed())
	if err == nil {
		err = unix.SetNonblock(once, true) // so that the runtime polls it
	}
	if err == nil {
		in.file = os.NewFile(uintptr(once), "epoll")
		in.wait, err = in.file.SyscallConn()
	}
	if err != nil {
		in.close()
		return nil, fmt.Errorf("cannot wait for inotify: %w", err)
	}
	return in, nil
}

func (in *inotify) armed() *unix.EpollEvent {
	return &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT, Fd: int32(in.fd)}
}

// close must not be called while somebody uses in.
func (in *inotify) close() {
	if in.file != nil {
		in.file.Close()
	} else {
		unix.Close(in.once)
	}
	unix.Close(in.fd)
}

// add watches a folder, by a number that is the same for all of its names.
func (in *inotify) add(path string) (int32, error) {
	wd, err := unix.InotifyAddWatch(in.fd, path, folderEvents)
	return int32(wd), err
}

func (in *inotify) remove(wd int32) { _, _ = unix.InotifyRmWatch(in.fd, uint32(wd)) } // it may be gone already

// read calls fn for batches of events until ctx is done. fn must not keep them.
func (in *inotify) read(ctx context.Context, fn func([]event)) error {
	defer context.AfterFunc(ctx, func() { _ = in.file.SetReadDeadline(time.Unix(1, 0)) })() // ends rest
	buf := make([]byte, 64<<10)
	var events []event
	gather := gather{hasty: rotationTime} // what was before nobody knows
	last := time.Now()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for ctx.Err() == nil {
		came, names := 0, false
		for ctx.Err() == nil { // they can come faster than they are read
			n, err := unix.Read(in.fd, buf)
			if err == unix.EINTR {
				continue
			}
			if err == unix.EAGAIN {
				break
			}
			if err != nil {
				return fmt.Errorf("cannot read change events: %w", err)
			}
			events = parseEvents(events[:0], buf[:n])
			came += len(events)
			names = names || slices.ContainsFunc(events, func(e event) bool { return !e.write() })
			fn(events)
			if n < len(buf)-unix.SizeofInotifyEvent-unix.NAME_MAX-1 {
				break // that was all
			}
		}
		now := time.Now()
		wait := gather.next(came, names, now.Sub(last))
		if came > 0 {
			last = now
		}
		if wait > 0 {
			pause.Reset(wait)
			select {
			case <-pause.C:
			case <-ctx.Done():
			}
			continue
		}
		if err := in.rest(); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// rest waits until there is an event.
func (in *inotify) rest() error {
	if err := unix.EpollCtl(in.once, unix.EPOLL_CTL_MOD, in.fd, in.armed()); err != nil {
		return fmt.Errorf("cannot wait for change events: %w", err)
	}
	var events [1]unix.EpollEvent
	err := in.wait.Read(func(fd uintptr) bool {
		n, err := unix.EpollWait(int(fd), events[:], 0)
		return n > 0 || err != nil && err != unix.EINTR
	})
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("cannot wait for change events: %w", err)
	}
	return nil
}

// parseEvents appends the events in buf.
func parseEvents(events []event, buf []byte) []event {
	for len(buf) >= unix.SizeofInotifyEvent {
		size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buf[12:]))
		name := buf[unix.SizeofInotifyEvent:min(size, len(buf))]
		for len(name) > 0 && name[len(name)-1] == 0 {
			name = name[:len(name)-1]
		}
		events = append(events, event{int32(binary.NativeEndian.Uint32(buf)), binary.NativeEndian.Uint32(buf[4:]), name})
		buf = buf[min(size, len(buf)):]
	}
	return events
}
