package parsers

import (
	"bytes"

	"logskiff/parsers/number"
	"logskiff/record"
)

// splitRequest stores METHOD URI PROTOCOL as three fields, and anything else as the fourth.
func splitRequest(fields []record.Field, request []byte, whole record.Field) {
	method := bytes.IndexByte(request, ' ')
	uri := bytes.LastIndexByte(request, ' ')
	if method <= 0 || uri <= method+1 || !isMethod(request[:method]) || !isProtocol(request[uri+1:]) {
		fields[3] = whole
		return
	}
	cut := func(from, to int) record.Field {
		return record.Field{Span: record.Span{Off: whole.Off + uint32(from), Len: uint32(to - from)}, Type: record.String}
	}
	fields[0], fields[1], fields[2] = cut(0, method), cut(method+1, uri), cut(uri+1, len(request))
}

// isMethod allows what nginx takes for a method; so are those of other servers.
func isMethod(s []byte) bool {
	for _, c := range s {
		if (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isProtocol(s []byte) bool {
	return len(s) == len("HTTP/1.1") && string(s[:5]) == "HTTP/" && number.IsDigit(s[5]) && s[6] == '.' && number.IsDigit(s[7])
}
