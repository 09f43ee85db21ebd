package conf

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Config is a whole configuration, decoded and checked.
type Config struct {
	Agent   Agent
	Sources []Source // in the order of the files, then of the text
	Senders []Sender
}

// Agent is the [agent] table.
type Agent struct {
	DataDir     string   `toml:"data_dir" doc:"Folder for checkpoints, quarantine and spooled files. Give each agent of a host its own."`
	Listen      string   `toml:"listen" doc:"Address of the local web page, the API and the metrics; \"off\" or \"\" for none."`
	UI          string   `toml:"ui" doc:"The local web page: on, readonly (it shows, and changes nothing) or off (metrics and health are served all the same). logskiff ui prints a link to it."`
	UINames     []string `toml:"ui_names" example:"[\"logs.example.net\"]" doc:"Host names beside localhost that requests to listen may name, as behind a proxy that authenticates. Others are answered 421."`
	Browse      []string `toml:"browse" expand:"no" doc:"What the local page may show lines of and may make sources for, as globs of paths with all links resolved. Whatever it says: nothing below /proc, /sys, /dev, /etc, /root, data_dir or a folder with a dot, and only regular files without a second link."`
	Memory      Size     `toml:"memory" doc:"Bound on the memory that holds lines. When it is spent, reading stops until something is delivered; nothing is dropped. Each followed file takes about 1.4 KiB besides, as long as it is there: where these need more than is left, the agent says so, and uses more."`
	Include     []string `toml:"include" example:"[\"conf.d/*.toml\"]" doc:"Files with more [[source]] and [[sender]] tables, as patterns relative to this file, read in the order of their names."`
	Host        string   `toml:"host" doc:"Name of this host as receivers see it; empty takes the host name of the system."`
	StopTimeout Duration `toml:"stop_timeout" doc:"How long a stop may wait for acknowledgements. What is not acknowledged by then is sent again after the next start."`
	Log         Log      `toml:"log" doc:"What the agent says about itself, on standard error."`
}

// Log is the table agent.log.
type Log struct {
	Level  string `toml:"level" doc:"Least severity that is written: debug, info, warn or error."`
	Format string `toml:"format" doc:"text for people, json for machines."`
}

// Source is one [[source]] table.
type Source struct {
	Name   string
	Reader Plugin
	Parser Plugin // kind "raw" when the table names none
	Time   any    // the settings that Kinds.Time made; nil: the parser finds the time
	Fields []any  // the settings that Kinds.Step made, in order
	Tags   map[string]string
	SendTo []string // names of senders, at least one, no repeats
	Paused bool     // nothing of it runs; its checkpoints stay

	File string // the file it is written in, as opened
	Line int    // its line there, counted from 1
}

// Sender is one [[sender]] table.
type Sender struct {
	Name string
	Plugin
	Batch       Batch
	MaxInFlight int

	File string // the file it is written in, as opened
	Line int    // its line there, counted from 1
}

// Batch says when a body is full.
type Batch struct {
	Bytes Size     `toml:"bytes" doc:"Close a batch at this many bytes of text before compression."`
	Lines int      `toml:"lines" doc:"Close a batch at this many records; 0 for no limit."`
	Wait  Duration `toml:"wait" doc:"Close a batch that is this old. An idle sender does not wait for a line that comes alone; a source that is written to all the time (1,000 lines a second and more) has its batches spaced by up to 150ms, or by this if it is less: 0s turns that off."`
}

// Equal says whether s and o ask for the same thing, wherever they are written,
// so that a reload can leave the pipeline alone.
func (s Source) Equal(o Source) bool {
	s.File, s.Line, o.File, o.Line = "", 0, "", 0
	return reflect.DeepEqual(s, o)
}

// Equal says whether s and o ask for the same thing, wherever they are written.
func (s Sender) Equal(o Sender) bool {
	s.File, s.Line, o.File, o.Line = "", 0, "", 0
	return reflect.DeepEqual(s, o)
}

func defaultAgent() Agent {
	return Agent{
		DataDir:     "/var/lib/logskiff",
		Listen:      "127.0.0.1:7710",
		UI:          UIOn,
		Browse:      []string{"/var/log/**"},
		Memory:      64 << 20,
		StopTimeout: Duration(4 * time.Second),
		Log:         Log{Level: "info", Format: "text"},
	}
}

const minMemory = 8 << 20

// What agent.ui may be.
const (
	UIOn       = "on"
	UIReadOnly = "readonly"
	UIOff      = "off"
)

// Validate returns joined *FieldError.
func (a *Agent) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &FieldError{key, msg, hint}) }
	if a.DataDir == "" {
		bad("data_dir", "must not be empty", `"/var/lib/logskiff" is the default`)
	}
	if a.Listen != "" && a.Listen != "off" {
		if msg, _ := CheckListen(a.Listen); msg != "" {
			bad("listen", msg, `write it as "127.0.0.1:7710", or "off"`)
		}
	}
	if modes := []string{UIOn, UIReadOnly, UIOff}; !slices.Contains(modes, a.UI) {
		bad("ui", "must be on, readonly or off", DidYouMean(a.UI, modes))
	}
	for _, name := range a.UINames {
		if name == "" || strings.ContainsAny(name, ":/[] ") || strings.ToLower(name) != name {
			bad("ui_names", "must be host names in small letters, without a port", `write ["logs.example.net"]`)
			break
		}
	}
	for _, pattern := range a.Browse {
		if !strings.HasPrefix(pattern, "/") || CheckGlob(pattern) != nil {
			bad("browse", "must be absolute paths or globs", `write ["/var/log/**"]`)
			break
		}
	}
	if a.Memory < minMemory {
		bad("memory", "must be at least "+Size(minMemory).String(), "64MiB is the default")
	}
	switch a.Log.Level {
	case "debug", "info", "warn", "error":
	default:
		bad("log.level", "must be debug, info, warn or error", DidYouMean(a.Log.Level, []string{"debug", "info", "warn", "error"}))
	}
	if a.Log.Format != "text" && a.Log.Format != "json" {
		bad("log.format", "must be text or json", DidYouMean(a.Log.Format, []string{"text", "json"}))
	}
	return errors.Join(errs...)
}

// sourceTable and senderTable are the keys that all kinds share, as written.
// The kinds themselves are decoded beside them.
type sourceTable struct {
	Name   string            `toml:"name" example:"\"nginx-access\"" doc:"Name of the source, unique among sources: small letters, digits, - and _, at most 63. Required."`
	Tags   map[string]string `toml:"tags" example:"{ env = \"prod\" }" doc:"Fields that are the same for every record, sent once with each batch."`
	Paused bool              `toml:"paused" doc:"true stops the source and keeps its checkpoints: what its logs get meanwhile is read when it is taken away, as far as it is there then. logskiff source pause and resume write it."`
	SendTo []string          `toml:"send_to" example:"[\"ingest\"]" doc:"Names of the senders, each of which gets every record and has its own checkpoint. May be left out when there is exactly one sender."`
}

type senderTable struct {
	Name        string `toml:"name" example:"\"ingest\"" doc:"Name of the sender, unique among senders: small letters, digits, - and _, at most 63. Required."`
	Batch       Batch  `toml:"batch" doc:"When a body is full."`
	MaxInFlight int    `toml:"max_in_flight" doc:"Most bodies on their way at once, from 1 to 1024; the agent uses fewer when the receiver is slow. 1 keeps the order of lines."`
}

func defaultSender() senderTable {
	return senderTable{
		Batch:       Batch{Bytes: 1 << 20, Wait: Duration(200 * time.Millisecond)},
		MaxInFlight: 8,
	}
}

const maxBatch = 64 << 20

func (s *senderTable) Validate() error {
	var errs []error
	bad := func(key, msg, hint string) { errs = append(errs, &FieldError{key, msg, hint}) }
	if s.Batch.Bytes < 1<<10 || s.Batch.Bytes > maxBatch {
		bad("batch.bytes", "must be from 1KiB to "+Size(maxBatch).String(), "1MiB is the default")
	}
	if s.Batch.Lines < 0 {
		bad("batch.lines", "must not be negative", "write 0 for no limit")
	}
	if s.MaxInFlight < 1 || s.MaxInFlight > 1024 {
		bad("max_in_flight", "must be from 1 to 1024", "8 is the default")
	}
	return errors.Join(errs...)
}
