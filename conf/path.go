package conf

import (
	"strconv"
	"strings"
)

// A path names one key or array element of a document: source[0].tags."a b".
// Quoting keeps two different places from having one name.

func join(path, key string) string {
	if !isBare(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func elem(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// parent cuts the last key or index off; "" has none.
func parent(path string) string {
	if p, quoted := strings.CutSuffix(path, `"`); quoted {
		// A quote inside a quoted key has a backslash before it.
		for i := len(p) - 1; i >= 0; i-- {
			if p[i] == '"' && (i == 0 || p[i-1] == '.') {
				return strings.TrimSuffix(p[:i], ".")
			}
		}
	}
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

func isBare(key string) bool {
	for i := range len(key) {
		c := key[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return key != ""
}
