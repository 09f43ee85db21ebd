// Package web is the local page: a shell of HTML, style and our own modules, which asks the API for all that
// it shows.
//
// Nothing is built: the files are in the binary as they are here. All that the API says is shown as text.
package web

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var files embed.FS

// Handler serves / and the files of the page. Whoever can open a connection may have them: they know nothing.
func Handler() http.Handler {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic("BUG: the page is not in the binary: " + err.Error())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, page, "page.html") })
	for _, name := range []string{"add.js", "app.js", "ask.js", "dom.js", "map.js", "session.js", "source.js", "stream.js", "view.js", "style.css", "icon.svg"} {
		mux.HandleFunc("GET /page/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, page, name) })
	}
	return mux
}
