package agent

import (
	"errors"

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
	return conf.Check(path, Kinds(), Check)
}

// wrong is a mistake in one table, which conf.Check knows the place of.
func wrong(table, key, msg, hint string) error {
	return &conf.TableError{Table: table, FieldError: conf.FieldError{Key: key, Msg: msg, Hint: hint}}
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
			errs = append(errs, wrong("source "+s.Name, "parser", "cannot build it: "+err.Error(), "change its settings, or those of time and fields"))
		}
	}
	return errors.Join(errs...)
}
