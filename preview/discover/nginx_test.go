package discover

import (
	"strings"
	"testing"
)

const nginxMain = `
user www-data;
error_log /var/log/nginx/error.log warn;
include /etc/nginx/modules-enabled/*.conf;
events { worker_connections 768; }
http {
	# access_log /var/log/comment.log;
	log_format timed '$remote_addr [$time_local] '
	                 '"$request" ' # comment; within
	                 '$status $request_time';
	log_format js escape=json '{"a":"$remote_addr","s":$status}';
	access_log /var/log/nginx/access.log;
	map $uri $x { "~a{2}" 1; default ${uri}y; }
	include conf.d/*.conf;
	include /etc/nginx/sites-enabled/*;
	include mime.types;
}
stream {
	log_format timed '$remote_addr $protocol';
	access_log /var/log/nginx/stream.log timed;
}
`

const nginxLua = `
server {
	content_by_lua_block {
		-- a brace in a comment } and a quote " here
		--[[ many lines }
		} ]]
		local s = "} access_log /var/log/lua.log; \" }"
		local t = [==[ } ]] ]==]
		if s then ngx.say('{') end
		return { a = { 1 } }
	}
	access_log /var/log/nginx/lua_access.log timed buffer=32k flush=5m;
	access_log syslog:server=10.0.0.1:514 timed;
	access_log off;
	access_log /var/log/nginx/$host.log timed;
	access_log /var/log/nginx/packed.log timed gzip;
	access_log /var/log/nginx/odd.log nosuch;
	access_log logs/relative.log;
	access_log "/var/log/nginx/with space.log" js if=$x;
	error_log stderr;
}
`

func TestNginxIsFollowedThroughItsIncludes(t *testing.T) {
	root := tree(t, map[string]string{
		"/etc/nginx/nginx.conf":              nginxMain,
		"/etc/nginx/conf.d/lua.conf":         nginxLua,
		"/etc/nginx/conf.d/loop.conf":        "include conf.d/*.conf; include /etc/nginx/nginx.conf;",
		"/etc/nginx/sites-available/shop":    "server { access_log /var/log/nginx/shop.log js; location / { error_log /srv/shop/error.log; } }",
		"/etc/nginx/sites-enabled/shop":      "-> /etc/nginx/sites-available/shop",
		"/var/log/nginx/access.log":          combinedLine,
		"/var/log/nginx/lua_access.log":      "1.2.3.4 [21/Nov/2026:02:20:47 +0000] \"GET / HTTP/1.1\" 200 0.005\nnot of this format\n1.2.3.4 [21/Nov/2026:02:20:48 +0000] \"GET / HTTP/1.1\" 200 0.005\n",
		"/var/log/nginx/shop.log":            "{\"a\":\"1.2.3.4\",\"s\":200}\n",
		"/var/log/nginx/with space.log":      "",
		"/var/log/nginx/stream.log":          "1.2.3.4 TCP\n",
		"/var/log/nginx/odd.log":             combinedLine,
		"/var/log/nginx/packed.log":          "",
		"/var/log/nginx/error.log":           "",
		"/var/log/comment.log":               "hello there\n",
		"/usr/share/nginx/logs/relative.log": combinedLine,
		"/srv/shop/error.log":                "",
	})
	found := find(t, Options{Root: root})
	f := func(path, parser string, parsed, lines int, why string) {
		t.Helper()
		l := found.the(t, path)
		if !strings.Contains(l.Parser.Text(), parser) || l.Parser.Parsed != parsed || l.Parser.Lines != lines || !strings.Contains(strings.Join(l.Found, ", "), why) {
			t.Errorf("%s: got %s, %d of %d, found %q", path, l.Parser.Text(), l.Parser.Parsed, l.Parser.Lines, l.Found)
		}
	}
	const timed = `nginx = { format = "log_format timed '$remote_addr [$time_local] ' '\"$request\" ' '$status $request_time';" }`
	f("/var/log/nginx/access.log", `nginx = { format = "combined" }`, 1, 1, "/etc/nginx/nginx.conf:12")
	f("/var/log/nginx/lua_access.log", timed, 2, 3, "/etc/nginx/conf.d/lua.conf:12")
	f("/var/log/nginx/shop.log", `nginx = { format = "log_format js escape=json '{\"a\":\"$remote_addr\",\"s\":$status}';" }`, 1, 1, "/etc/nginx/sites-enabled/shop:1")
	f("/var/log/nginx/with space.log", `log_format js escape=json`, 0, 0, "lua.conf:19")
	f("/var/log/nginx/stream.log", `$remote_addr $protocol`, 1, 1, "nginx.conf:20")
	f("/var/log/nginx/odd.log", `nginx = { format = "combined" }`, 1, 1, "lua.conf:17")
	f("/usr/share/nginx/logs/relative.log", "combined", 1, 1, "lua.conf:18")
	f("/srv/shop/error.log", "", 0, 0, "sites-enabled/shop:1")
	f("/var/log/comment.log", "raw", 0, 1, underVarLog)
	for _, want := range []string{
		"lua.conf:13: access_log goes to syslog:server=10.0.0.1:514",
		"lua.conf:15: access_log has a variable in its path, so nobody knows the files: /var/log/nginx/$host.log",
		"lua.conf:16: writes /var/log/nginx/packed.log compressed",
		"lua.conf:17: names the format \"nosuch\", which is not defined",
		"lua.conf:20: error_log goes to the standard output",
		"mime.types: is included, but does not exist",
	} {
		if !strings.Contains(found.notes(), want) {
			t.Errorf("no note says %q in\n%s", want, found.notes())
		}
	}
	if strings.Contains(found.notes(), "lua.log") {
		t.Error("Lua's text was read as a directive")
	}
}

func TestNginxWordsTakeAnyText(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		s := nginxWords{text: text}
		words, _ := s.next()
		var got []string
		for _, w := range words {
			got = append(got, w.text)
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	f(`a b;`, "a", "b")
	f(`a 'b c' "d;e" f#g;`, "a", "b c", "d;e", "f#g")
	f(`a '\'b' "\"" \;c;`, "a", "'b", `"`, `\;c`)
	f(`a ${b}c $d{`, "a", "${b}c", "$d")
	f(`a 'not closed; }`, "a", "not closed; }")
	f(`a \`, "a", `\`)
	f("a\n# c\n b\n;", "a", "b")
	f(`access_log /var/log/${host}.log;`, "access_log", "/var/log/${host}.log")
}

func FuzzNginxWords(f *testing.F) {
	f.Add(nginxMain)
	f.Add(nginxLua)
	f.Add("a_by_lua_block {--[[")
	f.Add("b_by_lua_block {'\\")
	f.Fuzz(func(t *testing.T, text string) {
		s := nginxWords{text: text}
		for at := -1; ; at = s.at {
			words, end := s.next()
			if end == 0 {
				return
			}
			if s.at <= at {
				t.Fatal("it does not go on")
			}
			if end == '{' && len(words) > 0 && strings.HasSuffix(words[0].text, "_by_lua_block") {
				s.skipLua()
			}
		}
	})
}

// The configuration that Debian's package brings is the real thing.
func TestTheRealNginxConfiguration(t *testing.T) {
	f := newFinder(Options{})
	if _, err := f.stat("/etc/nginx/sites-available/default"); err != nil {
		t.Skip("nginx is not installed here")
	}
	f.nginx()
	for _, path := range []string{"/var/log/nginx/access.log", "/var/log/nginx/error.log"} {
		e := f.byPath[path]
		if e == nil {
			t.Skipf("%s is not there: nginx has not run here, or logs to another place", path)
		}
		if !strings.HasPrefix(e.why[0], "/etc/nginx/") {
			t.Errorf("%s: %q", path, e.why)
		}
	}
}

// One file included in http and in stream is read in both.
func TestAnIncludeIsReadInEachBlock(t *testing.T) {
	root := tree(t, map[string]string{
		"/etc/nginx/nginx.conf": "http { log_format main '$remote_addr $status'; include conf.d/log.conf; server { include conf.d/log.conf; } }\n" +
			"stream { log_format main '$remote_addr $protocol'; include conf.d/log.conf; include conf.d/more.conf; }\n",
		"/etc/nginx/conf.d/log.conf":  "include conf.d/log.conf; access_log /var/log/nginx/both.log main;",
		"/etc/nginx/conf.d/more.conf": "access_log /var/log/nginx/more.log main;",
		"/var/log/nginx/both.log":     "1.2.3.4 TCP\n1.2.3.5 TCP\n1.2.3.5 TCP\n",
		"/var/log/nginx/more.log":     "1.2.3.4 TCP\n",
	})
	found := find(t, Options{Root: root})
	l := found.the(t, "/var/log/nginx/both.log")
	if want := `nginx = { format = "log_format main '$remote_addr $protocol';" }`; l.Parser.Text() != want || l.Parser.Parsed != 3 {
		t.Errorf("got %s, %d of %d", l.Parser.Text(), l.Parser.Parsed, l.Parser.Lines)
	}
	if notes := found.notes(); strings.Contains(notes, "not defined") {
		t.Error(notes)
	}
}
