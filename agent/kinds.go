package agent

import (
	"crypto/sha256"
	"log/slog"
	"path/filepath"

	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/conf"
	"logskiff/parsers"
	"logskiff/readers"
	"logskiff/readers/file"
	readhttp "logskiff/readers/http"
	"logskiff/record"
	"logskiff/senders"
	sendfile "logskiff/senders/file"
	sendhttp "logskiff/senders/http"
)

// This file is the one table of what exists. A new plugin is a package of its
// own and one row here.

type readerKind struct {
	conf.Kind
	build func(settings any, env readerEnv) (readers.Reader, error)
	// listens returns the address of TCP it listens on; nil: it does not.
	listens func(settings any) string
}

// readerEnv is what the agent lends a reader.
type readerEnv struct {
	log     *slog.Logger
	hub     *file.Hub
	files   *file.Budget
	store   *checkpoint.Store
	cursors *checkpoint.Pipeline
	stats   *Stats
	origin  *record.Origin
	dataDir string
	listen  readers.Listen
	claim   record.Claim // of the pipeline's sender; nil: it has none
}

func readerKinds() []readerKind {
	return []readerKind{
		{
			conf.Kind{Name: "file", Doc: "Follows files through rotation, truncation and restarts.", New: func() any { c := file.Default(); return &c }},
			func(settings any, env readerEnv) (readers.Reader, error) {
				restore, fresh := env.cursors.Load()
				return file.New(*settings.(*file.Config), file.Env{
					Log: env.log, Hub: env.hub, Budget: env.files, Registry: lossCounter{env.cursors, env.stats}, Origin: env.origin,
					AgentID: identityScope(env.store.AgentID(), env.origin.Source), Restore: restore, Fresh: fresh, Looked: env.cursors.LookedAt(),
					SpoolDir: filepath.Join(env.dataDir, "spool"),
				})
			},
			nil,
		},
		{
			conf.Kind{Name: "http", Doc: "Receives batches from agents, or from anything that can POST lines: this makes a forwarder.", New: func() any { c := readhttp.Default(); return &c }},
			func(settings any, env readerEnv) (readers.Reader, error) {
				return readhttp.New(*settings.(*readhttp.Config), readhttp.Env{Log: env.log, Origin: env.origin, Listen: env.listen, Claim: env.claim})
			},
			func(settings any) string { return settings.(*readhttp.Config).Listen },
		},
	}
}

// identityScope is what stream ids of a source are derived from. Two sources that
// read one file, say raw and parsed, must not look like repeats of each other to
// a forwarder that receives both.
func identityScope(agentID [16]byte, source string) [16]byte {
	sum := sha256.Sum256(append(agentID[:], source...))
	return [16]byte(sum[:16])
}

type parserKind struct {
	conf.Kind
	build func(settings any) (parsers.Parser, error)
}

func parserKinds() []parserKind {
	return []parserKind{
		{
			conf.Kind{Name: "raw", Doc: "Leaves lines as they are.", New: func() any { return &struct{}{} }},
			func(any) (parsers.Parser, error) { return parsers.NewRaw(), nil },
		},
		{
			conf.Kind{Name: "regex", Doc: "Takes the named groups of a regular expression.", New: func() any { return &parsers.RegexConfig{} }},
			func(settings any) (parsers.Parser, error) { return parsers.NewRegex(*settings.(*parsers.RegexConfig)) },
		},
		{
			conf.Kind{Name: "grok", Doc: "Takes the fields of a grok pattern, such as %{COMBINEDAPACHELOG}.", New: func() any { return &parsers.GrokConfig{} }},
			func(settings any) (parsers.Parser, error) { return parsers.NewGrok(*settings.(*parsers.GrokConfig)) },
		},
		{
			conf.Kind{Name: "mysql_slow", Doc: "Reads slow query logs of MySQL, Percona Server and MariaDB.", New: func() any { return &parsers.MySQLSlowConfig{} }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewMySQLSlow(*settings.(*parsers.MySQLSlowConfig))
			},
		},
		{
			conf.Kind{Name: "mysql_error", Doc: "Reads error logs of MySQL and MariaDB.", New: func() any { return &parsers.MySQLErrorConfig{} }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewMySQLError(*settings.(*parsers.MySQLErrorConfig))
			},
		},
		{
			conf.Kind{Name: "postgres", Doc: "Reads what PostgreSQL writes to stderr, by its log_line_prefix.", New: func() any { c := parsers.DefaultPostgres(); return &c }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewPostgres(*settings.(*parsers.PostgresConfig))
			},
		},
		{
			conf.Kind{Name: "postgres_csv", Doc: "Reads PostgreSQL's csvlog.", New: func() any { return &parsers.PostgresCSVConfig{} }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewPostgresCSV(*settings.(*parsers.PostgresCSVConfig))
			},
		},
		{
			conf.Kind{Name: "json", Doc: "Takes lines that are JSON objects; they pass through unchanged.", New: func() any { return &parsers.JSONConfig{} }},
			func(settings any) (parsers.Parser, error) { return parsers.NewJSON(*settings.(*parsers.JSONConfig)) },
		},
		{
			conf.Kind{Name: "nginx", Doc: "Splits nginx access log lines by their log_format.", New: func() any { c := parsers.DefaultNginx(); return &c }},
			func(settings any) (parsers.Parser, error) { return parsers.NewNginx(*settings.(*parsers.NginxConfig)) },
		},
		{
			conf.Kind{Name: "nginx_error", Doc: "Splits the lines of nginx's error log.", New: func() any { return &parsers.NginxErrorConfig{} }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewNginxError(*settings.(*parsers.NginxErrorConfig))
			},
		},
		{
			conf.Kind{Name: "csv", Doc: "Splits lines of values between commas, tabs or other delimiters.", New: func() any { c := parsers.DefaultCSV(); return &c }},
			func(settings any) (parsers.Parser, error) { return parsers.NewCSV(*settings.(*parsers.CSVConfig)) },
		},
		{
			conf.Kind{Name: "w3c", Doc: "Splits lines of the W3C extended log format, which IIS and CloudFront write.", New: func() any { c := parsers.DefaultW3C(); return &c }},
			func(settings any) (parsers.Parser, error) { return parsers.NewW3C(*settings.(*parsers.W3CConfig)) },
		},
		{
			conf.Kind{Name: "cri", Doc: "Reads what containerd and CRI-O store of containers' output, joining cut messages.", New: func() any { return &parsers.CRIConfig{} }},
			func(settings any) (parsers.Parser, error) { return parsers.NewCRI(*settings.(*parsers.CRIConfig)) },
		},
		{
			conf.Kind{Name: "logfmt", Doc: "Splits logfmt lines: level=info msg=\"two words\" cached.", New: func() any { c := parsers.DefaultLogfmt(); return &c }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewLogfmt(*settings.(*parsers.LogfmtConfig))
			},
		},
		{
			conf.Kind{Name: "kv", Doc: "Splits lists of names and values with any separators.", New: func() any { c := parsers.DefaultKV(); return &c }},
			func(settings any) (parsers.Parser, error) { return parsers.NewKV(*settings.(*parsers.KVConfig)) },
		},
		{
			conf.Kind{Name: "syslog", Doc: "Reads syslog lines: RFC 5424, RFC 3164, and what rsyslog, syslog-ng and journalctl write to files.", New: func() any { c := parsers.DefaultSyslog(); return &c }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewSyslog(*settings.(*parsers.SyslogConfig))
			},
		},
		{
			conf.Kind{Name: "audit", Doc: "Reads the Linux audit daemon's lines, decoding what is encoded.", New: func() any { return &parsers.AuditConfig{} }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewAudit(*settings.(*parsers.AuditConfig))
			},
		},
		{
			conf.Kind{Name: "apache", Doc: "Splits Apache httpd access log lines by their LogFormat.", New: func() any { c := parsers.DefaultApache(); return &c }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewApache(*settings.(*parsers.ApacheConfig))
			},
		},
		{
			conf.Kind{Name: "docker", Doc: "Reads what Docker's json-file driver stores of containers' output, joining cut messages.", New: func() any { return &parsers.DockerConfig{} }},
			func(settings any) (parsers.Parser, error) {
				return parsers.NewDocker(*settings.(*parsers.DockerConfig))
			},
		},
	}
}

type senderKind struct {
	conf.Kind
	build func(settings any, env senderEnv) (*senders.Sender, error)
	// asRead says whether it sends lines as they were read, whatever stages made of
	// them; nil: it never does.
	asRead func(settings any) bool
}

// senderEnv is what the agent lends a sender.
type senderEnv struct {
	log     *slog.Logger
	version string
}

func senderKinds() []senderKind {
	return []senderKind{
		{
			conf.Kind{Name: "http", Doc: "Posts batches to forwarders, or to anything that takes lines over HTTP.", New: func() any { c := sendhttp.Default(); return &c }},
			func(settings any, env senderEnv) (*senders.Sender, error) {
				return sendhttp.New(*settings.(*sendhttp.Config), sendhttp.Env{Log: env.log, UserAgent: "logskiff/" + env.version})
			},
			func(settings any) bool { return settings.(*sendhttp.Config).Format == "lines" },
		},
		{
			conf.Kind{Name: "file", Doc: "Writes ndjson files, synced before they are acknowledged, without repeats.", New: func() any { c := sendfile.Default(); return &c }},
			func(settings any, env senderEnv) (*senders.Sender, error) {
				return sendfile.New(*settings.(*sendfile.Config), sendfile.Env{Log: env.log})
			},
			nil,
		},
	}
}

// Kinds is the table in the form the configuration loader takes.
func Kinds() conf.Kinds {
	k := conf.Kinds{Stages: stages()}
	for _, r := range readerKinds() {
		k.Readers = append(k.Readers, r.Kind)
	}
	for _, p := range parserKinds() {
		k.Parsers = append(k.Parsers, p.Kind)
	}
	for _, s := range senderKinds() {
		k.Senders = append(k.Senders, s.Kind)
	}
	return k
}

// find returns the row with that name. The configuration was checked against
// the same table, so a missing row is a mistake in this package.
func find[K any](rows []K, name string, nameOf func(K) string) K {
	for _, r := range rows {
		if nameOf(r) == name {
			return r
		}
	}
	panic("BUG: the configuration names " + name + ", which no table has")
}

func buildReader(p conf.Plugin, env readerEnv) (readers.Reader, error) {
	return find(readerKinds(), p.Kind, func(k readerKind) string { return k.Name }).build(p.Settings, env)
}

// BuildParser returns the parser that a source names, with its settings.
func BuildParser(p conf.Plugin) (parsers.Parser, error) {
	return find(parserKinds(), p.Kind, func(k parserKind) string { return k.Name }).build(p.Settings)
}

func buildSender(p conf.Plugin, env senderEnv) (*senders.Sender, error) {
	return find(senderKinds(), p.Kind, func(k senderKind) string { return k.Name }).build(p.Settings, env)
}

// Sender is one configured sender, shared by all pipelines that feed it.
type Sender struct {
	Name string
	Pool *deliver.Pool
	*senders.Sender
	conf conf.Sender
}
