// Package field looks fields of records up by name, whatever a parser made of them: columns,
// pairs, members of a JSON object and of objects inside it, the text of a line that no parser
// read; and the facts about where a record came from. It allocates nothing.
//
// Rules, everywhere:
//
//   - A field is called by its whole name. A name with dots that no field has goes into an
//     object: a.b.c is the field "a.b.c", or else the member b.c of the field a.
//   - Of several fields with one name the first counts. What a reader brought comes before what a
//     parser found.
//   - A field that is absent is not there, whatever its name.
//   - Lines that no parser read have one field, message; lines that failed to parse have
//     parse_error, too.
//
// It must not change a record, nor append to a batch.
package field
