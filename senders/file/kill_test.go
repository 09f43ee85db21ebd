package file

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"logskiff/senders"
)

const (
	killStreams = 4
	killSize    = 11 // bytes of a record
)

// writeUntilKilled is the process that TestKilledAtAnyMoment kills. It sends on
// from the positions it is given as an agent would: several batches in flight, cut at
// random, some of what is acknowledged again. It prints a position once all before it is
// acknowledged.
func writeUntilKilled(dir string) {
	cfg := testConfig(dir)
	cfg.RotateSize = 64 << 10
	e, err := open(cfg, Env{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println("cannot open:", err)
		os.Exit(1)
	}
	var out sync.Mutex
	for i, from := range strings.Split(os.Getenv("FILESEND_KILL_FROM"), ",") {
		acked, _ := strconv.ParseInt(from, 10, 64) // in records
		go func() {
			for {
				first := max(0, acked-rand.Int64N(20))
				middle := acked + 1 + rand.Int64N(30)
				last := middle + 1 + rand.Int64N(30)
				var wg sync.WaitGroup
				for _, r := range [][2]int64{{first, middle}, {middle, last}} {
					wg.Go(func() {
						s := seg{byte(i), r[0] * killSize, int(r[1] - r[0]), killSize}
						if res := e.Send(context.Background(), payload(s)); res.Class != senders.Delivered {
							fmt.Println("not delivered:", res.Reason)
							os.Exit(1)
						}
					})
				}
				wg.Wait()
				acked = last
				out.Lock()
				fmt.Println(i, acked)
				out.Unlock()
			}
		}()
	}
	select {}
}

func TestKilledAtAnyMomentEveryAcknowledgedRecordIsThereOnce(t *testing.T) {
	dir := t.TempDir()
	var acked [killStreams]int64
	for round := range 30 {
		killOnce(t, dir, &acked)
		if round%3 == 2 {
			continue // the next process cleans up by itself
		}
		checkKilled(t, dir, acked)
	}
	checkKilled(t, dir, acked)
	for i, n := range acked {
		if n == 0 {
			t.Fatalf("stream %d never got anywhere", i)
		}
	}
	t.Log("acknowledged:", acked)
}

func checkKilled(t *testing.T, dir string, acked [killStreams]int64) {
	t.Helper()
	e, err := open(testConfig(dir), testEnv(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	got := offsets(t, dir)
	for k, n := range got {
		if n != 1 {
			t.Fatalf("%s is there %d times", k, n)
		}
	}
	for i, n := range acked {
		for r := range n {
			if k := fmt.Sprintf("%02x@%d", i, r*killSize); got[k] == 0 {
				t.Fatalf("%s was acknowledged (up to record %d) and is not there", k, n)
			}
		}
	}
}

// killOnce runs the process, kills it a random time after its first words, and
// notes what it acknowledged.
func killOnce(t *testing.T, dir string, acked *[killStreams]int64) {
	t.Helper()
	var from []string
	for _, n := range acked {
		from = append(from, strconv.FormatInt(n, 10))
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "FILESEND_KILL_DIR="+dir, "FILESEND_KILL_FROM="+strings.Join(from, ","))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for first := true; ; first = false {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break // killed; a half-printed line does not count
		}
		if err != nil {
			t.Fatal(err)
		}
		var i int
		var n int64
		if _, err := fmt.Sscan(line, &i, &n); err != nil {
			t.Fatalf("the process says %q", line)
		}
		acked[i] = max(acked[i], n)
		if first {
			time.AfterFunc(time.Duration(rand.Int64N(int64(30*time.Millisecond))), func() { cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the process ended by itself: %v", err)
	}
}
