package file

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestNamesRoundTripAndNothingElseIsTakenForOne(t *testing.T) {
	at := time.Date(2026, 11, 21, 2, 20, 47, 5, time.UTC)
	for _, n := range []uint64{1, 999_999, 1_000_000, 1 << 40} {
		want := newDataName(n, at)
		if got, ok := parseDataName(want.name); !ok || got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for _, bad := range []string{"", "received-.ndjson", "received-20261121T022047Z-000001.ndjson.gz",
		"received-20261121T022047Z-1.ndjson", "received-20261121T022047Z-000000.ndjson",
		"received-20261321T022047Z-000001.ndjson", "other-20261121T022047Z-000001.ndjson"} {
		if got, ok := parseDataName(bad); ok {
			t.Errorf("%q was taken for %+v", bad, got)
		}
	}
}

func TestListIsOldestFirstAndSkipsFolders(t *testing.T) {
	dir, at := t.TempDir(), time.Now()
	for _, n := range []uint64{1_000_000, 999_999, 3} {
		if err := os.WriteFile(filepath.Join(dir, newDataName(n, at).name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, newDataName(7, at).name), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := listData(dir)
	if err != nil || len(got) != 3 || got[0].number != 3 || got[2].number != 1_000_000 {
		t.Fatalf("got %+v, %v", got, err)
	}
}
