package e2e

import (
	"encoding/json"
	"testing"
)

// offset is one line of `logskiff offset show --json`.
type offset struct {
	Pipeline    string
	Path        string
	Size        int64
	Offset      int64
	Skipped     int64
	Delivered   int64
	Quarantined int64
	Lost        int64
}

func showOffsets(t *testing.T, dataDir string) []offset {
	t.Helper()
	stdout, stderr, code := runOnce(t, "", "offset", "show", "--json", "--data-dir", dataDir)
	if code != 0 {
		t.Fatalf("offset show ended with %d: %s", code, stderr)
	}
	var list []offset
	if err := json.Unmarshal([]byte(stdout), &list); err != nil {
		t.Fatalf("offset show prints no JSON: %v: %s", err, stdout)
	}
	return list
}

// checkOffsets fails the test unless there are n checkpoints whose ledgers add
// up and which have reached the end of their files.
func checkOffsets(t *testing.T, dataDir string, n int) []offset {
	t.Helper()
	list := showOffsets(t, dataDir)
	if len(list) != n {
		t.Errorf("%d checkpoints, want %d: %+v", len(list), n, list)
	}
	for _, o := range list {
		if o.Offset != o.Skipped+o.Delivered+o.Quarantined+o.Lost {
			t.Errorf("the ledger does not add up: %+v", o)
		}
		if o.Offset != o.Size {
			t.Errorf("the checkpoint is not at the end: %+v", o)
		}
	}
	return list
}
