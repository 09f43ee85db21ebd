package agent

import (
	"errors"
	"fmt"

	"logskiff/conf"
)

// BadConfig says that the agent did not start because of its configuration: to
// start again without a change to it, or to a file that it names, is of no use.
type BadConfig struct{ Err error }

func (e *BadConfig) Error() string { return e.Err.Error() }
func (e *BadConfig) Unwrap() error { return e.Err }

// CheckFile loads a configuration as a start would, and finds out what else is wrong
// with it, without touching anything that a running agent uses.
func CheckFile(path string) (*conf.Config, error) {
	cfg, err := conf.LoadWithFiles(path, Kinds())
	if err != nil {
		return nil, err
	}
	return cfg, Check(cfg)
}

// checkBuildable finds what the loader could not: stages that a sender would
// pass by, parsers and senders that can't be built.
func checkBuildable(cfg *conf.Config, env senderEnv) error {
	return errors.Join(checkStages(cfg), checkSenders(cfg, env), checkParsers(cfg))
}

func checkParsers(cfg *conf.Config) error {
	var errs []error
	for _, s := range cfg.Sources {
		if _, err := BuildStages(s); err != nil {
			errs = append(errs, fmt.Errorf("cannot build the parser of source %q: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}
