package file

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

func TestOfManyRotationsOnlyTheNumberIsSaid(t *testing.T) {
	var log bytes.Buffer
	r := &Reader{log: slog.New(slog.NewTextHandler(&log, nil))}
	r.clock.now = int64(48 * time.Hour)
	f := &file{stream: &record.Stream{Path: "/var/log/a.log"}}
	says := func(n int) (named, summed int) {
		log.Reset()
		for range n {
			r.sayRotated(f, "/var/log/a.log.1")
		}
		summed = strings.Count(log.String(), "count=")
		return strings.Count(log.String(), "rotated: ") - summed, summed
	}
	if named, summed := says(rotationsNamed); named != rotationsNamed || summed != 0 {
		t.Errorf("of the first %d rotations %d were named and %d summed up", rotationsNamed, named, summed)
	}
	if named, summed := says(5000); named != 0 || summed != 1 {
		t.Errorf("of 5000 further ones in the same minute %d were named and %d summed up", named, summed)
	}
	r.clock.now += int64(time.Minute)
	if named, summed := says(2); named != 2 || summed != 0 {
		t.Errorf("of two a minute later %d were named and %d summed up", named, summed)
	}
	if r.said.count != rotationsNamed+5002 {
		t.Errorf("%d rotations were counted", r.said.count)
	}
}
