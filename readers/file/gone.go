package file

// A file that ended is in Reader.ends until all that was read of it is acknowledged, and in Reader.gone until it can
// never be met again. One that comes back is not looked for there, which would take a mass rotation's number
// of files squared: a mark in the file says whether it counts, and it is taken out when the row is gone through anyway.

// isEnding puts f into ends.
func (r *Reader) isEnding(f *file) {
	if !f.ending {
		f.ending = true
		r.ends = append(r.ends, f)
	}
}

// isGone puts f into gone.
func (r *Reader) isGone(f *file) {
	if !f.filed {
		f.filed = true
		r.gone = append(r.gone, f)
	}
}

// isBack has a file that had ended count as followed.
func (f *file) isBack() { f.retired, f.ended, f.ending = false, false, false }
