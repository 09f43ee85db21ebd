package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// need skips the test when the machine lacks a part, and names it. With
// LOGSKIFF_REQUIRE_ALL=1 (continuous integration) a missing part is a failure.
func need(t *testing.T, part string) {
	t.Helper()
	why := missing(t, part)
	switch {
	case why == "":
	case os.Getenv("LOGSKIFF_REQUIRE_ALL") == "1":
		t.Fatalf("%s, and LOGSKIFF_REQUIRE_ALL=1 wants every test to run", why)
	default:
		t.Skip(why)
	}
}

func missing(t *testing.T, part string) string {
	switch part {
	case "mount":
		return mountMissing(t)
	case "fuse":
		return fuseMissing(t)
	case "loop mounts":
		return loopMissing(t)
	case "kafka":
		return kafkaMissing()
	case "opensearch":
		return opensearchMissing()
	case "victoria-logs":
		if path(part) == "" {
			return "victoria-logs is not installed (go install github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.1)"
		}
		return ""
	default:
		if path(part) == "" {
			return part + " is not installed (apt-get install " + part + ")"
		}
		return ""
	}
}

// path finds a program; Debian keeps nginx and logrotate where an ordinary
// user's PATH does not look.
func path(program string) string {
	if p, err := exec.LookPath(program); err == nil {
		return p
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/sbin"} {
		if p, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return p
		}
	}
	return ""
}

func mountMissing(t *testing.T) string {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		return "a small disk cannot be mounted (needs root): " + err.Error()
	}
	if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
		return "a small disk cannot be unmounted: " + err.Error()
	}
	return ""
}

// smallDisk mounts a file system of that size ("2m") and returns its folder.
// Call it before starting what uses it: it is unmounted last.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	need(t, "mount")
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size); err != nil {
		t.Fatalf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("cannot unmount the small disk: %v", err)
		}
	})
	return dir
}

// fill takes all space of a disk, and what becomes free later, until the
// returned function gives it back.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	ballast := filepath.Join(dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	hog := func() {
		for size := 1 << 20; size > 0; size /= 2 {
			for {
				if _, err := f.Write(make([]byte, size)); err != nil {
					break
				}
			}
		}
	}
	hog()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				hog()
			case <-stop:
				return
			}
		}
	}()
	empty = sync.OnceFunc(func() {
		close(stop)
		<-stopped
		if err := errors.Join(f.Close(), os.Remove(ballast)); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(empty)
	return empty
}
