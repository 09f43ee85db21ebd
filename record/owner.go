package record

import "errors"

// Owner is a client of a forwarder as it shows who it is; a stream belongs to the one that
// first sent it. The zero Owner is nobody.
type Owner struct {
	Agent      [16]byte // a hash of the word that an agent sends with each batch; zero: it sends none
	Credential [16]byte // a hash of its certificate's names or its token, or else of the host it says
}

// Admits reports whether client may send a stream of o. An agent's word decides where there
// is one, so its token can be changed and its batches can come by way of another forwarder.
func (o Owner) Admits(client Owner) bool {
	switch {
	case o == Owner{}:
		return true
	case o.Agent != [16]byte{}:
		return o.Agent == client.Agent
	}
	return o.Credential == client.Credential
}

// Lacks reports whether client shows what o showed, but for the word of o's agent: so does a version
// of that agent that says none yet.
func (o Owner) Lacks(client Owner) bool {
	return o.Agent != [16]byte{} && client == Owner{Credential: o.Credential}
}

// Claim asks whether a client may send these streams. It may when it is their owner, or nobody is; then
// they are lent to it, and to no other client, until it calls release, and are its own for good with the first of
// their records that is stored. Its errors are ErrNotOwner, ErrNoWord and ErrLent, wrapped with what a person needs.
type Claim func(client Owner, ids []StreamID) (release func(), err error)

var (
	// ErrNotOwner: a stream belongs to another client.
	ErrNotOwner = errors.New("it belongs to another client")
	// ErrNoWord: a stream belongs to an agent, and the client only lacks its word.
	ErrNoWord = errors.New("it belongs to an agent that says a word with each batch, and this client says none")
	// ErrLent: another client is just sending a stream that belongs to nobody yet.
	ErrLent = errors.New("another client is just sending it")
)
