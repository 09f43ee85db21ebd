package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/senders"
)

// BadConfig says that the agent did not start because of its configuration: to
// start again without a change to it, or to a file that it names, is of no use.
type BadConfig struct{ Err error }

func (e *BadConfig) Error() string { return e.Err.Error() }
func (e *BadConfig) Unwrap() error { return e.Err }

// CheckFile loads a configuration as a start would, and finds out what else is wrong
// with it, without touching anything that a running agent uses.
func CheckFile(path string) (*conf.Config, error) {
	return conf.Check(path, kinds.All(), Check)
}

// CheckChange is CheckFile for a change to one of the files, which is not made.
func CheckChange(path string, change conf.Change) (*conf.Config, error) {
	return conf.CheckChange(path, kinds.All(), &change, Check)
}

// wrong is a mistake in one table, which conf.Check knows the place of.
func wrong(table, key, msg, hint string) error {
	return &conf.TableError{Table: table, FieldError: conf.FieldError{Key: key, Msg: msg, Hint: hint}}
}

// checkBuildable finds what the loader could not: stages that a sender would
// pass by, parsers and senders that can't be built.
func checkBuildable(cfg *conf.Config, env kinds.SenderEnv) error {
	built, err := builtSenders(cfg, env)
	return errors.Join(checkStages(cfg, built), err, checkParsers(cfg), checkTemplates(cfg), built.close())
}

// senderSet is senders by name that were built to be asked, and are not opened.
type senderSet map[string]*senders.Sender

// builtSenders builds those that can be, certificates and all, which touches nothing that
// runs. The error has what is wrong with the others.
func builtSenders(cfg *conf.Config, env kinds.SenderEnv) (senderSet, error) {
	built, errs := senderSet{}, []error(nil)
	for _, c := range cfg.Senders {
		s, err := kinds.BuildSender(c.Plugin, env)
		if err != nil {
			errs = append(errs, wrong("sender "+c.Name, c.Kind, "cannot build it: "+err.Error(), "change its settings, or the files that they name"))
			continue
		}
		built[c.Name] = s
	}
	return built, errors.Join(errs...)
}

func (s senderSet) close() error {
	var errs []error
	for _, one := range s {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

func checkParsers(cfg *conf.Config) error {
	var errs []error
	for _, s := range cfg.Sources {
		if _, err := kinds.BuildStages(s); err != nil {
			errs = append(errs, wrong("source "+s.Name, "parser", "cannot build it: "+err.Error(), "change its settings, or those of time and fields"))
		}
		for _, bad := range kinds.UnknownFields(s) {
			errs = append(errs, wrong("source "+s.Name, bad.Key, bad.Msg, bad.Hint))
		}
	}
	return errors.Join(errs...)
}

// checkTemplates finds fields that templates of a sender name and that no record of one of its sources can have.
func checkTemplates(cfg *conf.Config) error {
	var errs []error
	pipelines := configured(cfg)
	told := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(pipelines)) {
		p := pipelines[name]
		for _, bad := range kinds.UnknownNames(p.source, p.sender.Plugin) {
			if at := p.sender.Name + "/" + bad.Key; !told[at] {
				told[at] = true
				errs = append(errs, wrong("sender "+p.sender.Name, bad.Key, bad.Msg, bad.Hint))
			}
		}
	}
	return errors.Join(errs...)
}

// checkStages refuses sources whose stages would silently do nothing (what must be
// redacted would be sent), and those whose lines a forwarder would take for others.
func checkStages(cfg *conf.Config, built senderSet) error {
	var errs []error
	pipelines := configured(cfg)
	for _, name := range slices.Sorted(maps.Keys(pipelines)) {
		p := pipelines[name]
		s := built[p.sender.Name]
		if s == nil || !s.AsRead {
			continue
		}
		key, what, why, setting := kinds.Remakes(p.source.Reader), "does not go with", ": a forwarder counts offsets by their bytes, and would refuse these", "format"
		if !s.Recounted {
			setting = "value"
		}
		switch {
		case len(p.source.Fields) > 0:
			key, what, why = "fields", "does nothing for", ""
		case !s.Recounted:
			continue
		case p.source.Time != nil:
			key, what, why = "time", "does nothing for", ""
		case key == "":
			continue
		}
		errs = append(errs, wrong("source "+p.source.Name, key, fmt.Sprintf("%s sender %q, which sends lines as they were read%s", what, p.sender.Name, why),
			"write "+setting+" = \"ndjson\" there, or send from a source of its own"))
	}
	return errors.Join(errs...)
}
