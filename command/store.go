package command

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"logskiff/conf"
	"logskiff/kinds"
	sendfile "logskiff/senders/file"
)

func storeFolder(fs *flag.FlagSet) action {
	file := fs.String("c", "", "configuration `FILE` whose senders' folders are checked")
	remake := fs.Bool("remake", false, "make the index again from the data, and set the old one aside")
	return func(rest []string) int {
		if len(rest) == 0 || len(rest) > 2 || rest[0] != "check" || *file != "" && len(rest) > 1 {
			return usageError("store", "the one thing it can do is: store check [-c FILE | DIR]")
		}
		dirs := append(rest[1:], filepath.Join(quickstartData, "received"))[:1]
		if *file != "" {
			cfg, err := conf.Load(*file, kinds.All())
			if err != nil {
				return badConfig(err)
			}
			if dirs = folders(cfg); len(dirs) == 0 {
				return failed(fmt.Errorf("%s has no sender that writes files", *file))
			}
		}
		return checkStores(dirs, *remake)
	}
}

// folders returns those that the configuration's senders write files into.
func folders(cfg *conf.Config) (dirs []string) {
	for _, s := range cfg.Senders {
		if dir, ok := kinds.Folder(s.Plugin); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func checkStores(dirs []string, remake bool) int {
	code := exitOK
	for _, dir := range dirs {
		if remake {
			if err := sendfile.Remake(dir, newLog(os.Stderr, conf.Log{Level: "info"})); err != nil {
				return failed(fmt.Errorf("cannot make the index of %s again: %w", dir, err))
			}
		}
		sound, err := sendfile.Check(dir, os.Stdout)
		if err != nil {
			return failed(fmt.Errorf("cannot check %s: %w", dir, err))
		}
		if !sound {
			code = failed(errors.New(dir + ": data and index do not agree; nothing was changed. The next start keeps what is there"))
		}
	}
	return code
}
