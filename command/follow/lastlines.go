package follow

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// lastLines returns the offset at which the last n lines of a file start; 0 for
// a file that does not exist yet.
func lastLines(path string, n int) (int64, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || n <= 0 {
		return end, err
	}
	buf := make([]byte, 64<<10)
	for at := end; at > 0; {
		size := min(int64(len(buf)), at)
		at -= size
		if _, err := f.ReadAt(buf[:size], at); err != nil && err != io.EOF {
			return 0, err
		}
		for chunk := buf[:size]; ; {
			i := bytes.LastIndexByte(chunk, '\n')
			if i < 0 {
				break
			}
			if at+int64(i)+1 != end { // the newline that ends the file ends a line, and starts none
				if n--; n == 0 {
					return at + int64(i) + 1, nil
				}
			}
			chunk = chunk[:i]
		}
	}
	return 0, nil
}
