// Package template makes short texts of records: a topic, the name of an index, a path, a field.
//
//	logs-{source}-{service:-{app:-other}}-{time:%Y.%m.%d}
//
// Rules, everywhere:
//
//   - {NAME} stands for what the field of that name says, dotted names for members of objects, as package
//     field finds them: a text without quotes and escapes, numbers and objects as they stand.
//   - {host}, {source}, {path}, {stream}, {tags.NAME}, {offset}, {time} and {read_time} stand for what is known of the
//     record besides its fields. {fields.NAME} is always a field.
//   - {time:%Y.%m.%d} is the event's time, or when the record was read where it has none, in the conversions of
//     strftime; {read_time:...} is when it was read. Both are in UTC unless the options name a zone, and
//     RFC 3339 without a format.
//   - {NAME:-DEFAULT} stands for DEFAULT, another template, where NAME says nothing: it is absent, null or empty, as the
//     shell has it.
//   - What is missing without a default (absent or null) leaves nothing to render: Append says so, and its caller
//     what comes of it.
//   - {{ and }} stand for braces, }} not inside a default.
//   - What is rendered has at most Options.Max bytes; what is longer is cut behind a whole character.
//
// It must not allocate for a record, look at a clock, or know what its text is for: what a destination
// forbids in a value is the caller's Safe.
package template
