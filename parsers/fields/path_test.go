package fields

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"logskiff/record"
)

const container = "/var/log/containers/web-7d4b9.a_shop_nginx-1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.log"

// at sends a line of a file through a parser and steps, and returns its fields and how often a path did not match.
func at(t testing.TB, path, kind, line string, steps ...Step) (map[string]any, int) {
	t.Helper()
	b := newBatch(line)
	b.Segments[0].Stream.Path = path
	newParser(t, kind).Parse(b)
	newStage(t, steps...).Parse(b)
	got := map[string]any{}
	for _, line := range encoded(t, b) {
		if err := json.Unmarshal([]byte("{"+line+"}"), &got); err != nil {
			t.Fatal(err)
		}
	}
	return got, b.Unmatched
}

func TestFieldsFromThePath(t *testing.T) {
	f := func(path string, s Step, want map[string]any) {
		t.Helper()
		for kind, line := range map[string]string{columns: `x|y|z|200`, "json": `{"http_a":"x","http_b":"y","http_c":"z","status":200}`, "raw": "x"} {
			all := map[string]any{"http_a": "x", "http_b": "y", "http_c": "z", "status": 200.0}
			if kind == "raw" {
				all = map[string]any{"message": "x"}
			}
			unmatched := 1
			for name, value := range want {
				all[name] = value
				unmatched = 0
			}
			got, n := at(t, path, kind, line, s)
			if !reflect.DeepEqual(got, all) || n != unmatched {
				t.Errorf("%s of %s: got %v, %d unmatched; want %v, %d", kind, path, got, n, all, unmatched)
			}
		}
	}
	kubernetes := Step{Path: "kubernetes"}
	id := strings.Repeat("0123456789abcdef", 4)
	f(container, kubernetes, map[string]any{"pod": "web-7d4b9.a", "namespace": "shop", "container": "nginx-1", "container_id": id})
	f(container, Step{Path: "kubernetes", Prefix: plain("k8s.")}, map[string]any{"k8s.pod": "web-7d4b9.a", "k8s.namespace": "shop", "k8s.container": "nginx-1", "k8s.container_id": id})
	f("a_b_c-"+id+".log", kubernetes, map[string]any{"pod": "a", "namespace": "b", "container": "c", "container_id": id})
	for _, rotated := range []string{"", ".1", ".20261128-010203", ".20261128-010203.gz", "-20261128.zst", ".1.gz"} {
		f("a_b_c-"+id+".log"+rotated, kubernetes, map[string]any{"pod": "a", "namespace": "b", "container": "c", "container_id": id})
		f("/var/log/pods/shop_web-7d4b9.a_0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/nginx-1/12.log"+rotated, kubernetes,
			map[string]any{"pod": "web-7d4b9.a", "namespace": "shop", "container": "nginx-1", "pod_uid": "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "restart": "12"})
	}
	f("a_b_c-"+id+".log.tmp", kubernetes, nil)
	f("/var/log/pods/shop_web_1/nginx/0.log.gz.tmp", kubernetes, nil)
	f("/var/log/pods/shop_web_1/nginx/a.log", kubernetes, nil)
	f("/var/log/pods/shop_web_1/0.log", kubernetes, nil)
	f("a_b_c-"+id[1:]+".log", kubernetes, nil)
	f("a_b-"+id+".log", kubernetes, nil)
	f("/var/log/nginx/access.log", kubernetes, nil)
	f("", kubernetes, nil)

	app := Step{Path: `^/srv/(?P<app>[^/]+)/(?:v(?P<version>\d+)/)?(\w+)\.log$`}
	f("/srv/shop/v12/out.log", app, map[string]any{"app": "shop", "version": "12"})
	f("/srv/shop/out.log", app, map[string]any{"app": "shop"})
	f("/srv/a\"b\\c\n\x01/out.log", app, map[string]any{"app": "a\"b\\c\n\x01"})
	f("/srv/\xff/out.log", app, map[string]any{"app": "\uFFFD", "invalid_utf8": true})
	f("/srv/x.log", Step{Path: `(?P<empty>y*)\.log`}, map[string]any{"empty": ""})
	f("/srv/x/out.log", Step{Path: `/srv/(?:(?P<a>\d+)|(?P<a>\w+))/`}, map[string]any{"a": "x"})
	// A field of that name is replaced where there is another value, and stays where there is none.
	f("/srv/shop/out.log", Step{Path: `/(?P<http_b>sh\w+)/`}, map[string]any{"http_b": "shop"})
	f("/srv/other/out.log", Step{Path: `/(?P<http_b>sh\w+)/`}, nil)
	f("/srv/other/out.log", Step{Path: `/srv/(?P<a>\w+)(?P<http_b>x)?`}, map[string]any{"a": "other"})
}

func TestFieldsFromThePathOfALineThatFailed(t *testing.T) {
	got, n := at(t, "/srv/shop/a.log", "json", "no object", Step{Path: `/srv/(?P<app>\w+)/(?P<message>\w)`})
	want := map[string]any{"message": "no object", "parse_error": "not a JSON object", "app": "shop"}
	if !reflect.DeepEqual(got, want) || n != 0 {
		t.Errorf("got %v, %d", got, n)
	}
	if _, n := at(t, "/other", "json", "no object", Step{Path: `/srv/(?P<app>\w+)/`}); n != 1 {
		t.Errorf("%d unmatched, want 1", n)
	}
}

func TestWhatComesFromThePathIsAFieldLikeOthers(t *testing.T) {
	got, _ := at(t, container, "raw", "x", Step{Path: "kubernetes"}, Step{KeepIf: `namespace == "shop"`},
		Step{Drop: []string{"container_id", "message"}}, Step{Rename: map[string]string{"pod": "p"}}, Step{Redact: []string{"all"}, Fields: []string{"container"}})
	if want := map[string]any{"p": "web-7d4b9.a", "namespace": "shop", "container": "***"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestEachStreamOfABatchHasItsPath also meets more paths than are remembered.
func TestEachStreamOfABatchHasItsPath(t *testing.T) {
	const n = maxPaths + 100
	stage := newStage(t, Step{Path: `^/(?P<n>\d+)$`})
	for range 2 {
		b := newBatch(strings.Split(strings.Repeat("x ", n-1)+"x", " ")...)
		at := b.Segments[0].Start
		b.Segments = nil
		for i := range n {
			s := stream()
			s.Path = fmt.Sprintf("/%d", i)
			b.Segments = append(b.Segments, record.Segment{Stream: s, Start: at, End: at + 2, First: i, N: 1})
			at += 2
		}
		stage.Parse(b)
		for i, line := range encoded(t, b) {
			if want := fmt.Sprintf(`"message":"x","n":"%d"`, i); line != want {
				t.Fatalf("got %s, want %s", line, want)
			}
		}
		if b.Unmatched != 0 {
			t.Errorf("%d unmatched", b.Unmatched)
		}
	}
}

func TestPathsThatAreWrong(t *testing.T) {
	f := func(s Step, want string) {
		t.Helper()
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", s, err, want)
		}
	}
	f(Step{Path: "("}, "path: is no regular expression: missing closing )")
	f(Step{Path: "(x)"}, "path: has no named group")
	f(Step{Path: "kubernets"}, "path: has no named group")
	f(Step{Path: "(?P<time>x)"}, `path: "time" is written by the agent`)
	f(Step{Path: "(?P<_a>x)"}, "path: names that begin with _")
	f(Step{Path: "(?P<a>x)", Prefix: plain("_")}, "path: names that begin with _")
	f(Step{Path: "(?P<a>x)", Prefix: plain("\"")}, "path: a name must be")
	f(Step{Path: "(?P<a>x)", Query: "q"}, "a second action beside query")
	f(Step{Path: "(?P<a>x)", Salt: "q"}, "salt: does not belong to path")
	if err := (&Step{Path: "(?P<time>x)", Prefix: plain("file_")}).Validate(); err != nil {
		t.Error(err)
	}
}
