package conf

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
)

func mustLoad(t *testing.T, path string) *Config {
	t.Helper()
	c, err := Load(path, fakeKinds())
	if err != nil {
		t.Fatalf("%s:\n%v", path, err)
	}
	return c
}

func TestTwoTablesMakeAWorkingAgent(t *testing.T) {
	got := mustLoad(t, "testdata/good/smallest.toml")
	want := &Config{
		Agent: Agent{
			DataDir: "/var/lib/logskiff", Listen: "127.0.0.1:7710", UI: UIOn, Browse: []string{"/var/log/**"}, Memory: 64 << 20,
			StopTimeout: Duration(4 * time.Second), Log: Log{"info", "text"},
		},
		Sources: []Source{{
			Name: "nginx-access",
			Reader: Plugin{"file", &fakeFile{
				Paths: []string{"/var/log/nginx/access.log"}, StartAt: "end", MaxLine: 1 << 20, PollInterval: Duration(time.Second),
			}},
			Parser: Plugin{"raw", &fakeRaw{}},
			SendTo: []string{"ingest"},
			File:   "testdata/good/smallest.toml", Line: 2,
		}},
		Senders: []Sender{{
			Name:        "ingest",
			Plugin:      Plugin{"http", &fakeHTTP{Endpoints: []string{"https://ingest-1:7711"}, Retries: 3, KeepAlive: true}},
			Batch:       Batch{Bytes: 1 << 20, Wait: Duration(200 * time.Millisecond)},
			MaxInFlight: 8,
			File:        "testdata/good/smallest.toml", Line: 6,
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEveryTypeOfSettingIsDecoded(t *testing.T) {
	got := mustLoad(t, "testdata/good/every-type.toml").Senders[0].Settings
	no := false
	want := &fakeHTTP{
		Endpoints: []string{"https://a"},
		Token:     "multi\r\nline", // the file has CRLF, and TOML drops the first line end
		Headers:   map[string]Secret{"X-Key": "1", "Y": "2"},
		Retries:   -128,
		Ports:     []uint16{0, 65535},
		Jitter:    1,
		Routes:    []fakeRoute{{"a", &no}, {"${b}", nil}},
		TLS:       &fakeTLS{CA: "/etc/ca.pem"},
	}
	want.Timeout = Duration(90 * time.Second)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTwoLoadsShareNoSettings(t *testing.T) {
	a, b := mustLoad(t, "testdata/good/smallest.toml"), mustLoad(t, "testdata/good/smallest.toml")
	a.Sources[0].Reader.Settings.(*fakeFile).Paths[0] = "changed"
	a.Sources[0].SendTo[0] = "changed"
	if b.Sources[0].Reader.Settings.(*fakeFile).Paths[0] == "changed" || b.Sources[0].SendTo[0] == "changed" {
		t.Error("a later load sees what was done to an earlier one")
	}
}

func TestEqualMeansTheSamePipelineWhereverItIsWritten(t *testing.T) {
	const text = `
[[source]]
name = "a"
reader.file = { paths = ["/x"] }
tags = { env = "prod" }
[[sender]]
name = "s"
http = { endpoints = ["https://a"], token = "one", tls = { ca = "x" } }
`
	parse := func(text string) (Source, Sender) {
		t.Helper()
		c, err := Parse("a.toml", []byte(text), fakeKinds())
		if err != nil {
			t.Fatal(err)
		}
		return c.Sources[0], c.Senders[0]
	}
	source, sender := parse(text)
	check := func(old, new string, sameSource, sameSender bool) {
		t.Helper()
		s, to := parse(strings.Replace(text, old, new, 1))
		if s.Equal(source) != sameSource || to.Equal(sender) != sameSender {
			t.Errorf("%q for %q: source %v, sender %v", new, old, s.Equal(source), to.Equal(sender))
		}
	}
	check("", "\n# moved down\n", true, true)
	check(`["/x"]`, `["/x"], start_at = "end"`, true, true) // the default, spelled out
	check(`"/x"`, `"/y"`, false, true)
	check(`prod`, `test`, false, true)
	check(`"one"`, `"two"`, true, false)
	check(`ca = "x"`, `ca = "y"`, true, false)
	check(`name = "s"`, `name = "s2"`, false, false)
	check(`name = "s"`, "name = \"s\"\nmax_in_flight = 1", true, false)
}

func TestSettingsThatCannotBeDecodedAreABug(t *testing.T) {
	for name, settings := range map[string]any{
		"channel": &struct {
			C chan int `toml:"c"`
		}{},
		"map keys": &struct {
			C map[int]string `toml:"c"`
		}{},
		"twice": &struct {
			A int `toml:"c"`
			B int `toml:"c"`
		}{},
	} {
		func() {
			defer func() {
				if r := recover(); !strings.HasPrefix(fmt.Sprint(r), "BUG: ") {
					t.Errorf("%s: got %v", name, r)
				}
			}()
			kinds := fakeKinds()
			kinds.Readers[0].New = func() any { return settings }
			_, err := Parse("x", []byte("[[source]]\nname = \"a\"\nreader.file.c = { 1 = 1 }\n"), kinds)
			t.Errorf("%s: no panic, but %v", name, err)
		}()
	}
}

// No text ends the process, and what is said about it can be printed on a terminal.
func FuzzParseNeverPanicsAndEscapesWhatItShows(f *testing.F) {
	for _, text := range badTexts(f) {
		f.Add(text)
	}
	kinds := fakeKinds()
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("fuzz.toml", []byte(text), kinds)
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
		if err == nil {
			return
		}
		if _, ok := err.(Errors); !ok {
			t.Fatalf("got %T", err)
		}
		for _, r := range err.Error() {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%q is shown in %q", r, err.Error())
			}
		}
	})
}
