package file

// id returns the id of the file's stream, as logs have it; "": it has none yet.
func (f *file) id() string {
	if f.stream == nil {
		return ""
	}
	return f.stream.ID.String()
}
