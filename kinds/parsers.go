package kinds

import "logskiff/parsers"

// nothing is what a parser is lent.
type nothing struct{}

type parserRow = row[nothing, parsers.Parser]

func parser[C any](name, doc string, defaults func() C, build func(C) (parsers.Parser, error)) parserRow {
	return newRow(name, doc, defaults, func(c C, _ nothing) (parsers.Parser, error) { return build(c) })
}

func parserRows() []parserRow {
	return []parserRow{
		parser("raw", "Leaves lines as they are.", none[struct{}], func(struct{}) (parsers.Parser, error) { return parsers.NewRaw(), nil }),
		parser("regex", "Takes the named groups of a regular expression.", none[parsers.RegexConfig], parsers.NewRegex),
		parser("grok", "Takes the fields of a grok pattern, such as %{COMBINEDAPACHELOG}.", none[parsers.GrokConfig], parsers.NewGrok),
		parser("mysql_slow", "Reads slow query logs of MySQL, Percona Server and MariaDB.", none[parsers.MySQLSlowConfig], parsers.NewMySQLSlow),
		parser("mysql_error", "Reads error logs of MySQL and MariaDB.", none[parsers.MySQLErrorConfig], parsers.NewMySQLError),
		parser("postgres", "Reads what PostgreSQL writes to stderr, by its log_line_prefix.", parsers.DefaultPostgres, parsers.NewPostgres),
		parser("postgres_csv", "Reads PostgreSQL's csvlog.", none[parsers.PostgresCSVConfig], parsers.NewPostgresCSV),
		parser("json", "Takes lines that are JSON objects; they pass through unchanged.", none[parsers.JSONConfig], parsers.NewJSON),
		parser("nginx", "Splits nginx access log lines by their log_format.", parsers.DefaultNginx, parsers.NewNginx),
		parser("nginx_error", "Splits the lines of nginx's error log.", none[parsers.NginxErrorConfig], parsers.NewNginxError),
		parser("csv", "Splits lines of values between commas, tabs or other delimiters.", parsers.DefaultCSV, parsers.NewCSV),
		parser("w3c", "Splits lines of the W3C extended log format, which IIS and CloudFront write.", parsers.DefaultW3C, parsers.NewW3C),
		parser("cri", "Reads what containerd and CRI-O store of containers' output, joining cut messages.", none[parsers.CRIConfig], parsers.NewCRI),
		parser("logfmt", "Splits logfmt lines: level=info msg=\"two words\" cached.", parsers.DefaultLogfmt, parsers.NewLogfmt),
		parser("kv", "Splits lists of names and values with any separators.", parsers.DefaultKV, parsers.NewKV),
		parser("syslog", "Reads syslog lines: RFC 5424, RFC 3164, and what rsyslog, syslog-ng and journalctl write to files.", parsers.DefaultSyslog, parsers.NewSyslog),
		parser("audit", "Reads the Linux audit daemon's lines, decoding what is encoded.", none[parsers.AuditConfig], parsers.NewAudit),
		parser("apache", "Splits Apache httpd access log lines by their LogFormat.", parsers.DefaultApache, parsers.NewApache),
		parser("docker", "Reads what Docker's json-file driver stores of containers' output, joining cut messages.", none[parsers.DockerConfig], parsers.NewDocker),
	}
}
