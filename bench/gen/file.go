package gen

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File returns the path of a file in dir with the first n lines of a shape,
// and its size in bytes. A file that an earlier call wrote is used again; its
// name says what is in it. A file is never seen half written.
func File(dir string, shape Shape, n uint64) (path string, size int64, err error) {
	set := NewSet(shape)
	name := map[Shape]string{Combined: "combined", JSONLog: "json"}[shape]
	path = filepath.Join(dir, fmt.Sprintf("%s-%d-%08x.log", name, n, set.Fingerprint()))
	size = set.Offset(n)
	if st, err := os.Stat(path); err == nil && st.Size() == size {
		return path, size, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", 0, fmt.Errorf("cannot make folder for benchmark input: %w", err)
	}
	tmp, err := os.CreateTemp(dir, "gen-*.tmp")
	if err != nil {
		return "", 0, fmt.Errorf("cannot make benchmark input: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails, as it should, once renamed
	err = Write(tmp, set, n)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return "", 0, fmt.Errorf("cannot make benchmark input: %w", err)
	}
	return path, size, nil
}

// Write writes the first n lines of set to w.
func Write(w io.Writer, set *Set, n uint64) error {
	const chunk = 1 << 20
	buf := make([]byte, 0, chunk+64<<10)
	for c := set.NewCursor(); c.Seq() < n; c.Next() {
		if buf = c.Append(buf); len(buf) >= chunk {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

// Warm reads a file once, so that it is in the page cache.
func Warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot warm the page cache: %w", err)
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for {
		if _, err := f.Read(buf); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("cannot warm the page cache: %w", err)
		}
	}
}
