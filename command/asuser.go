package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/preview/discover"
)

// becomeUser has root go on as a user, in all of its groups, for as long as the process lives.
func becomeUser(u *user.User) error {
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return fmt.Errorf("cannot become %s: %w", u.Username, err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return fmt.Errorf("cannot become %s: %w", u.Username, err)
	}
	groups := []int{gid}
	if ids, err := u.GroupIds(); err == nil { // who has no name has no other groups
		for _, id := range ids {
			if n, err := strconv.Atoi(id); err == nil {
				groups = append(groups, n)
			}
		}
	}
	if err := syscall.Setgroups(groups); err != nil {
		return fmt.Errorf("cannot become %s: %w", u.Username, err)
	}
	if err := errors.Join(syscall.Setgid(gid), syscall.Setuid(uid)); err != nil {
		return fmt.Errorf("cannot become %s: %w", u.Username, err)
	}
	return nil
}

// becomeOwner has root go on as who owns a data folder: what root writes there the agent could not read.
func becomeOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("cannot find the data folder: %w", err)
	}
	st := info.Sys().(*syscall.Stat_t)
	if os.Geteuid() != 0 || st.Uid == 0 {
		return nil
	}
	owner, err := user.LookupId(strconv.Itoa(int(st.Uid)))
	if err != nil { // it may have no name
		owner = &user.User{Uid: strconv.Itoa(int(st.Uid)), Gid: strconv.Itoa(int(st.Gid)), Username: "its owner"}
	}
	return becomeUser(owner)
}

// unreadable is something that a user cannot read, and the agent would have to.
type unreadable struct {
	Source string `json:"source"`
	Path   string `json:"path"`
	Error  string `json:"error"`
	Advice string `json:"advice"`
}

// unreadableMost is how many are found for a source: one is enough to see what is wrong, and all may be wrong alike.
const unreadableMost = 20

// readableBy finds what the sources name with the rights of this process, and then, as a user, what of it cannot be read. The process is
// that user's from then on.
func readableBy(name string, cfg *conf.Config) ([]unreadable, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("cannot find user %s: %w", name, err)
	}
	if me := strconv.Itoa(os.Geteuid()); me != "0" && me != u.Uid {
		return nil, fmt.Errorf("cannot try it as %s: only root can become another user", name)
	}
	type named struct{ source, path string }
	var files []named
	for _, s := range cfg.Sources {
		if of := kinds.FilesOf(s.Reader); of != nil {
			of.Match(20_000, func(path string, _ os.FileInfo) bool {
				files = append(files, named{s.Name, path})
				return true
			})
		}
	}
	if os.Geteuid() == 0 {
		if err := becomeUser(u); err != nil {
			return nil, err
		}
	}
	all, count, folders := []unreadable{}, map[string]int{}, map[[2]string]bool{}
	add := func(source, path string, err error, rights string) {
		if count[source]++; count[source] <= unreadableMost {
			advice := "sudo setfacl -m u:" + name + ":" + rights + " " + discover.Shell(path)
			if errors.Is(err, fs.ErrPermission) {
				err = fs.ErrPermission
			} else {
				advice = "it is no matter of rights"
			}
			all = append(all, unreadable{source, path, err.Error(), advice})
		}
	}
	for _, f := range files {
		dir, rights := filepath.Dir(f.path), "rx" // names are found by listing their folder
		if above := closedAbove(dir); above != "" {
			dir, rights = above, "x"
		}
		_, err := os.ReadDir(dir)
		if rights == "x" {
			err = fs.ErrPermission
		}
		if err != nil {
			if id := [2]string{f.source, dir}; !folders[id] {
				folders[id] = true
				add(f.source, dir, err, rights)
			}
			continue
		}
		fd, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			add(f.source, f.path, err, "r")
			continue
		}
		fd.Close()
	}
	return all, nil
}

// closedAbove returns the first folder above another one that this process may not go through; "": it may go through all.
func closedAbove(dir string) string {
	for i := range dir {
		if dir[i] == '/' && i > 0 && unix.Access(dir[:i], unix.X_OK) == unix.EACCES {
			return dir[:i]
		}
	}
	return ""
}
