package sink

import "strings"

// Some agents only speak to Elasticsearch; these two answers are all they need.

// elasticInfo answers a GET of anything: a version they are content with.
const elasticInfo = `{"name":"sink","cluster_name":"sink","cluster_uuid":"c2luaw","version":{"number":"8.19.0",` +
	`"build_flavor":"default","build_type":"deb","lucene_version":"9.12.2","minimum_wire_compatibility_version":"7.17.0",` +
	`"minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search","license":{"uid":"sink",` +
	`"type":"basic","mode":"basic","status":"active","issuer":"elasticsearch","max_nodes":1,"start_date_in_millis":1}}`

// bulkAnswer says that n documents were stored; brief is what filter_path leaves of it.
func bulkAnswer(n int, brief bool) string {
	items := strings.TrimSuffix(strings.Repeat(`{"create":{"status":201}},`, n), ",")
	if brief {
		return `{"errors":false,"items":[` + items + `]}`
	}
	return `{"took":1,"errors":false,"items":[` + items + `]}`
}
