package readertest_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"logskiff/agent/sdlisten"
	"logskiff/agent/sdlisten/sdlistentest"
	"logskiff/conf"
	"logskiff/readers/lines"
	"logskiff/readers/readertest"
	"logskiff/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func defaultTrial() trialEnv {
	var none *sdlisten.Sockets
	return trialEnv{
		listen: none.Listen, packets: none.ListenPacket, tcp: "127.0.0.1:0", udp: "127.0.0.1:0",
		memory: 4 << 20, most: 500, settings: lines.Default(),
	}
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never happened: " + what)
		}
	}
}

// isUp waits until r listens and receives.
func isUp(t *testing.T, r *trial) {
	t.Helper()
	select {
	case <-r.up:
	case <-time.After(time.Minute):
		t.Fatal("it does not listen, nor say why")
	}
	if r.unable != nil {
		t.Fatal(r.unable)
	}
}

// clients are connections to a trial, one for each name.
type clients struct {
	r       *trial
	network string
	by      map[string]net.Conn
	sent    int64
}

func (c *clients) of(t *testing.T, name string) net.Conn {
	t.Helper()
	isUp(t, c.r)
	if c.by[name] == nil {
		at := c.r.at.tcp
		if c.network == "udp" {
			at = c.r.at.udp
		}
		conn, err := net.Dial(c.network, at.String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		c.by[name] = conn
	}
	return c.by[name]
}

// write sends lines in a form, and returns when they have come.
func (c *clients) write(t *testing.T, name string, form func(line string) string, lines ...string) {
	t.Helper()
	conn := c.of(t, name)
	for _, line := range lines {
		if _, err := conn.Write([]byte(form(line))); err != nil {
			t.Fatal(err)
		}
		c.sent++
		until(t, line+" has come", func() bool { return c.r.taken.Load() == c.sent })
	}
}

// flood sends a datagram until ten of them found no room.
func (c *clients) flood(t *testing.T, line string) (sent int) {
	t.Helper()
	conn := c.of(t, "flood")
	gave := func() (n int64) {
		for _, g := range c.r.Received().GivenUp {
			n += g.Records
		}
		return n
	}
	for ; gave() < 10; sent++ {
		if _, err := conn.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		until(t, "a datagram is taken or given up", func() bool { return c.r.taken.Load()+gave() > int64(sent) })
	}
	c.sent = c.r.taken.Load()
	return sent
}

func TestAReaderOfLinesOverSocketsKeepsTheContract(t *testing.T) {
	run := func(name, network string, form func(line string) string, floods bool) {
		t.Run(name, func(t *testing.T) {
			readertest.Run(t, func(t *testing.T) readertest.Fixture {
				r, err := newTrial(defaultTrial())
				if err != nil {
					t.Fatal(err)
				}
				c := &clients{r: r, network: network, by: map[string]net.Conn{}}
				f := readertest.Fixture{
					Reader: r,
					Write:  func(t *testing.T, source string, lines ...string) { c.write(t, source, form, lines...) },
					Brings: func(source string) []string { return []string{"peer=" + c.of(t, source).LocalAddr().String()} },
				}
				if floods {
					f.Flood = c.flood
				}
				return f
			})
		})
	}
	run("lines", "tcp", func(line string) string { return line + "\n" }, false)
	run("datagrams", "udp", func(line string) string { return line }, true)
}

// running is a trial that runs until the test, or stop, ends it.
func running(t *testing.T, env trialEnv) (r *trial, stop func()) {
	t.Helper()
	r, err := newTrial(env)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if held := r.budget.Used(); held != 0 {
			t.Errorf("%d bytes are held by nothing", held)
		}
	}
	t.Cleanup(stop)
	isUp(t, r)
	return r, stop
}

// Hundreds of clients, of both framings, are one segment of a batch, and each record says whose it is.
func TestHundredsOfPeersAreOneSegment(t *testing.T) {
	r, _ := running(t, defaultTrial())
	c := &clients{r: r, network: "tcp", by: map[string]net.Conn{}}
	want := map[string]string{}
	for i := range 200 {
		name := fmt.Sprint("<1>client ", i)
		form := func(line string) string { return fmt.Sprintf("%d %s", len(line), line) }
		if i%2 == 0 {
			form = func(line string) string { return line + "\n" }
		}
		c.write(t, name, form, name+" one", name+" two")
		want[name] = "peer=" + c.of(t, name).LocalAddr().String()
	}
	b := new(record.Batch)
	r.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 1000, Segments: 24})
	if len(b.Segments) != 1 || len(b.Records) != 400 || b.Segments[0].N != 400 || b.Brought.Len() > 400 {
		t.Fatalf("%d records in %d segments, with %d sets", len(b.Records), len(b.Segments), b.Brought.Len())
	}
	for i := range b.Records {
		rec := &b.Records[i]
		text := string(b.Bytes(rec.Text))
		got := ""
		b.EachField(rec, func(name []byte, f record.Field) { got += fmt.Sprintf("%s=%s", name, b.Bytes(f.Span)) })
		if who, _, _ := cutLast(text); got != want[who] {
			t.Fatalf("%q came with %s, want %s", text, got, want[who])
		}
	}
	r.Done(b, true)
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ' ')
	return s[:i], s[i+1:], i >= 0
}

// A stack trace is one record, which does not wait for the line behind it longer than flush, and
// does not take half of that.
func TestAGroupIsSentWhenItsClientIsQuiet(t *testing.T) {
	env := defaultTrial()
	env.settings.Multiline.Preset, env.settings.Multiline.Flush = "java", conf.Duration(50*time.Millisecond)
	r, stop := running(t, env)
	c := (&clients{r: r, network: "tcp", by: map[string]net.Conn{}}).of(t, "a")
	trace := "java.lang.Error: x\n\tat a.b(C.java:1)\n"
	if _, err := c.Write([]byte("one\ntwo\n" + trace + "hal")); err != nil {
		t.Fatal(err)
	}
	until(t, "the trace has come", func() bool { return r.taken.Load() == 2 })
	if _, err := c.Write([]byte("f a line\nlast")); err != nil {
		t.Fatal(err)
	}
	until(t, "a whole line has come", func() bool { return r.taken.Load() == 3 })
	c.Close()
	until(t, "the last one has come", func() bool { return r.taken.Load() == 4 })
	b := new(record.Batch)
	r.Fill(b, record.Limits{Bytes: 1 << 20})
	var got []string
	for _, rec := range b.Records {
		got = append(got, string(b.Bytes(rec.Text)))
	}
	if want := []string{"one", "two\n" + strings.TrimSuffix(trace, "\n"), "half a line", "last"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Done(b, true)
	stop()
}

// A client that can wait does, and nothing of it is given up; one that cannot is counted.
func TestAFullQueueHoldsConnectionsAndCountsDatagrams(t *testing.T) {
	env := defaultTrial()
	env.memory = 64 << 10
	r, _ := running(t, env)
	stream, packets := (&clients{r: r, network: "tcp", by: map[string]net.Conn{}}).of(t, "a"), (&clients{r: r, network: "udp", by: map[string]net.Conn{}}).of(t, "b")
	line := strings.Repeat("x", 999) + "\n"
	sent := make(chan error, 1)
	go func() {
		_, err := stream.Write([]byte(strings.Repeat(line, 500)))
		sent <- err
	}()
	until(t, "the queue is full", func() bool { return r.budget.Used() > 40<<10 })
	// A datagram that there is no room for is counted, with its bytes.
	until(t, "a datagram is given up", func() bool {
		if _, err := packets.Write(make([]byte, 30<<10)); err != nil {
			t.Fatal(err)
		}
		got := r.Received().GivenUp
		return len(got) == 1 && got[0].Why == trialFull && got[0].Bytes == got[0].Records*30<<10
	})
	n := 0
	b := new(record.Batch)
	for n < 500 {
		select {
		case <-r.Ready():
		case <-time.After(time.Minute):
			t.Fatalf("%d of 500 lines have come", n)
		}
		for more := true; more; {
			b.Reset()
			more = r.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 100, Segments: 24})
			for _, rec := range b.Records {
				if rec.Text.Len == 999 {
					n++
				}
			}
			r.Done(b, true)
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

// Sockets that systemd passed go from reader to reader, as a reload does it, and what comes while there is none is not lost.
func TestInheritedSocketsGoFromReaderToReader(t *testing.T) {
	tcp, tcpAt := sdlistentest.Inherit(t, "tcp", "127.0.0.1:0")
	udp, udpAt := sdlistentest.Inherit(t, "udp", "127.0.0.1:0")
	env := defaultTrial()
	env.listen, env.packets, env.tcp, env.udp = tcp.Listen, udp.ListenPacket, tcpAt.String(), udpAt.String()
	for i := range 3 {
		for _, at := range []net.Addr{tcpAt, udpAt} {
			c, err := net.Dial(at.Network(), at.String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(c, "%s %d\n", at.Network(), i); err != nil {
				t.Fatal(err)
			}
			c.Close()
		}
		r, stop := running(t, env)
		until(t, "both have come", func() bool { return r.taken.Load() == 2 })
		b := new(record.Batch)
		r.Fill(b, record.Limits{Bytes: 1 << 20})
		if len(b.Records) != 2 || !strings.Contains(string(b.Buf), fmt.Sprintf("tcp %d", i)) || !strings.Contains(string(b.Buf), fmt.Sprintf("udp %d", i)) {
			t.Errorf("reader %d has %q", i, b.Buf)
		}
		r.Done(b, true)
		stop()
	}
}
