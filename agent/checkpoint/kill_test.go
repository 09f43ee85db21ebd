package checkpoint

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

// killed is the process that dies: it says what it stored after Advance returned.
func killed(dir string) {
	s, err := Open(dir, Options{Interval: 5 * time.Millisecond})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	go func() { _ = s.Run(context.Background()) }()
	p := s.Pipeline("source/sender")
	offset := map[record.StreamID]int64{}
	for _, l := range s.All() {
		offset[l.ID] = l.Offset
	}
	tick := time.NewTicker(400 * time.Microsecond) // slower than what is written at once
	for n := 0; ; n++ {
		c := checkpoint(n % 5)
		if _, known := offset[c.ID]; !known {
			if err := p.Register(c, n%2 == 0); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
			offset[c.ID] = c.Offset
		}
		offset[c.ID] += 7
		p.Advance(c.ID, record.Position{Offset: offset[c.ID]}, 4, 3, 0)
		fmt.Println(c.ID, offset[c.ID])
		<-tick.C
	}
}

func TestAfterKill9NothingThatWasAcknowledgedIsForgotten(t *testing.T) {
	dir := t.TempDir()
	said := map[string]int64{}
	for range 50 {
		kills := rand.IntN(100) // lines after which it dies
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "CHECKPOINT_KILL_DIR="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		for n := 0; ; n++ {
			line, err := lines.ReadString('\n')
			if err == io.EOF {
				break
			}
			stream, offset := "", int64(0)
			if _, err := fmt.Sscan(line, &stream, &offset); err != nil || strings.HasPrefix(line, "error") {
				t.Fatalf("the process said %q", line)
			}
			said["source/sender "+stream] = offset
			if n == kills {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		got := mustRead(t, dir)
		for stream, offset := range said {
			if got[stream] < offset {
				t.Fatalf("%s is stored at %d, but %d was acknowledged", stream, got[stream], offset)
			}
		}
	}
	if n := len(asides(t, dir)); n > 0 {
		t.Fatalf("a kill damaged the store %d times", n)
	}
}
