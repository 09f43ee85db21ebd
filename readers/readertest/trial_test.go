package readertest_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"logskiff/readers"
	"logskiff/readers/inbox"
	"logskiff/readers/lines"
	"logskiff/record"
)

// trial is the smallest reader that others send to and that has no cursors: lines, or messages that say how long they are, over
// TCP and UDP. It stands on the same packages as those that are built into the agent, and shows that
// they are enough: a reader like this is what CONTRIBUTING.md describes.
type trial struct {
	env    trialEnv
	cut    *lines.Cutter
	budget *inbox.Budget
	house  *inbox.House
	queue  *inbox.Queue
	run    inbox.Run
	gave   inbox.GivenUp
	taken  atomic.Int64 // records that came

	up     chan struct{} // closed when tcp and udp are there, or unable says why they are not
	at     struct{ tcp, udp net.Addr }
	unable error
}

type trialEnv struct {
	listen   readers.Listen
	packets  readers.ListenPacket
	tcp, udp string // addresses
	memory   int64  // for all that waits
	most     int    // connections
	settings lines.Settings
}

const (
	trialChunk = 16 << 10 // read at once from a connection; a longer line needs more
	trialStop  = "the agent stopped before it was sent"
	trialFull  = "the queue is full"
	trialCut   = "a datagram is longer than max_line"
)

var _ readers.Receiver = (*trial)(nil)

func newTrial(env trialEnv) (*trial, error) {
	cut, err := lines.NewCutter(env.settings)
	if err != nil {
		return nil, err
	}
	stream := &record.Stream{Path: "tcp " + env.tcp, Origin: &record.Origin{Source: "trial"}}
	return &trial{
		env: env, cut: cut, budget: inbox.NewBudget(env.memory), house: inbox.NewHouse(env.most), queue: inbox.NewQueue(),
		run: inbox.Run{Stream: stream}, up: make(chan struct{}),
	}, nil
}

// Run serves until ctx is done. It returns when both sockets are closed, and not while somebody else closes them: one that
// was inherited can be lent again only then.
func (r *trial) Run(ctx context.Context) error {
	defer r.queue.Close()
	l, c, err := r.open(ctx)
	if err != nil {
		r.unable = err
		close(r.up)
		return err
	}
	r.at.tcp, r.at.udp = l.Addr(), c.LocalAddr()
	close(r.up)
	end := func() { l.Close(); c.Close() }
	defer end()
	stop := context.AfterFunc(ctx, end)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { r.accept(ctx, l, &all) })
	all.Go(func() { r.receive(ctx, c) })
	all.Wait()
	return nil
}

func (r *trial) open(ctx context.Context) (net.Listener, net.PacketConn, error) {
	l, err := r.env.listen(ctx, "tcp", r.env.tcp)
	if err != nil {
		return nil, nil, err
	}
	c, err := r.env.packets(ctx, "udp", r.env.udp)
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return l, c, nil
}

func (r *trial) accept(ctx context.Context, l net.Listener, all *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // the listener is closed
		}
		address, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		guest := r.house.Admit(address, func() { c.Close() }, time.Now())
		if guest == nil {
			c.Close()
			continue
		}
		all.Go(func() {
			defer guest.Gone()
			defer c.Close()
			stop := context.AfterFunc(ctx, func() { c.Close() })
			defer stop()
			r.serve(ctx, c, c.RemoteAddr().String())
		})
	}
}

// serve reads a connection to its end. A client that sends faster than what it sent is delivered waits for it: TCP says so to it.
func (r *trial) serve(ctx context.Context, c net.Conn, peer string) {
	lease := r.budget.Lease(peer)
	defer lease.End()
	if lease.Wait(ctx, trialChunk) != nil {
		return
	}
	framing := r.cut.Connection()
	buf := make([]byte, 0, trialChunk)
	for ended := false; !ended; {
		if len(buf) == cap(buf) { // one line that is longer
			if lease.Wait(ctx, int64(cap(buf))) != nil {
				return
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		var quiet time.Time // when a group that waits for its next line is sent without it
		if framing.Open() {
			quiet = time.Now().Add(r.env.settings.Multiline.Flush.Std())
		}
		if c.SetReadDeadline(quiet) != nil {
			return
		}
		n, err := c.Read(buf[len(buf):cap(buf)])
		late := errors.Is(err, os.ErrDeadlineExceeded)
		buf, ended = buf[:len(buf)+n], err != nil && !late
		recs, at := framing.Cut(nil, buf, 0, len(buf), 0, 1<<30)
		if late && n == 0 {
			recs, at = framing.Flush(recs, at, int64(at))
		}
		if ended && ctx.Err() == nil {
			for at < len(buf) {
				recs, at = framing.Rest(recs, buf, at, len(buf), int64(at), 1<<30)
			}
		}
		if len(recs) > 0 && r.push(ctx, buf[:at], recs, peer) != nil {
			return
		}
		buf = buf[:copy(buf, buf[at:])]
		framing.Shift(at)
	}
}

// receive reads datagrams, each a record. Nobody waits with one: what there is no room for is given up, and counted.
func (r *trial) receive(ctx context.Context, c net.PacketConn) {
	socket := c.(interface {
		ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error)
	})
	buf := make([]byte, r.cut.MaxLine())
	for {
		n, _, flags, from, err := socket.ReadMsgUDPAddrPort(buf, nil)
		switch {
		case err != nil:
			return // it is closed
		case n == 0:
			continue
		case flags&unix.MSG_TRUNC != 0:
			r.gave.Add(trialCut, 1, int64(n))
			continue
		}
		rec := record.Record{Size: uint32(n), Text: record.Span{Len: uint32(n)}, Flags: record.NoNewline}
		if r.budget.Used()+int64(n) > r.budget.Size() {
			r.gave.Add(trialFull, 1, int64(n))
			continue
		}
		_ = r.push(ctx, buf[:n], []record.Record{rec}, from.String())
	}
}

// push copies what was cut into a message, and gives every record its peer.
func (r *trial) push(ctx context.Context, text []byte, recs []record.Record, peer string) error {
	m := &inbox.Message{Lease: r.budget.Lease(peer), Body: append(make([]byte, 0, len(text)+64), text...), Records: recs}
	m.Body = m.Brought.Add(m.Body, "peer", []byte(peer), record.String)
	set := m.Brought.End(0, 0)
	size := int64(0)
	for i := range recs {
		recs[i].Brought = set
		size += int64(recs[i].Size)
	}
	m.Settled = func(o inbox.Outcome) { r.gave.Add(trialStop, o.Records, o.Bytes) }
	n := int64(len(recs))
	err := m.Lease.Wait(ctx, m.Size())
	if err == nil {
		err = r.queue.PushRun(&r.run, m, size)
	}
	if err != nil {
		m.Lease.End()
		r.gave.Add(trialStop, n, size)
		return err
	}
	r.taken.Add(n)
	return nil
}

func (r *trial) Fill(b *record.Batch, l record.Limits) (more bool) { return r.queue.Fill(b, l) }
func (r *trial) Ready() <-chan struct{}                            { return r.queue.Ready() }
func (r *trial) Done(b *record.Batch, delivered bool)              { r.queue.Done(b, delivered) }

func (r *trial) Close() error {
	r.queue.Close()
	return nil
}

func (r *trial) Received() readers.Received {
	return readers.Received{
		Connections: r.house.Count(), Turned: r.house.Turned(), Closed: r.house.Closed(),
		Memory: r.budget.Used(), MemoryMax: r.budget.Size(), GivenUp: r.gave.Snapshot(),
	}
}
