package readers

// Receiver is a Reader that others send to.
type Receiver interface {
	Reader
	// Received takes a snapshot.
	Received() Received
}

// Received is what a Receiver has seen since it began.
type Received struct {
	Requests int64 `json:"requests"`
	Accepted int64 `json:"accepted"` // what they held is delivered
	Records  int64 `json:"records"`  // in accepted requests, repeats too
	Refused  int64 `json:"refused"`  // for good, as they were
	Foreign  int64 `json:"foreign"`  // of these, for a stream that belongs to another client
	Busy     int64 `json:"busy"`     // told to come back later
	Wordless int64 `json:"wordless"` // of these, since they lack the word of the stream's agent

	// Refusals are all that were not accepted, by a reason of the reader's: always the same ones, few of them.
	Refusals map[string]int64 `json:"refusals"`

	Connections    int64 `json:"connections"` // now
	ConnectionsMax int64 `json:"connections_max"`
	Closed         int64 `json:"closed"`      // idle connections that were closed for new ones
	Turned         int64 `json:"turned_away"` // connections there was no room for
	Memory         int64 `json:"memory"`      // bytes that requests hold now
	MemoryMax      int64 `json:"memory_max"`
	// GivenUp is what neither the reader nor its clients could keep, by reason: what was handed out and this are all that came.
	GivenUp []GivenUp `json:"given_up,omitempty"`
	// Trouble says why nobody can send anything now; "": they can.
	Trouble string `json:"trouble,omitempty"`
}

// GivenUp is what a reader without cursors had to give up for one reason.
type GivenUp struct {
	Why     string `json:"why"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
}
