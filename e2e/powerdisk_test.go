package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// powerDisk is an ext4 file system in a file whose power can be cut: what was not
// synced by then is gone, as after a real cut.
type powerDisk struct {
	t      *testing.T
	device string // always the same one, as a machine's disk is after a restart mostly
	dir    string
}

func newPowerDisk(t *testing.T) *powerDisk {
	t.Helper()
	need(t, "mkfs.ext4")
	need(t, "loop mounts")
	image := filepath.Join(t.TempDir(), "disk.img")
	makeImage(t, image)
	device, err := exec.Command(path("losetup"), "--find", "--show", image).CombinedOutput()
	if err != nil {
		t.Fatalf("losetup: %v: %s", err, device)
	}
	d := &powerDisk{t, strings.TrimSpace(string(device)), t.TempDir()}
	t.Cleanup(func() {
		if out, err := exec.Command(path("losetup"), "--detach", d.device).CombinedOutput(); err != nil {
			t.Errorf("losetup: %v: %s", err, out)
		}
	})
	d.mount()
	t.Cleanup(d.umount)
	return d
}

func makeImage(t *testing.T, image string) {
	t.Helper()
	if err := errorOf(os.WriteFile(image, nil, 0o600), os.Truncate(image, 48<<20)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path("mkfs.ext4"), "-q", "-F", "-O", "^metadata_csum", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// loopMissing tries what the tests do.
func loopMissing(t *testing.T) string {
	if os.Geteuid() != 0 {
		return "a file system in a file cannot be mounted: only root can"
	}
	if path("mkfs.ext4") == "" {
		return "mkfs.ext4 is not installed (apt-get install e2fsprogs)"
	}
	image, dir := filepath.Join(t.TempDir(), "disk.img"), t.TempDir()
	makeImage(t, image)
	if out, err := exec.Command("mount", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		return "a file system in a file cannot be mounted: " + strings.TrimSpace(string(out))
	}
	defer unmount(t, dir)
	if err := shutdown(dir); err != nil {
		return "the power of an ext4 cannot be cut: " + err.Error()
	}
	return ""
}

func (d *powerDisk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *powerDisk) mount() {
	d.t.Helper()
	if out, err := exec.Command("mount", d.device, d.dir).CombinedOutput(); err != nil {
		d.t.Fatalf("mount: %v: %s", err, out)
	}
}

func (d *powerDisk) umount() {
	d.t.Helper()
	unmount(d.t, d.dir)
}

// unmount tries for a while: a process that another test starts at this moment has our
// descriptors until it runs its program.
func unmount(t *testing.T, dir string) {
	t.Helper()
	var err error
	if !waitFor(5*time.Second, func() bool { err = syscall.Unmount(dir, 0); return err == nil }) {
		t.Errorf("cannot unmount %s: %v", dir, err)
	}
}

// cut takes the power away: nothing reaches the disk any more. Who uses it must be
// killed before it comes back.
func (d *powerDisk) cut() {
	d.t.Helper()
	if err := shutdown(d.dir); err != nil {
		d.t.Fatal(err)
	}
}

// restore gives the power back, and has the file system repair itself.
func (d *powerDisk) restore() {
	d.t.Helper()
	d.umount()
	d.mount()
}

// shutdown is EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h).
func shutdown(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := uint32(2)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), 0x8004587d, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		return errno
	}
	return nil
}

// The disk itself must be able to forget.
func TestPowerDiskForgetsWhatWasNotSynced(t *testing.T) {
	t.Parallel()
	d := newPowerDisk(t)
	writeSynced(t, d.path("synced"), 0, 10)
	if err := os.WriteFile(d.path("not synced"), appendLine(nil, 10), 0o644); err != nil {
		t.Fatal(err)
	}
	d.cut()
	if err := os.WriteFile(d.path("later"), appendLine(nil, 11), 0o644); err == nil {
		t.Fatal("a disk without power takes a file")
	}
	d.restore()
	if lines := readLines(t, d.path("synced")); len(lines) != 10 {
		t.Fatalf("%d lines of 10 that were synced", len(lines))
	}
	if _, err := os.Stat(d.path("not synced")); !os.IsNotExist(err) {
		t.Fatalf("what was not synced is there: %v", err)
	}
}
