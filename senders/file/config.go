package file

import (
	"errors"
	"time"

	"logskiff/conf"
)

// Config is the table of `[[sender]] file = {...}`.
type Config struct {
	Path         string        `toml:"path" doc:"Folder for the received-*.ndjson files; made when it is missing, with an index folder inside that must stay with them. A relative path is below the folder the program was started in."`
	RotateSize   conf.Size     `toml:"rotate_size" doc:"A new file is begun when the current one is this large. 256MiB is quick to copy and search."`
	RotateAge    conf.Duration `toml:"rotate_age" doc:"A new file is begun when something arrives and the current one is this old. 1d keeps one file a day at least; 0s: never by age."`
	KeepFiles    int           `toml:"keep_files" doc:"How many finished files to keep; older ones are deleted. 0, the default, deletes nothing."`
	DedupKeep    conf.Duration `toml:"dedup_keep" doc:"How long the offsets of a stream that sends nothing more are remembered, to leave out records it repeats. 7d outlasts an agent that was down for some days. It is counted while the forwarder runs; of the time it does not, and of a clock that jumps meanwhile, one day at most counts."`
	DedupMemory  conf.Size     `toml:"dedup_memory" doc:"Memory for what is remembered of streams, about 180 bytes each; what does not fit lies in the index folder alone, where it takes about 100 bytes, and is read when it is needed. 8MiB is enough for 45,000 streams."`
	DedupStreams int           `toml:"dedup_streams" doc:"How many streams are remembered, in memory or not; of more, those heard of longest ago are forgotten, with a warning. 1000000 take 100 MB of disk and 3 MB of memory."`
}

// Default returns the settings used for what is not set.
func Default() Config {
	return Config{
		Path:        "received",
		RotateSize:  256 << 20,
		RotateAge:   conf.Duration(24 * time.Hour),
		DedupMemory: 8 << 20, DedupStreams: 1_000_000,
		DedupKeep: conf.Duration(7 * 24 * time.Hour),
	}
}

// Validate returns one *conf.FieldError for each wrong key, joined.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &conf.FieldError{Key: key, Msg: msg, Hint: hint}) }
	if c.Path == "" {
		bad("path", "must name a folder", `"received" is the default`)
	}
	if c.RotateSize < 64<<10 {
		bad("rotate_size", "must be at least 64KiB", "256MiB is the default")
	}
	if c.RotateAge != 0 && c.RotateAge.Std() < time.Second {
		bad("rotate_age", "must be at least 1s, or 0s for never", "1d is the default")
	}
	if c.KeepFiles < 0 {
		bad("keep_files", "must not be negative", "0 keeps all files")
	}
	if c.DedupKeep.Std() < time.Minute {
		bad("dedup_keep", "must be at least 1m", "7d is the default")
	}
	if c.DedupMemory < 64<<10 {
		bad("dedup_memory", "must be at least 64KiB", "8MiB is the default")
	}
	if c.DedupStreams < 100 {
		bad("dedup_streams", "must be at least 100", "1000000 is the default")
	}
	return errors.Join(errs...)
}
