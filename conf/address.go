package conf

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// CheckListen says what is wrong with an address to listen on, "HOST:PORT" or ":PORT",
// and what to do; msg is "" when nothing is. Port 0 takes a free one.
func CheckListen(address string) (msg, hint string) {
	const want = `write it as "127.0.0.1:7711", "[::1]:7711" or ":7711"`
	switch _, rest, isURL := strings.Cut(address, "://"); {
	case isURL:
		return "must be an address, not a URL", "write " + strconv.Quote(rest)
	case strings.Contains(address, "/"):
		return "must be an address, without a path", want
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return notSplit(address), want
	}
	if host != "" {
		if msg := CheckHost(host); msg != "" {
			return msg, want
		}
	}
	if port == "0" {
		return "", ""
	}
	return checkPort(port), want
}

// CheckHostPort is CheckListen for an address to connect to; port may be "".
func CheckHostPort(host, port string) (msg string) {
	if msg := CheckHost(host); msg != "" || port == "" {
		return msg
	}
	return checkPort(port)
}

func notSplit(address string) string {
	_, err := netip.ParseAddr(strings.Trim(address, "[]"))
	switch {
	case address == "":
		return "must be an address with a port, not empty"
	case strings.Trim(address, "0123456789") == "":
		return "must be an address with a port; this is a number alone"
	case strings.Count(address, ":") > 1 && !strings.Contains(address, "]:"):
		return "must have [ and ] around an address of IPv6, and a port behind it"
	case err == nil || CheckHost(address) == "":
		return "must be an address with a port; there is no port"
	}
	return "must be an address with a port"
}

// CheckHost says what is wrong with the name or address of a host, without brackets.
func CheckHost(host string) (msg string) {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	bad := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r < 0x80 && r != '-' && r != '.' && r != '_'
	}
	last := host[strings.LastIndexByte(strings.TrimSuffix(host, "."), '.')+1:]
	switch i := strings.IndexFunc(host, bad); {
	case host == "":
		return "must name a host"
	case i >= 0:
		return "must not have " + strconv.Quote(host[i:i+1]) + " in the name of a host"
	case last != "" && strings.Trim(last, "0123456789") == "":
		return strconv.Quote(host) + " is no IP address"
	case strings.Contains(host, "..") || host[0] == '.' || len(host) > 253:
		return strconv.Quote(host) + " is no name of a host"
	}
	return ""
}

func checkPort(port string) (msg string) {
	if port == "" {
		return "must have a port behind the colon"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 {
		return ""
	}
	if strings.Trim(port, "-0123456789") != "" {
		if _, err := net.LookupPort("tcp", port); err == nil { // a name of services(5)
			return ""
		}
		return "has the port " + quote(port) + ", which is no number"
	}
	return "has the port " + quote(port) + "; ports are from 1 to 65535"
}
