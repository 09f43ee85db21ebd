package conf

import "testing"

func TestAddressesAreChecked(t *testing.T) {
	listen := func(address string, good bool) {
		t.Helper()
		msg, hint := CheckListen(address)
		if (msg == "") != good || !good && hint == "" {
			t.Errorf("%q: got %q, %q", address, msg, hint)
		}
	}
	for _, good := range []string{":7711", "127.0.0.1:0", "localhost:1", "[::1]:65535", "[fe80::1%eth0]:80", "a-b.example.org:80", "my_host:80", "10.0.0.1:http", "bücher.example:80", "host.:80"} {
		listen(good, true)
	}
	for _, bad := range []string{
		"", ":", "7711", "localhost", "127.0.0.1", ":70000", ":-1", ":nothing-of-that-name", "::1:7711", "[::1:7711", "[::1]", "::1", "1.2.3:80", "300.0.0.1:80",
		"a b:80", "http://a:80", "a:80/x", "a..b:80", ".a:80", "a:b:80", "-1:", "a@b:80",
	} {
		listen(bad, false)
	}
	if msg := CheckHostPort("a", "0"); msg == "" {
		t.Error("port 0 to connect to")
	}
}

func FuzzCheckListen(f *testing.F) {
	f.Add("127.0.0.1:1")
	f.Add("[::1]:x")
	f.Add("..")
	f.Fuzz(func(t *testing.T, address string) {
		if msg, hint := CheckListen(address); msg != "" && hint == "" {
			t.Errorf("no advice for %q: %s", address, msg)
		}
	})
}
