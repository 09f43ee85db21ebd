package discover

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

const maxDescriptors = 200_000

// processes looks for logs among the files that processes hold open for writing
// (proc_pid_fd(5), proc_pid_fdinfo(5)). Without root only one's own are seen.
func (f *finder) processes() {
	looked, denied := 0, 0
	for _, pid := range f.names("/proc") {
		if pid[0] < '0' || pid[0] > '9' || pid == strconv.Itoa(os.Getpid()) {
			continue
		}
		dir := "/proc/" + pid + "/fd"
		if _, err := os.ReadDir(path.Join(f.Root, dir)); err != nil {
			if isPermission(err) {
				denied++
			}
			continue
		}
		for _, fd := range f.names(dir) {
			if looked++; looked > maxDescriptors {
				return
			}
			f.descriptor(pid, fd)
		}
	}
	if denied > 0 {
		f.note("/proc", fmt.Sprintf("%d processes do not show which files they write to", denied), "run it as root")
	}
}

func (f *finder) descriptor(pid, fd string) {
	link := path.Join(f.Root, "/proc", pid, "fd", fd)
	name, err := os.Readlink(link)
	if err != nil || !path.IsAbs(name) {
		return
	}
	gone := strings.HasSuffix(name, " (deleted)")
	name = strings.TrimSuffix(name, " (deleted)")
	if !looksLikeLog(name) || !f.writes(pid, fd) {
		return
	}
	why := "written by " + f.program(pid)
	if gone {
		f.note("process "+pid, f.program(pid)+" still writes to "+name+", which was deleted; nobody else can read that", "make it open its log again")
		return
	}
	info, err := f.stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	// In a container the same name can be another file.
	if own, err := os.Stat(link); f.Root == "/" && (err != nil || !os.SameFile(own, info)) {
		return
	}
	f.add(name, why)
}

func looksLikeLog(name string) bool {
	for _, not := range []string{"/proc/", "/sys/", "/dev/", "/run/", "/tmp/", "/var/tmp/", "/memfd:", "/var/log/journal/"} {
		if strings.HasPrefix(name, not) {
			return false
		}
	}
	base := path.Base(name)
	return !isRotated(base) && (isLogName(base) || inLogFolder(name))
}

// writes says whether a descriptor was opened for writing.
func (f *finder) writes(pid, fd string) bool {
	text, err := f.text("/proc/" + pid + "/fdinfo/" + fd)
	if err != nil {
		return false
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "flags:"); ok {
			flags, err := strconv.ParseUint(strings.TrimSpace(value), 8, 64)
			return err == nil && flags&syscall.O_ACCMODE != syscall.O_RDONLY
		}
	}
	return false
}

func (f *finder) program(pid string) string {
	text, err := f.text("/proc/" + pid + "/comm")
	if name := strings.TrimSpace(text); err == nil && name != "" {
		return name
	}
	return "process " + pid
}
