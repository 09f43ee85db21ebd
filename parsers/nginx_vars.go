package parsers

import "strings"

// isNumeric reports whether nginx writes a number for the variable, or a list of them. Sources: the variable lists of the http and stream modules, e.g.
// http://nginx.org/en/docs/http/ngx_http_core_module.html#variables and
// http://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables
// Every value is checked all the same: see slot.numeric.
func isNumeric(name string) bool {
	switch name {
	case "content_length", "connections_active", "connections_reading", "connections_writing", "connections_waiting",
		"gzip_ratio", "server_port", "remote_port",
		"proxy_port", "proxy_protocol_port", "proxy_protocol_server_port",
		"upstream_status",
		"upstream_connect_time", "upstream_first_byte_time", "upstream_header_time",
		"upstream_queue_time", "upstream_response_time", "upstream_session_time",
		"upstream_response_length", "upstream_bytes_received", "upstream_bytes_sent":
		return true
	}
	return isAlwaysNumeric(name) || strings.HasPrefix(name, "tcpinfo_")
}

// isAlwaysNumeric reports whether nginx itself makes the value, out of digits and a
// dot; anything else there means that the line was not cut where nginx joined it.
func isAlwaysNumeric(name string) bool {
	switch name {
	case "status", "body_bytes_sent", "bytes_sent", "bytes_received",
		"request_length", "request_time", "session_time",
		"connection", "connection_requests", "connection_time", "pid":
		return true
	}
	return false
}

// isList reports whether the variable has a value for each server that was asked, with ", " and
// " : " between them (http://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_addr),
// or an address for each proxy.
func isList(name string) bool {
	switch name {
	case "upstream_addr", "http_x_forwarded_for", "proxy_add_x_forwarded_for":
		return true
	}
	return strings.HasPrefix(name, "upstream_") && isNumeric(name)
}

// widthOf returns how many bytes nginx always writes for a variable, or 0.
func widthOf(name string) int {
	switch name {
	case "time_local":
		return len(localLayout)
	case "time_iso8601":
		return len(isoLayout)
	case "request_id":
		return 32
	case "status":
		return 3
	case "pipe":
		return 1
	}
	return 0
}
