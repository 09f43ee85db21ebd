package conf

import (
	"strings"
	"testing"
)

const whole = `# A configuration with a bit of everything.
[agent]
host = "web-1" # it is
memory = "64MiB"
log = { level = "info", format = 'text' }

[[source]]
name = "a"
reader.file = { paths = ["/x", "/y"], max_line = 1_024 }
tags = { env = """prod""" }
[[sender]]
name = "s"
max_in_flight = 8
[sender.http]
endpoints = ["https://a"]
retries = 3
jitter = 0.5
token = "canary-canary-canary"
keep_alive = true
timeout = "5s"
`

// Whatever is mistyped, the message is ours, has advice, and shows no secret.
func TestEachSlipOfTheKeyIsExplained(t *testing.T) {
	if _, err := Parse("a.toml", []byte(whole), fakeKinds()); err != nil {
		t.Fatal(err)
	}
	secret := strings.Index(whole, "token")
	key := span{secret, secret + len("token")} // cut in two it is no key that anyone knows
	refused := 0
	f := func(text string) {
		t.Helper()
		_, err := Parse("a.toml", []byte(text), fakeKinds())
		if err == nil {
			return
		}
		refused++
		for _, e := range err.(Errors) {
			if strings.HasPrefix(e.Msg, "this is not TOML") || strings.Contains(e.Msg, "toml: ") {
				t.Errorf("the library speaks: %v", e)
			}
			if strings.Contains(e.Error(), "canary") {
				t.Errorf("a secret is shown: %v", e)
			}
		}
	}
	for i := range len(whole) {
		if i >= key.start && i <= key.end {
			continue
		}
		f(whole[:i] + whole[i+1:])
		f(whole[:i])
		for _, c := range "\"'[}=,#\n 0\\" {
			f(whole[:i] + string(c) + whole[i:])
		}
	}
	if refused < 1000 {
		t.Errorf("only %d texts were refused", refused)
	}
}

func TestSecretsAreHiddenAndNothingElse(t *testing.T) {
	secrets := map[string]bool{"bearer": true, "password": true, "headers": true, "tokens": true}
	for key, want := range map[string]bool{
		"bearer": true, "Bearer": true, "baerer": true, "bear": true, "bearer_token": true, "pasword": true, "passwort": true, "header": true,
		"api_token": true, "my_secret": true,
		"senders": false, "sender": false, "reader": false, "name": false, "listen": false, "paths": false, "tags": false, "hea": false,
	} {
		if got := resemblesSecret(key, secrets); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
	for value, want := range map[string]bool{
		`"${NAME}"`: true, `'${NAME}'`: true, `"${file:/etc/token}"`: true,
		`"${NAME:-canary}"`: false, `"${NAME}canary"`: false, `"canary${NAME}"`: false, `"${canary"`: false, `"$${NAME}"`: false, `"${A}${B}"`: false,
		`"canary"`: false, `""`: false, `"${}"`: false, `"${not-a-name}"`: false,
	} {
		if got := isReference(value); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}
