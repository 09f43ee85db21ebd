package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

var (
	kills = flag.Int("kills", 12, "how often each kill test kills its process")
	seed  = flag.Uint64("seed", 0, "seed of the random moments; 0 takes a new one")
)

func TestMain(m *testing.M) {
	if what := os.Getenv(mirrorVariable); what != "" {
		if err := serveMirror(what); err != nil {
			fmt.Fprintln(os.Stderr, "cannot serve a mirror:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	// The tests wait most of the time, so more of them fit on a small machine.
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		if err := flag.Set("test.parallel", fmt.Sprint(max(4, runtime.GOMAXPROCS(0)))); err != nil {
			panic(err)
		}
	}
	go serveStarts()
	code := m.Run()
	stopSearch()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// binary builds the program once and returns its path. LOGSKIFF_E2E_RACE=1
// builds it with the race detector; LOGSKIFF_E2E_BINARY names one that is there
// (from a package, say), which is then tested instead.
func binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.path = os.Getenv("LOGSKIFF_E2E_BINARY"); built.path != "" {
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "logskiff-e2e-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "logskiff")
		args := []string{"build", "-o", built.path}
		if racing() {
			args = append(args, "-race")
		}
		cmd := exec.Command("go", append(args, "..")...)
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("cannot build the program: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func racing() bool { return os.Getenv("LOGSKIFF_E2E_RACE") == "1" }

// random returns a generator for one test and logs how to repeat its choices.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("random moments: go test ./e2e -run '^%s$' -seed %d", t.Name(), *seed)
	return rand.New(rand.NewPCG(*seed, 0))
}

// starts are run by one goroutine on a thread that never ends: Linux ties
// "kill this child when its parent dies" to the thread that started it.
var starts = make(chan func())

func serveStarts() {
	runtime.LockOSThread()
	for f := range starts {
		f()
	}
}

// eventually waits until cond holds, and fails the test when it does not in time.
func eventually(t *testing.T, timeout time.Duration, what string, cond func() bool) {
	t.Helper()
	if !waitFor(timeout, cond) {
		t.Fatalf("not within %v: %s", timeout, what)
	}
}

// waitFor looks at cond again and again until it holds or the time is over.
func waitFor(timeout time.Duration, cond func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(timeout); ; <-tick.C {
		if cond() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// pass lets time go by. It is for moments chosen at random and for how long a
// trouble lasts, never to wait for something.
func pass(d time.Duration) { <-time.After(d) }
