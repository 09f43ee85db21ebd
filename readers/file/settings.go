package file

import (
	"errors"
	"path/filepath"
	"time"

	"logskiff/conf"
	"logskiff/readers/file/glob"
	"logskiff/readers/lines"
)

// Config is `reader.file` of a source.
type Config struct {
	Paths       []string `toml:"paths" example:"[\"/var/log/app/*.log\"]" doc:"Files to follow, as absolute paths or globs (glob(7)): * and ? within a name, [a-z], [!a-z], [[:digit:]], also {a,b}, and ** for any folders in between. None of them matches a leading dot unless it is written. Required."`
	Exclude     []string `toml:"exclude" doc:"Globs of files not to follow; one without a slash is compared with the file's name alone."`
	FollowLinks bool     `toml:"follow_links" doc:"Follow symbolic links. false follows none, of files or folders, from a pattern's first wildcard on, or that is the last name of a path without one: set it where others than the administrator may write into the folders, since a link of theirs has the agent read whatever it may read itself."`

	StartAt string `toml:"start_at" doc:"Where to start in files that exist at the very first start: \"end\" (default, only new lines) or \"beginning\". Files that appear later are always read whole."`

	IgnoreOlder  conf.Duration   `toml:"ignore_older" doc:"Skip what is in files not modified for this long when they are first seen; 0 (default) skips nothing."`
	MaxLine      conf.Size       `toml:"max_line" doc:"A longer line is sent in marked parts of this size; default 1MiB."`
	PollInterval conf.Duration   `toml:"poll_interval" doc:"How often folders without change events (network file systems) are looked at: a file that was quiet is read there within 10 times this, if its folder holds no more than 2,000, and within 60 times with more; one that was written to lately each time. What others report is looked at all the same within 60 times this. Default 1s."`
	OpenFiles    int             `toml:"open_files" doc:"Most descriptors to keep open at once; default 256. All sources together have half of what the process may open (LimitNOFILE, ulimit -n), shared evenly; what some leave, others use."`
	RotateWait   conf.Duration   `toml:"rotate_wait" doc:"How long a renamed file must be quiet before it is no longer followed; default 5m, since a writer may go on using it."`
	Spool        conf.Size       `toml:"spool" doc:"Most disk space for the unread rest of deleted files, kept when the agent stops; 0 keeps nothing. Default 256MiB."`
	Multiline    lines.Multiline `toml:"multiline" doc:"Joins lines to one record."`
	Encoding     string          `toml:"encoding" doc:"Text encoding of the files: utf-8 (default), utf-16le, utf-16be, gbk, gb18030, big5, latin1 or shift-jis."`
}

// Default returns the settings of an empty table.
func Default() Config {
	text := lines.Default()
	return Config{
		FollowLinks:  true,
		StartAt:      "end",
		MaxLine:      text.MaxLine,
		PollInterval: conf.Duration(time.Second),
		OpenFiles:    256,
		RotateWait:   conf.Duration(5 * time.Minute),
		Spool:        256 << 20,
		Multiline:    text.Multiline,
		Encoding:     text.Encoding,
	}
}

// Lines returns what says how a file's text is cut into records.
func (c *Config) Lines() lines.Settings {
	return lines.Settings{Encoding: c.Encoding, MaxLine: c.MaxLine, Multiline: c.Multiline}
}

// Validate returns all that is wrong with c, as joined *conf.FieldError.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) {
		errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint})
	}
	if len(c.Paths) == 0 {
		bad("paths", "must name at least one file", `as in paths = ["/var/log/nginx/*.log"]`)
	}
	for _, p := range c.Paths {
		if !filepath.IsAbs(p) {
			bad("paths", "must be absolute: "+p, "begin with a slash")
		} else if _, err := glob.Compile(p); err != nil {
			bad("paths", err.Error(), "")
		}
	}
	for _, p := range c.Exclude {
		if _, err := glob.CompileExclude(p); err != nil {
			bad("exclude", err.Error(), "")
		}
	}
	if c.StartAt != "end" && c.StartAt != "beginning" {
		bad("start_at", "must be \"end\" or \"beginning\", not \""+c.StartAt+"\"", "")
	}
	if c.PollInterval.Std() < 10*time.Millisecond || c.PollInterval.Std() > time.Hour {
		bad("poll_interval", "must be from 10ms to 1h", "")
	}
	if c.OpenFiles < 1 {
		bad("open_files", "must be at least 1", "")
	}
	if c.IgnoreOlder < 0 {
		bad("ignore_older", "must not be negative", "")
	}
	if c.RotateWait < 0 {
		bad("rotate_wait", "must not be negative", "")
	}
	if c.Spool < 0 {
		bad("spool", "must not be negative", "use 0 to keep nothing")
	}
	text := c.Lines()
	text.Check(bad)
	return errors.Join(errs...)
}

// Remakes names the setting by which a record is not one line as it stands in its file; "": none does.
func (c *Config) Remakes() string {
	switch {
	case c.Encoding != "" && c.Encoding != "utf-8":
		return "encoding"
	case c.Multiline.Preset != "", c.Multiline.Start != "", c.Multiline.Continue != "":
		return "multiline"
	}
	return ""
}
