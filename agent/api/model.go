package api

import "time"

// Snapshot is the state of the whole agent at one moment. All that the page and the command line show of it is in here.
type Snapshot struct {
	At      time.Time `json:"at" doc:"When it was taken, by the agent's clock."`
	Agent   Agent     `json:"agent" doc:"The process."`
	Verdict Verdict   `json:"verdict" doc:"Whether all is well, in one line, and what is not."`
	Total   Total     `json:"total" doc:"All sources together."`
	Reload  *Reload   `json:"last_reload,omitempty" doc:"The last reload; left out when there was none since the start."`
	Sources []Source  `json:"sources" doc:"In the order of their names."`
	Senders []Sender  `json:"senders" doc:"In the order of their names."`
}

// Agent is the process.
type Agent struct {
	Version         string     `json:"version" doc:"Of the program."`
	Host            string     `json:"host" doc:"Name of this host, as receivers see it."`
	PID             int        `json:"pid" doc:"Process number."`
	StartedAt       time.Time  `json:"started_at" doc:"When the process started."`
	UptimeSeconds   Seconds    `json:"uptime_seconds" doc:"Since then, in seconds."`
	UI              string     `json:"ui" doc:"on or readonly: whether the page may change anything."`
	CheckpointError string     `json:"checkpoint_error,omitempty" doc:"Why checkpoints are not stored; left out while they are."`
	CheckpointsAt   *time.Time `json:"checkpoints_at,omitempty" doc:"When they were stored last."`
	Streams         int        `json:"streams" doc:"Streams that are remembered: followed files, and gone ones for a week."`
	MemoryBound     Count      `json:"memory_bound_bytes" doc:"agent.memory."`
	MemoryLimit     Count      `json:"memory_limit_bytes" doc:"What the Go runtime is told to stay below."`
	MemoryHeld      Count      `json:"memory_held_bytes" doc:"What no collection frees."`
	FilesOpen       int        `json:"open_files" doc:"Descriptors of followed files."`
	FilesBound      int        `json:"open_files_bound" doc:"How many of them there may be."`
}

// Total is what the overview begins with.
type Total struct {
	LinesPerSecond Rate    `json:"lines_per_second" doc:"Acknowledged, over the last seconds."`
	BytesPerSecond Rate    `json:"bytes_per_second" doc:"Of them, as they stand in their files."`
	LagBytes       Count   `json:"lag_bytes" doc:"Found and not acknowledged, of all sources."`
	LagSeconds     Seconds `json:"lag_seconds" doc:"Age of the oldest of what is not acknowledged."`
	LagSource      string  `json:"lag_source,omitempty" doc:"The source that has it."`

	Entries *EntriesNow `json:"entries,omitempty" doc:"Of the sources that count in entries; left out where there is none."`
}

// Source is one source, and what became of what it read at each sender that it goes to.
type Source struct {
	Name   string `json:"name" doc:"Name of the source."`
	Reader string `json:"reader" doc:"Kind of its reader."`
	Parser string `json:"parser" doc:"Kind of its parser."`
	// Units says which figures it has.
	Units []string `json:"units" doc:"What it counts in: bytes (files), entries (a journal, a topic), or both (a forwarder that is sent both). Figures in another unit are 0 or left out."`
	State string   `json:"state" doc:"running, starting, failed (why is in its pipelines), held (until somebody acts), not_listening, unreadable (some files), or paused (by the configuration)." enum:"running starting failed held not_listening unreadable paused"`
	// Files and folders are the same for all of its pipelines.
	Files           int         `json:"files" doc:"Followed files."`
	UnreadableFiles int         `json:"unreadable_files" doc:"Files that cannot be read now."`
	Problems        []string    `json:"problems,omitempty" doc:"Why, of the first of them. Not for viewers."`
	AwayFolders     int         `json:"away_folders" doc:"Folders that do not answer."`
	AwaySeconds     Seconds     `json:"away_seconds" doc:"For how long the first of them."`
	LinesPerSecond  Rate        `json:"lines_per_second" doc:"Acknowledged, over the last seconds; of the sender that gets most."`
	BytesPerSecond  Rate        `json:"bytes_per_second" doc:"Of them, as they stand in their files."`
	HasLag          bool        `json:"has_lag" doc:"It reads files, which outlive the process, and so has a lag and a ledger."`
	LagBytes        Count       `json:"lag_bytes" doc:"Found and not acknowledged; of the sender that lags most."`
	LagSeconds      Seconds     `json:"lag_seconds" doc:"Age of the oldest of what is not acknowledged."`
	Entries         *EntriesNow `json:"entries,omitempty" doc:"Its rate and lag in entries, where it counts in them; of the sender that gets, or lags, most."`
	Unparsed        Unparsed    `json:"unparsed" doc:"Lines that the parser could not read; they are sent raw, with the reason."`
	Pipelines       []Pipeline  `json:"pipelines" doc:"One for each sender that it goes to."`
}

// Unparsed says how many lines of a source do not parse.
type Unparsed struct {
	Lines          Count      `json:"lines" doc:"Since the source started."`
	LinesPerSecond Rate       `json:"lines_per_second" doc:"Over the last seconds."`
	Since          *time.Time `json:"since,omitempty" doc:"Since when some have not been parsed, with less than ten minutes between them; left out when the last is longer ago."`
	LastAt         *time.Time `json:"last_at,omitempty" doc:"When the last one was read."`
}

// Pipeline is one source and one sender.
type Pipeline struct {
	Sender            string         `json:"sender" doc:"Name of the sender."`
	State             string         `json:"state" doc:"running, starting or failed." enum:"running starting failed"`
	Error             string         `json:"error,omitempty" doc:"Why it does not run. Not for viewers."`
	Held              string         `json:"held,omitempty" doc:"Why records are neither delivered nor quarantined until somebody acts. Not for viewers."`
	Waiting           string         `json:"waiting,omitempty" doc:"What some records wait for at the destination, while others go on. Not for viewers."`
	StartedAt         *time.Time     `json:"started_at,omitempty" doc:"When it started; its numbers of lines count since then."`
	LinesPerSecond    Rate           `json:"lines_per_second" doc:"Acknowledged, over the last seconds."`
	BytesPerSecond    Rate           `json:"bytes_per_second" doc:"Of them, as they stand in their files."`
	UnparsedPerSecond Rate           `json:"unparsed_per_second" doc:"Lines that the parser could not read, over the last seconds."`
	LagBytes          Count          `json:"lag_bytes" doc:"Found and not acknowledged."`
	LagSeconds        Seconds        `json:"lag_seconds" doc:"Age of the oldest of what is not acknowledged."`
	EntriesPerSecond  *Rate          `json:"entries_per_second,omitempty" doc:"Acknowledged entries, over the last seconds; left out where nothing is counted so."`
	InFlight          Count          `json:"in_flight_batches" doc:"Batches read and not yet acknowledged."`
	InFlightMost      int            `json:"max_batches" doc:"How many its share of memory allows."`
	Ledger            *Ledger        `json:"ledger,omitempty" doc:"What became of all bytes that were found in the files that are remembered; left out where there are no files."`
	Entries           *EntriesLedger `json:"entries,omitempty" doc:"The same of streams that are counted in entries; left out where there are none."`
	Lines             Lines          `json:"lines" doc:"Lines since it started."`
	LostAt            *time.Time     `json:"lost_at,omitempty" doc:"When bytes were lost last, since it started."`
	QuarantinedAt     *time.Time     `json:"quarantined_at,omitempty" doc:"When lines were put into quarantine last, since it started."`
}

// Ledger adds up: Found is the sum of the others. In bytes.
type Ledger struct {
	Found       Count `json:"found_bytes" doc:"The sum of the others."`
	Delivered   Count `json:"delivered_bytes" doc:"Acknowledged by the destination."`
	Quarantined Count `json:"quarantined_bytes" doc:"Refused for good, kept in quarantine with the answer."`
	Skipped     Count `json:"skipped_bytes" doc:"Left out by the configuration."`
	Lost        Count `json:"lost_bytes" doc:"Gone from the disk before they were read."`
	ToGo        Count `json:"to_go_bytes" doc:"Not acknowledged yet: the lag."`
}

// EntriesLedger is one of streams whose offsets are the numbers that an origin gave its entries, as a journal or a topic does.
type EntriesLedger struct {
	Found       Count `json:"found_entries" doc:"The sum of the others."`
	Delivered   Count `json:"delivered_entries" doc:"Acknowledged by the destination."`
	Quarantined Count `json:"quarantined_entries" doc:"Refused for good, kept in quarantine with the answer."`
	Skipped     Count `json:"skipped_entries" doc:"Left out by the configuration, or numbers that no record has."`
	Lost        Count `json:"lost_entries" doc:"Gone before they were read."`
	ToGo        Count `json:"to_go_entries" doc:"Not acknowledged yet: the lag."`
}

// Lines counts lines.
type Lines struct {
	Read        Count `json:"read" doc:"Read."`
	Delivered   Count `json:"delivered" doc:"Acknowledged by the destination."`
	Quarantined Count `json:"quarantined" doc:"Refused for good, kept in quarantine with the answer."`
	Dropped     Count `json:"dropped" doc:"Left out by the configuration."`
	Unparsed    Count `json:"unparsed" doc:"The parser could not read them; sent raw."`
}

// Sender is one sender and its endpoints.
type Sender struct {
	Name           string     `json:"name" doc:"Name of the sender."`
	Kind           string     `json:"kind" doc:"Its kind: http, file."`
	State          string     `json:"state" doc:"ok, degraded (an endpoint does not take batches), down (none does), failed (it cannot be opened) or starting." enum:"ok degraded down failed starting"`
	Error          string     `json:"error,omitempty" doc:"Why it cannot be opened. Not for viewers."`
	Sources        []string   `json:"sources" doc:"The sources that go to it."`
	BytesPerSecond Rate       `json:"bytes_per_second" doc:"Bytes of bodies, compressed, over the last seconds."`
	Queued         int        `json:"queued_batches" doc:"Batches that wait for an endpoint."`
	Retries        Count      `json:"retries" doc:"Attempts after the first of the same body."`
	Splits         Count      `json:"splits" doc:"Bodies sent again in two halves."`
	Hedged         Count      `json:"hedged" doc:"Bodies sent to a second endpoint while the first kept silent."`
	Contradicted   Count      `json:"contradicted" doc:"Bodies that were taken although they had been refused."`
	Endpoints      []Endpoint `json:"endpoints" doc:"In the configured order."`
}

// Endpoint is one place that bodies go to.
type Endpoint struct {
	Name           string     `json:"name" doc:"A URL or a path, without secrets."`
	State          string     `json:"state" doc:"healthy, waiting (failed, left alone until its next try), throttled (asked for less), held (refuses us until somebody acts)." enum:"healthy waiting throttled held"`
	Since          *time.Time `json:"since,omitempty" doc:"When it came into this state."`
	InFlight       int        `json:"in_flight" doc:"Attempts under way."`
	InFlightMost   int        `json:"max_in_flight" doc:"How many it bears, as learnt so far."`
	LastAnswer     *Answer    `json:"last_answer,omitempty" doc:"To the last attempt that ended; left out when there was none."`
	Error          string     `json:"error,omitempty" doc:"Of the last failure since it last worked. Not for viewers."`
	FailedAt       *time.Time `json:"failed_at,omitempty" doc:"When the last failure was."`
	NextTryAt      *time.Time `json:"next_try_at,omitempty" doc:"When it is tried again; left out when it is healthy."`
	Format         string     `json:"format,omitempty" doc:"Content type of the last body that it took."`
	BytesPerSecond Rate       `json:"bytes_per_second" doc:"Bytes of bodies, compressed, over the last seconds."`
	Requests       Count      `json:"requests" doc:"Attempts."`
	Failures       Count      `json:"failures" doc:"Attempts that failed."`
	Throttled      Count      `json:"throttled" doc:"Of these, those that were asked to slow down."`
	Bytes          Count      `json:"bytes" doc:"Bytes of bodies, compressed."`
}

// Answer is what came of an attempt.
type Answer struct {
	At      time.Time `json:"at" doc:"When it came, or was given up waiting for."`
	Seconds Seconds   `json:"seconds" doc:"How long it took."`
	Outcome string    `json:"outcome" doc:"delivered, retry, throttled, held, too_large, refused or misread." enum:"delivered retry throttled held too_large refused misread"`
	Status  int       `json:"status,omitempty" doc:"HTTP status, where there is one."`
	Text    string    `json:"text,omitempty" doc:"What it said. Not for viewers."`
}
