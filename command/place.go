package command

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"logskiff/conf"
)

// packagedConfig is the configuration that the packages install.
const packagedConfig = "/etc/logskiff/logskiff.toml"

// place is where the agent is that a command asks: the options -c and --data-dir, or what is found without them.
type place struct {
	file, dir *string
	packaged  string // packagedConfig but in tests
}

func placeFlags(fs *flag.FlagSet) place {
	return place{
		file:     fs.String("c", "", "configuration `FILE` of the agent, which names its data folder (default "+packagedConfig+", then ./"+quickstartData+")"),
		dir:      fs.String("data-dir", "", "the agent's data `DIR`, instead of a configuration"),
		packaged: packagedConfig,
	}
}

// dataDir finds the agent's data folder, and says on standard error which it took where nobody named one. A code that is not exitOK was
// explained there too.
func (p place) dataDir() (dir string, code int) {
	file := *p.file
	switch {
	case *p.dir != "":
		return *p.dir, exitOK
	case file == "" && exists(p.packaged):
		file = p.packaged
		fmt.Fprintln(os.Stderr, "asking the agent of "+file)
	case file == "" && exists(quickstartData):
		fmt.Fprintln(os.Stderr, "asking the agent in ./"+quickstartData)
		return quickstartData, exitOK
	case file == "":
		failed(fmt.Errorf("cannot find an agent: there is neither %s nor ./%s; name its configuration with -c, or its data folder with --data-dir", p.packaged, quickstartData))
		return "", exitUnreachable
	}
	dir, err := conf.DataDir(file)
	if err != nil {
		return "", badConfig(err)
	}
	return dir, exitOK
}

// configuration is the file that dataDir took, "" when it took none.
func (p place) configuration() string {
	if *p.file == "" && *p.dir == "" && exists(p.packaged) {
		return p.packaged
	}
	return *p.file
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
