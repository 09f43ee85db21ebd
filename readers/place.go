package readers

import (
	"io"
	"time"
)

// Place is where a person wants the cursor of a stream.
type Place struct {
	End    bool      // behind the last whole line
	At     time.Time // where what is of this time begins; zero: Offset says where
	Offset int64     // at the line that has this byte
	// Time returns the time of the first record of a text that has one; it is asked where At is set.
	Time func(text io.Reader) (time.Time, bool)
}
