package kinds

import (
	"crypto/sha256"
	"iter"
	"log/slog"
	"path/filepath"
	"time"

	"logskiff/conf"
	"logskiff/readers"
	"logskiff/readers/file"
	"logskiff/readers/file/watch"
	readhttp "logskiff/readers/http"
	"logskiff/record"
)

// ReaderEnv is what the agent lends a reader.
type ReaderEnv struct {
	Log     *slog.Logger
	Hub     *watch.Hub
	Files   *file.Budget
	Cursors Cursors  // of its pipeline
	AgentID [16]byte // of the store that they are in
	Origin  *record.Origin
	DataDir string
	Claim   record.Claim // of the pipeline's sender; nil: it has none
	Listen  readers.Listen
	Packets readers.ListenPacket
}

// Cursors is what is stored of a pipeline's streams.
type Cursors interface {
	readers.Registry
	// Load returns what is stored. With fresh some of it was lost.
	Load() (all iter.Seq[readers.Checkpoint], fresh bool)
	// LookedAt is what Looked was told last; zero: nothing.
	LookedAt() time.Time
}

type readerRow struct {
	row[ReaderEnv, readers.Reader]
	// listens returns the addresses it listens on; nil: it does not.
	listens func(settings any) []readers.Address
	// stored explains a state of this reader; nil: it makes none.
	stored func(readers.State) (Stored, error)
	// remakes names the setting by which records are not the lines as they stand in its source; "" or nil: there is none.
	remakes func(settings any) string
}

func readerRows() []readerRow {
	return []readerRow{
		{
			row:     newRow("file", "Follows files through rotation, truncation and restarts.", file.Default, newFile),
			stored:  storedFile,
			remakes: of(func(c file.Config) string { return c.Remakes() }),
		},
		{
			row: newRow("http", "Receives batches from agents, or from anything that can POST lines: this makes a forwarder.", readhttp.Default, newHTTP),
			listens: of(func(c readhttp.Config) []readers.Address {
				return []readers.Address{{Network: "tcp", Address: c.Listen}}
			}),
		},
	}
}

func readerOf(p conf.Plugin) readerRow {
	return named(readerRows(), p.Kind, func(r readerRow) string { return r.Name })
}

// Remakes names the setting, from its table's name on, by which a reader's records are not the lines
// as they stand in its source, if one does so.
func Remakes(p conf.Plugin) (key string) {
	if r := readerOf(p); r.remakes != nil {
		if key = r.remakes(p.Settings); key != "" {
			return "reader." + p.Kind + "." + key
		}
	}
	return ""
}

// Listens returns the addresses that a reader listens on.
func Listens(p conf.Plugin) []readers.Address {
	r := readerOf(p)
	if r.listens == nil {
		return nil
	}
	return r.listens(p.Settings)
}

// Stored is what a reader's state says to people.
type Stored struct {
	Where string // where the stream is, where that is not simply under its name; "" says nothing
	Facts any    // a struct of all that is in it, for JSON; nil: nothing is known
}

// Explain says what a stored state holds. Of one that no reader here can read it says nothing.
func Explain(s readers.State) Stored {
	for _, r := range readerRows() {
		if r.Name == s.Reader && r.stored != nil {
			if is, err := r.stored(s); err == nil {
				return is
			}
		}
	}
	return Stored{}
}

func storedFile(s readers.State) (Stored, error) {
	is, err := file.IdentityOf(s)
	where := ""
	switch {
	case is.Spool != "":
		where = "rest in spool"
	case !is.Gone.IsZero():
		where = "gone"
	}
	return Stored{Where: where, Facts: &is}, err
}

func newFile(c file.Config, env ReaderEnv) (readers.Reader, error) {
	restore, fresh := env.Cursors.Load()
	return file.New(c, file.Env{
		Log: env.Log, Hub: env.Hub, Budget: env.Files, Registry: env.Cursors, Origin: env.Origin,
		AgentID: identityScope(env.AgentID, env.Origin.Source), Restore: restore, Fresh: fresh, Looked: env.Cursors.LookedAt(),
		SpoolDir: filepath.Join(env.DataDir, "spool"),
	})
}

// identityScope is what stream ids of a source are derived from. Two sources that
// read one file, say raw and parsed, must not look like repeats of each other to
// a forwarder that receives both.
func identityScope(agentID [16]byte, source string) [16]byte {
	sum := sha256.Sum256(append(agentID[:], source...))
	return [16]byte(sum[:16])
}

func newHTTP(c readhttp.Config, env ReaderEnv) (readers.Reader, error) {
	return readhttp.New(c, readhttp.Env{Log: env.Log, Origin: env.Origin, Listen: env.Listen, Claim: env.Claim})
}
