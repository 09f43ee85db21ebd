package command

import (
	"bufio"
	"io"
	"testing"
	"time"

	"logskiff/agent"
	"logskiff/agent/checkpoint"
	"logskiff/readers"
	"logskiff/readers/file"
	"logskiff/record"
)

// What printing one stream of `offset show --json` takes: there may be a hundred thousand.
func BenchmarkOffsetAsJSON(b *testing.B) {
	is := file.Identity{Device: 7, Inode: 123456, FingerLen: 1024, Finger: 1 << 60, Modified: time.Unix(1764347000, 5)}
	o := agent.Offset{Listed: checkpoint.Listed{Pipeline: "nginx/sink", Checkpoint: readers.Checkpoint{
		Known:    readers.Known{Path: "/var/log/nginx/access-00001.log", Name: "/var/log/nginx/access-00001.log", Size: 4096, State: is.State()},
		Position: record.Position{Offset: 4096, Anchor: record.Anchor{Len: 64, Sum: 1 << 50}}, Delivered: 4096,
	}}, ID: record.StreamID{1}.String(), Read: 4096}
	out := bufio.NewWriter(io.Discard)
	print := printOffsetsJSON(out)
	b.ReportAllocs()
	for b.Loop() {
		if err := print(&o); err != nil {
			b.Fatal(err)
		}
	}
}
