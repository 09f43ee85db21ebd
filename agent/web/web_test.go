package web

import (
	"io/fs"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func page(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(files, "page", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		all[strings.TrimPrefix(path, "page/")] = string(text)
		return err
	})
	if err != nil || len(all) < 5 {
		t.Fatal(len(all), err)
	}
	return all
}

func TestThePageIsSmall(t *testing.T) {
	scripts, styles := 0, 0
	for name, text := range page(t) {
		switch {
		case strings.HasSuffix(name, ".js"):
			scripts += len(text)
		case strings.HasSuffix(name, ".css"):
			styles += len(text)
		}
	}
	if scripts == 0 || scripts > 60_000 || styles == 0 || styles > 12_000 {
		t.Errorf("scripts have %d bytes and styles %d; 60 kB and 12 kB are the most", scripts, styles)
	}
}

// What makes markup or code of text is nowhere in it, nor an address of somebody else: names of files and lines are hostile.
func TestThePageMakesNoMarkupOfTextAndAsksNobodyElse(t *testing.T) {
	never := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\b|new Function|https?:|//[a-z]+\.|document\.cookie|localStorage| style=|<style|javascript:| on[a-z]+=`)
	for name, text := range page(t) {
		if name == "icon.svg" {
			text = strings.Replace(text, ` xmlns="http://www.w3.org/2000/svg"`, "", 1) // without it no browser shows it
		}
		for line := range strings.Lines(text) {
			if found := never.FindString(line); found != "" {
				t.Errorf("%s has %q: %s", name, found, line)
			}
		}
		if name == "page.html" && regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(text) {
			t.Error("the page has a script within")
		}
	}
}

func TestEachFileOfThePageIsServedAsWhatItIs(t *testing.T) {
	h := Handler()
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Result().Header.Get("Content-Type")
	}
	kinds := map[string]string{".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
	for name, text := range page(t) {
		path := "/page/" + name
		if name == "page.html" {
			path = "/"
		}
		status, kind := get(path)
		if want := kinds[name[strings.LastIndex(name, "."):]]; status != 200 || want == "" || !strings.HasPrefix(kind, want) {
			t.Errorf("%s: %d, %s", path, status, kind)
		}
		for _, m := range regexp.MustCompile(`(?:src|href|from) ?=?"?["']?\.?(/[a-z./]+\.(?:js|css|svg))`).FindAllStringSubmatch(text, -1) {
			asked := m[1]
			if !strings.HasPrefix(asked, "/page/") {
				asked = "/page" + asked
			}
			if status, _ := get(asked); status != 200 {
				t.Errorf("%s asks for %s: %d", name, asked, status)
			}
		}
	}
	for _, path := range []string{"/page/", "/page/page.html", "/page/web.go", "/page/../web.go", "/nothing"} {
		if status, _ := get(path); status == 200 {
			t.Errorf("%s is served", path)
		}
	}
}
