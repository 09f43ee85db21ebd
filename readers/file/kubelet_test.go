package file

import (
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/readers/readertest"
)

// kubelet rotates as the real one does (container_log_manager.go): it deletes what is
// too old, compresses what it renamed last time, renames the log, and then has the
// runtime open a new one.
type kubelet struct {
	storm
	kept  int // files, the log too; containerLogMaxFiles
	times int
}

func (k *kubelet) rotate() {
	rotated, err := filepath.Glob(k.name + ".*")
	k.must(err)
	slices.Sort(rotated) // the names end with times
	for len(rotated) > k.kept-2 {
		k.must(os.Remove(rotated[0]))
		rotated = rotated[1:]
	}
	for _, name := range rotated {
		if strings.HasSuffix(name, ".gz") {
			continue
		}
		k.copyTo(name, name+".tmp", func(w io.WriteCloser) io.WriteCloser {
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			return z
		})
		k.must(os.Rename(name+".tmp", name+".gz"))
		k.must(os.Remove(name))
	}
	k.times++
	k.must(os.Rename(k.name, fmt.Sprintf("%s.20261128-%06d", k.name, k.times)))
	k.did("has renamed")
	for range k.rnd.IntN(4) { // the runtime writes on until it is told
		k.write(k.rnd.IntN(10))
		time.Sleep(time.Duration(k.rnd.IntN(5)) * time.Millisecond)
	}
	k.must(k.f.Close())
	if k.rnd.IntN(2) == 0 {
		time.Sleep(time.Duration(k.rnd.IntN(30)) * time.Millisecond)
	}
	k.open()
}

// TestKubelet follows a container's log in both layouts, with the stock settings and at
// a high rate, and beside a reader that is killed all the time.
func TestKubelet(t *testing.T) {
	for _, links := range []bool{false, true} {
		t.Run(fmt.Sprintf("links=%v stock", links), func(t *testing.T) {
			t.Parallel()
			rotates(t, links, false, 10<<20, 5, 4)
		})
		t.Run(fmt.Sprintf("links=%v killed", links), func(t *testing.T) {
			t.Parallel()
			rotates(t, links, true, 20<<10, 1000, 25)
		})
	}
}

func rotates(t *testing.T, links, killed bool, size, kept, rotations int) {
	seed := rand.Uint64()
	logs, err := os.Create(filepath.Join(t.TempDir(), "reader.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	dir := t.TempDir()
	pod, containers := filepath.Join(dir, "pods/shop_web_1/nginx"), filepath.Join(dir, "containers")
	if err := mkdirs(pod, containers); err != nil {
		t.Fatal(err)
	}
	k := &kubelet{kept: kept, storm: storm{
		t: t, dir: pod, name: filepath.Join(pod, "0.log"), rnd: rand.New(rand.NewPCG(seed, 1)),
		reg: readertest.NewRegistry(), cfg: Default(), log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), ids: map[int]map[string]bool{},
	}}
	k.cfg.Paths = []string{filepath.Join(dir, "pods/*/*/*.log")}
	if links {
		k.cfg.Paths = []string{filepath.Join(containers, "*.log")}
		k.must(os.Symlink(k.name, filepath.Join(containers, "web_shop_nginx-1.log")))
	}
	k.cfg.StartAt = "beginning"
	k.cfg.PollInterval = conf.Duration(50 * time.Millisecond)
	k.open()
	k.write(1)
	rnd := rand.New(rand.NewPCG(seed, 2))
	k.live(rnd, time.After(30*time.Millisecond), time.Now)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range rotations {
			for written := 0; written < size; {
				n := min(size/10, 100<<10) / 110
				k.write(n)
				written += n * 110
				time.Sleep(time.Millisecond)
			}
			k.rotate()
		}
	}()
	life := func() <-chan time.Time {
		if killed {
			return time.After(time.Duration(rnd.IntN(100)) * time.Millisecond)
		}
		over := make(chan time.Time)
		go func() { <-done; close(over) }()
		return over
	}
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
			k.live(rnd, life(), time.Now)
		}
	}
	k.must(k.f.Close())
	begun := time.Now()
	k.live(rnd, k.over(), func() time.Time { return begun.Add(50 * time.Since(begun)) })
	all := append(k.troubles(), k.reg.Broken()...)
	for _, l := range k.reg.Losses() {
		all = append(all, "counted as lost: "+l)
	}
	if len(all) > 0 {
		text, _ := os.ReadFile(logs.Name())
		text = text[:min(len(text), 100<<10)]
		t.Errorf("seed %d, after %d rotations:\n%s\nlog:\n%s", seed, rotations, strings.Join(all[:min(len(all), 50)], "\n"), text)
	}
}
