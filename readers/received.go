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
	Refused  int64 `json:"refused"`  // for good, as they were
	Foreign  int64 `json:"foreign"`  // of these, for a stream that belongs to another client
	Busy     int64 `json:"busy"`     // told to come back later
}
