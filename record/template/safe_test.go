package template_test

import (
	"testing"

	"logskiff/record"
	"logskiff/record/template"
)

func TestAValueCannotBringWhatADestinationForbids(t *testing.T) {
	in := input(record.Object)
	f := func(safe, text, want string) {
		t.Helper()
		s, _ := template.SafeFor(safe)
		if got := render(t, text, in, template.Options{Safe: s}); got != want {
			t.Errorf("%s as %s: got %q, want %q", text, safe, got, want)
		}
	}
	f("topic", "logs-{service}", "logs-Shop_Cart")
	f("topic", "logs-{quoted}", "logs-a_b__")
	f("topic", "{hidden}", "consumer_offsets")
	f("topic", "logs-{hidden}", "logs-__consumer_offsets")
	f("topic", "{dots}", "-")       // nothing is left
	f("topic", "{dots:-x}", "x")    // so it has a default
	f("topic", "logs-{empty}", "-") // nor can a name be made of nothing
	f("topic", "{none:-.}", "-")
	f("index", "logs-{service}", "logs-shop_cart")
	f("index", "logs-{quoted}", "logs-a_b_é")
	f("index", "{hidden}", "consumer_offsets")
	f("path", "/srv/{service}/{dots}/{quoted}", "/srv/Shop_Cart/_./a\"b_é")
	f("path", "{none:-..}", "-")

	long := input(record.Raw)
	long.Batch.Buf = make([]byte, 400)
	for i := range long.Batch.Buf {
		long.Batch.Buf[i] = 'x'
	}
	long.Record.Text.Len = 400
	for safe, most := range map[string]int{"path": 200, "topic": 249, "index": 255} {
		s, _ := template.SafeFor(safe)
		if got := render(t, "{message}", long, template.Options{Safe: s}); len(got) != most {
			t.Errorf("%s: %d bytes, want %d", safe, len(got), most)
		}
	}
}
