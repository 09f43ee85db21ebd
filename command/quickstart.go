package command

import (
	"fmt"
	"net"
	"os"
	"path/filepath"

	"logskiff/agent"
	"logskiff/command/console"
	"logskiff/command/quickstart"
	"logskiff/conf"
	"logskiff/kinds"
)

const (
	quickstartRoot = "/var/log"
	quickstartData = "logskiff-data"
)

// runQuickstart is "logskiff run" for someone who has no configuration yet.
func runQuickstart() int {
	data, err := filepath.Abs(quickstartData)
	if err != nil {
		return failed(err)
	}
	screen := console.New(os.Stdout)
	found := quickstart.Find(quickstartRoot, data)
	text := quickstart.Config(found, quickstartRoot, data, freePort("7711"))
	cfg, err := conf.Parse("the built-in configuration", []byte(text), kinds.All())
	if err != nil {
		return badConfig(err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return failed(fmt.Errorf("cannot make the data folder; start it where you may write, or with a configuration: %w", err))
	}
	o := agent.Options{Log: newLog(screen, conf.Log{Level: "warn"}), Version: builtFrom().String()}
	return runAgent("", cfg, o, nil, screen, func() error {
		if err := os.WriteFile(filepath.Join(data, "logskiff.toml"), []byte(text), 0o600); err != nil {
			return fmt.Errorf("cannot write the configuration it runs with: %w", err)
		}
		screen.Introduce(found, quickstartRoot, filepath.Join(quickstartData, "received"), filepath.Join(quickstartData, "logskiff.toml"))
		return nil
	})
}

// freePort returns want, or another free loopback port when that is taken.
func freePort(want string) string {
	for _, port := range []string{want, "0"} {
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		_, got, _ := net.SplitHostPort(l.Addr().String())
		l.Close()
		return got
	}
	return want // the forwarder will say why it cannot listen
}
