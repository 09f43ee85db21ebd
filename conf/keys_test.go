package conf

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestKeysAreFoundWhereverTomlAllowsThem(t *testing.T) {
	// Every path with the text of its key and of its value.
	check := func(name, text string, want ...string) {
		t.Run(name, func(t *testing.T) {
			var tree map[string]any
			if _, err := toml.Decode(text, &tree); err != nil {
				t.Fatalf("this is no TOML: %v", err)
			}
			s := scanKeys(text)
			var got []string
			for _, path := range slices.SortedFunc(maps.Keys(s.places), func(a, b string) int {
				return s.places[a].key.start - s.places[b].key.start
			}) {
				at := s.places[path]
				got = append(got, path+" "+text[at.key.start:at.key.end]+" "+text[at.value.start:at.value.end])
			}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	check("plain", "a = 1 # x = 2\n# b = 3\nc = true", "a a 1", "c c true")
	check("carriage returns", "a = 1\r\nb = 'x'\r\n", "a a 1", "b b 'x'")
	check("dotted", "a.b = 1\na . c=2\n", "a a 1", "a.b b 1", "a.c c 2")
	check("quoted", `"a b".'c.d' = "e"`+"\n"+`"\"\u00e9" = 'x'`, `"a b" "a b" "e"`, `"a b"."c.d" 'c.d' "e"`, `"\"é" "\"\u00e9" 'x'`)
	check("table", "[a.b]\nc = 1\n[a]\nd = 2", "a a a", "a.b b b", "a.b.c c 1", "a.d d 2")
	check("inline", `a = { b = 1, c.d = "}" , e = {} }`, `a a { b = 1, c.d = "}" , e = {} }`, "a.b b 1", `a.c c "}"`, `a.c.d d "}"`, "a.e e {}")
	check("hash in a string", `a = "# \" b = 1"`+"\nc = '#\\'\n", `a a "# \" b = 1"`, `c c '#\'`)
	check("date with a space", "a = 1979-05-27 07:32:00 # x\n", "a a 1979-05-27 07:32:00")
	check("multi-line strings", "a = \"\"\"\nx = 1 \\\"\"\"\\\\\n[b]\"\"\"\"\"\nc = '''\n'' '''''\n",
		"a a \"\"\"\nx = 1 \\\"\"\"\\\\\n[b]\"\"\"\"\"", "c c '''\n'' '''''")
}

func TestArrayElementsHaveIndexes(t *testing.T) {
	text := `
[[s]]
a = [1, "]", # x = [
  [2, 3], { b = 4 },
]
[s.t]
u = 1
[[s]]
a = []
[[s.v]]
w = 5
[[s.v]]
w = 6`
	s := scanKeys(text)
	for path, want := range map[string]string{
		"s[0].a[0]": "1", "s[0].a[1]": `"]"`, "s[0].a[2]": "[2, 3]", "s[0].a[2][1]": "3", "s[0].a[3]": "{ b = 4 }", "s[0].a[3].b": "4",
		"s[0].t.u": "1", "s[1].a": "[]", "s[1].v[0].w": "5", "s[1].v[1].w": "6", "s[1]": "s", "s[1].v[1]": "v",
	} {
		if at, ok := s.places[path]; !ok || text[at.value.start:at.value.end] != want {
			t.Errorf("%s: got %q, want %q", path, text[at.value.start:at.value.end], want)
		}
	}
}

func TestPathsAreTakenApart(t *testing.T) {
	for path, want := range map[string]string{
		"a": "", "a.b": "a", "a[3]": "a", "a[3].b": "a[3]", "a[3][4]": "a[3]", "": "",
		join("a", "x.y"): "a", join("", `"`): "", join("a", `."b.`): "a", join(join("a", "]"), "b"): `a."]"`, elem(join("", "q["), 0): `"q["`,
	} {
		if got := parent(path); got != want {
			t.Errorf("parent of %s: got %s, want %s", path, got, want)
		}
	}
}

// For every valid document each key and element of the decoded tree has a place,
// and for any text at all the scanner ends inside it.
func FuzzKeysOfValidTomlHavePlaces(f *testing.F) {
	for _, text := range badTexts(f) {
		f.Add(text)
	}
	for _, text := range []string{
		"a.b.c = [[1,{d=2}],[]]\n[[x.y]]\n[x.y.z]\nq=1\n[[x.y]]\n", "'' = 1\n\"\".\"\\x41\" = ''", "a = '''\n''''' # x\nb=\"\"\"\\\n  \"\"\"",
		"x = { a = 1, # c\n b = 2,\n}", "[a]\n[a.'b\\']\nc=1", "[[[[[", "a = [[[", "a = {b = {c = ", "\"\\", "a=\"\\\n", "[\"a\nb\"]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := scanKeys(text)
		if s.pos > len(text) {
			t.Fatalf("ran to %d of %d", s.pos, len(text))
		}
		for path, at := range s.places {
			for _, sp := range []span{at.key, at.value} {
				if sp.start < 0 || sp.end < sp.start || sp.end > len(text) {
					t.Fatalf("%s lies at %v", path, sp)
				}
			}
			if up := parent(path); len(up) >= len(path) {
				t.Fatalf("parent of %s is %s", path, up)
			}
		}
		var tree map[string]any
		if s.tooDeep >= 0 || strings.HasPrefix(text, "\xef\xbb\xbf") || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
			return
		}
		if _, err := toml.Decode(text, &tree); err != nil {
			return
		}
		var walk func(path string, value any)
		walk = func(path string, value any) {
			if _, ok := s.places[path]; !ok && path != "" {
				t.Fatalf("no place for %s in\n%s", path, text)
			}
			if table, ok := value.(map[string]any); ok {
				for k, v := range table {
					walk(join(path, k), v)
				}
			}
			items, _ := list(value)
			for i, v := range items {
				walk(elem(path, i), v)
			}
		}
		walk("", tree)
	})
}
