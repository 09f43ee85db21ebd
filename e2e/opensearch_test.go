package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// searchStarts is how long a node may take to start, on a machine however slow.
const searchStarts = 3 * time.Minute

// opensearchMissing says why there is no real OpenSearch, or "". LOGSKIFF_OPENSEARCH_LIBS names the folder of its jars, which
// .ci/run fills by testdata/opensearch/pom.xml.
func opensearchMissing() string {
	jars, _ := filepath.Glob(filepath.Join(os.Getenv("LOGSKIFF_OPENSEARCH_LIBS"), "opensearch-2*.jar"))
	switch {
	case path("javac") == "":
		return "a JDK is not installed (apt-get install openjdk-17-jdk-headless)"
	case len(jars) == 0:
		return "there is no OpenSearch: LOGSKIFF_OPENSEARCH_LIBS names no folder with its jars (mvn -f e2e/testdata/opensearch/pom.xml dependency:copy-dependencies -DoutputDirectory=FOLDER -DincludeScope=runtime)"
	}
	return ""
}

// searchNode is one node of OpenSearch, which takes half a gigabyte: all tests share it, one after another, each with indexes of its own.
type searchNode struct {
	dir             string
	port, transport int
	cmd             *exec.Cmd
	ended           chan struct{}
	said            bytes.Buffer
}

var search struct {
	once sync.Once
	node *searchNode
	err  error
}

// stopSearch ends the node that tests shared.
func stopSearch() {
	if n := search.node; n != nil {
		n.kill()
		_ = os.RemoveAll(n.dir) // of the system's temporary files
	}
}

// openSearch returns the node, which answers.
func openSearch(t *testing.T) *searchNode {
	t.Helper()
	need(t, "opensearch")
	search.once.Do(func() {
		n := &searchNode{port: freePort(t), transport: freePort(t)}
		if n.dir, search.err = os.MkdirTemp("", "logskiff-e2e-search-"); search.err != nil {
			return
		}
		search.node = n
		search.err = errors.Join(os.Mkdir(filepath.Join(n.dir, "config"), 0o700), n.start())
	})
	if search.err != nil {
		t.Fatalf("cannot start OpenSearch: %v", search.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("OpenSearch said: %.3000s", search.node.said.String())
		}
	})
	search.node.ready(t)
	return search.node
}

// start starts the node; it need not answer yet.
func (n *searchNode) start() error {
	n.cmd = exec.Command(path("java"), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(os.Getenv("LOGSKIFF_OPENSEARCH_LIBS"), "*"),
		"testdata/opensearch/TestNode.java", n.dir, strconv.Itoa(n.port), strconv.Itoa(n.transport))
	n.said.Reset()
	n.cmd.Stdout, n.cmd.Stderr = &n.said, &n.said
	n.ended = make(chan struct{})
	if err := n.cmd.Start(); err != nil {
		return err
	}
	cmd, ended := n.cmd, n.ended
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
	}()
	return nil
}

// kill ends the node as kill -9 does.
func (n *searchNode) kill() {
	_ = n.cmd.Process.Kill() // it may have ended
	<-n.ended
}

func (n *searchNode) url() string { return fmt.Sprintf("http://127.0.0.1:%d", n.port) }

// ready waits until its indexes can be read and written.
func (n *searchNode) ready(t *testing.T) {
	t.Helper()
	eventually(t, searchStarts, "OpenSearch answers", func() bool {
		select {
		case <-n.ended:
			t.Fatalf("OpenSearch has ended: %.3000s", n.said.String())
		default:
		}
		status, body := n.ask(http.MethodGet, "/_cluster/health", "")
		return status == 200 && !strings.Contains(body, `"status":"red"`)
	})
}

// ask makes a request; status 0: there is no answer.
func (n *searchNode) ask(method, path, body string) (status int, answer string) {
	r, err := http.NewRequest(method, n.url()+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(all)
}

// must makes a request that succeeds.
func (n *searchNode) must(t *testing.T, method, path, body string) string {
	t.Helper()
	status, answer := n.ask(method, path, body)
	if status/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

// found is one document.
type found struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Source struct {
		Message string
		Time    string                              `json:"@timestamp"`
		Origin  struct{ Host, Source, Path string } `json:"logskiff"`
	} `json:"_source"`
}

// count returns how many documents can be found.
func (n *searchNode) count(index string) int {
	_, _ = n.ask(http.MethodPost, "/"+index+"/_refresh", "") // it may not be there yet
	_, body := n.ask(http.MethodGet, "/"+index+"/_count", "")
	var answer struct{ Count int }
	if json.Unmarshal([]byte(body), &answer) != nil {
		return 0
	}
	return answer.Count
}

// all returns all documents of indexes.
func (n *searchNode) all(t *testing.T, index string) (docs []found) {
	t.Helper()
	n.must(t, http.MethodPost, "/"+index+"/_refresh", "")
	answer := n.must(t, http.MethodPost, "/"+index+"/_search?scroll=1m&size=10000", `{"sort":["_doc"]}`)
	for {
		var page struct {
			ID   string `json:"_scroll_id"`
			Hits struct{ Hits []found }
		}
		if err := json.Unmarshal([]byte(answer), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Hits.Hits) == 0 {
			return docs
		}
		docs = append(docs, page.Hits.Hits...)
		answer = n.must(t, http.MethodPost, "/_search/scroll", fmt.Sprintf(`{"scroll":"1m","scroll_id":%q}`, page.ID))
	}
}

// takes adds to l what indexes hold, once there are at least n documents.
func (n *searchNode) takes(t *testing.T, l *ledger, index string, want int) {
	t.Helper()
	have := 0
	if !waitFor(searchStarts, func() bool { have = n.count(index); return have >= want }) {
		t.Errorf("%d of %d documents are in %s", have, want, index)
	}
	for _, d := range n.all(t, index) {
		stream, offset, _ := strings.Cut(d.ID, "-")
		id := identity{stream: stream, offset: -1}
		if at, err := strconv.ParseInt(offset, 10, 64); err == nil {
			id.offset = at
		}
		l.addText(id, d.Source.Message)
	}
}

func searchSender(name, index, settings string, n *searchNode) string {
	return fmt.Sprintf("[[sender]]\nname = %q\nelasticsearch = { endpoints = [%q], index = %q%s }\n", name, n.url(), index, settings)
}
