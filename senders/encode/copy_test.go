package encode

import (
	"testing"

	"logskiff/record"
)

// A record that was copied into another batch is encoded as it was, columns too.
func TestACopiedRecordIsEncodedAsItWas(t *testing.T) {
	b := newBatch(0, "GET /x", `{"a":1}`, "raw")
	b.Schema = record.NewSchema([]string{"method", "none", "path"})
	b.Fields = []record.Field{
		{Span: record.Span{Off: 0, Len: 3}, Type: record.String}, {Type: record.Absent}, {Span: record.Span{Off: 4, Len: 2}, Type: record.String},
	}
	b.Records[0].Kind, b.Records[1].Kind = record.Columns, record.Object
	dst := &record.Batch{Segments: b.Segments}
	for i := range b.Records {
		b.AppendCopy(dst, i)
	}
	want := string(NewSized([]string{"path"}).Append(nil, b, 0, 3))
	if got := string(NewSized([]string{"path"}).Append(nil, dst, 0, 3)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
