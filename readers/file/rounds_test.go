package file

import (
	"fmt"
	"testing"

	"logskiff/readers/file/watch"
	"logskiff/record"
)

// Else a source with more files than a batch has segments would be read all the time.
func TestWhatIsWrittenWhileAllIsReadBelongsToTheNextRound(t *testing.T) {
	g := newRig(t)
	g.cfg.StartAt = "beginning"
	const files = 5
	name := func(i int) string { return fmt.Sprint(i, ".log") }
	for i := range files {
		g.write(name(i), fmt.Sprint("the first line of ", i, "\n"))
	}
	g.start()
	g.look()
	for round := range 3 {
		for i := range files {
			b := new(record.Batch)
			more := g.r.Fill(b, record.Limits{Bytes: 1 << 20, Lines: 100, Segments: 1})
			if len(b.Segments) != 1 || more != (i < files-1) {
				t.Fatalf("round %d, batch %d: %d files, more is %v", round, i, len(b.Segments), more)
			}
			g.take(b)
			read := b.Segments[0].Stream.Path[len(g.dir)+1:]
			g.write(read, fmt.Sprint(round, "\n"))
			g.r.event(g.r.folders[g.dir], read, watch.Written)
		}
		select {
		case <-g.r.Ready():
		default:
			t.Fatal("nobody is told of the next round")
		}
	}
}
