package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"

	"logskiff/bench/gen"
	"logskiff/bench/sink"
)

// copySize is the most that the bare copy reads and posts at once, in bytes.
const copySize = 1 << 20

// copyName is the bare copy's name in tables.
const copyName = "bare copy"

// copySubject is the machine's limit for what an agent does: pread, and bodies of
// whole lines posted without a look at what is in them but for the last newline. It
// keeps nothing, checks nothing and would lose and repeat.
func copySubject() subject {
	return subject{name: copyName, kind: sink.Lines, prepare: func(j job) ([]string, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("cannot start the bare copy: %w", err)
		}
		return append([]string{self, "post", j.paths[0]}, j.addrs...), nil
	}}
}

// copyLines is the scenario of the bare copy.
var copyLines = scenario{title: "lines, posted unread", shape: gen.Combined, kind: sink.Lines}

func (b *bench) copySpeed(ctx context.Context) error {
	return b.speed(ctx, copySubject(), copyLines)
}

// copyMain is the bare copy's process: it posts a file to each address over a connection of its own, and waits to be
// ended, as an agent does.
func copyMain(args []string) error {
	if len(args) < 2 {
		return errors.New("cannot copy: want a file and addresses")
	}
	path, addrs := args[0], args[1:]
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot copy: %w", err)
	}
	defer f.Close()
	in := &pieces{file: f}
	group, posting := errgroup.WithContext(ctx)
	for _, addr := range addrs {
		group.Go(func() error { return postPieces(posting, in, addr) })
	}
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("cannot copy: %w", err)
	}
	<-ctx.Done()
	return nil
}

// pieces hands out a file in pieces that end with a line.
type pieces struct {
	mu   sync.Mutex
	file *os.File
	at   int64
}

// next reads the next piece into buf; it is empty at the end of the file.
func (p *pieces) next(buf []byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.file.ReadAt(buf, p.at)
	if err != nil && err != io.EOF {
		return nil, err
	}
	n = bytes.LastIndexByte(buf[:n], '\n') + 1
	p.at += int64(n)
	return buf[:n], nil
}

// postPieces posts pieces one after the other, each when the last one was taken.
func postPieces(ctx context.Context, in *pieces, addr string) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	answers, buf := bufio.NewReader(c), make([]byte, copySize)
	var head []byte
	for {
		body, err := in.next(buf)
		if err != nil || len(body) == 0 {
			return err
		}
		head = append(head[:0], "POST /v1/batch HTTP/1.1\r\nHost: "+addr+"\r\nContent-Type: text/plain\r\nContent-Length: "...)
		head = append(strconv.AppendInt(head, int64(len(body)), 10), "\r\n\r\n"...)
		if _, err := (&net.Buffers{head, body}).WriteTo(c); err != nil {
			return err
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("the sink answered %s", res.Status)
		}
	}
}
