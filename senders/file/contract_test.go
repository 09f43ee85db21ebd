package file

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"logskiff/senders"
	"logskiff/senders/sendertest"
)

func TestContract(t *testing.T) {
	sendertest.Run(t, func(t *testing.T) sendertest.Fixture {
		d, dir := newDisk(), t.TempDir()
		e := openOn(t, d, dir)
		t.Cleanup(func() { e.Close() })
		return sendertest.Fixture{
			Endpoint: e,
			Received: func() [][]byte { return bodies(t, dir) },
			Answers: map[senders.Class]func(){
				senders.Delivered: func() { d.set(nil) },
				senders.Retry:     func() { d.set(fullDisk) },
			},
		}
	})
}

func fullDisk(op, _ string) error {
	if op == "write" {
		return syscall.ENOSPC
	}
	return nil
}

// bodies takes the files apart again: the suite's bodies begin at offset 0.
func bodies(t *testing.T, dir string) (all [][]byte) {
	t.Helper()
	files, err := listData(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		for l := range bytes.Lines(text) {
			if bytes.HasPrefix(l, []byte(`{"_offset":0,`)) {
				all = append(all, nil)
			}
			all[len(all)-1] = append(all[len(all)-1], l...)
		}
	}
	return all
}
