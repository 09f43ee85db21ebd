// Package file follows log files: it finds them, knows each again after a
// rename, a truncation, a compression or a restart, and cuts their bytes into
// records.
//
// What must hold, whatever happens to the files:
//
//  1. A byte of a stream is handed out in one record only, in rising order and
//     without a gap. The cursor passes a byte only when it was handed out,
//     skipped at first sight (start_at), or counted as lost.
//  2. A stream's id and an offset name the same bytes for ever. A file whose
//     content was replaced in place becomes another stream, with another id,
//     before a byte of the new content is handed out.
//  3. Before reading on, the bytes before the cursor are checked (the anchor).
//  4. A name is only a hint. What is true is what stat and pread say; events
//     wake the reader up, and a slow sweep repairs every event that was missed.
//  5. A file that lost its name is read to its end: through its descriptor,
//     under its new name, or in the compressed copy; what cannot be is counted.
//  6. A file belongs to one worker at a time; a quiet one costs no goroutine and
//     no descriptor.
//  7. Between two looks a name may have had any number of contents. When what has
//     it is not what had it (a gap), they are looked for among its rotations, after
//     the new one is known and before that is registered; until all are found that is
//     stored, so that a restart asks again: see gaps.go.
//  8. A content is what it reads like, not where it lies: which stream it belongs to
//     is asked (known.go) before it is given one of its own. Inodes are used again,
//     so one is only taken for the same file when it was created at the same time.
//  9. A symbolic link is a name like another: what it leads to is looked for where that
//     lies, and where it led before, and a name that leads nowhere is tried until it
//     does or is gone (links.go). A file is not gone as long as a folder in which it
//     may be cannot be searched.
//  10. A file system can hang in any call. All are made through the disk, which gives
//     up waiting; what was not answered decides nothing (disk/mounts.go, unclear.go).
//  11. A folder that is not watched because it is busy is looked at by the clock, and
//     watched again before anything else than growth is decided (busy.go, timed.go).
//
// One goroutine (Run) looks at folders and decides what happened to files; Fill
// only reads, and leaves a file that does not look right to Run. Reader.mu
// guards everything they share; names and folders are changed by Run alone. Nobody
// else waits for it: see inbox.go.
//
// What it does not do: a compressed file is read only as the rest of a stream
// that was followed, or as a rotation of a followed name that came and went
// between two looks; another one is named in the log and left alone. A last line
// without newline that was sent because its file was renamed and quiet counts as a
// record, and so does a group of lines whose file was idle; what is written after that is
// another (cutoff.go), but for a group that goes on in the next file (joined.go).
//
// This package must not parse fields, store checkpoints or talk to senders.
package file
