package event

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// sample is an event with every key set.
func sample() *Event {
	return &Event{
		Seq: 7, Time: 1680190419485136510, CPU: 4, ReturnValue: 3, Syscall: "openat", Hook: "sys_exit",
		Shape: &Shape{ID: 257, Name: "openat", Args: []ArgSpec{
			{"dirfd", "int"},
			{"pathname", "const char*"},
			{"flags", "int"},
			{"mode", "mode_t"},
		}},
		Values: []Value{Int(-100), String("/etc/passwd"), Int(0o100 | 1), Uint(0o644)},
		Context: &Context{
			Node: "n", BootID: "b", HostName: "hb", PID: 77, TID: 78, PPID: 1, HostPID: 320908, HostTID: 320909,
			HostPPID: 1635, UID: 1000, GID: 1000, MountNS: 4026531841, PIDNS: 4026531836, CgroupID: math.MaxUint64,
			ProcessName: "cat", Executable: "/usr/bin/cat", ThreadStartTime: 1680190419369780383,
			ThreadEntityID: 11, ProcessEntityID: 22, ParentEntityID: math.MaxUint32, ContainerStarted: true,
			Container: Container{
				ID: "abc", Name: "web", Image: "nginx:1", ImageDigest: "sha256:1", Runtime: "docker",
				Labels: NewLabels("app", "shop", "empty", ""),
			},
			Kubernetes: Kubernetes{
				PodName: "p", PodNamespace: "ns", PodUID: "u", PodSandbox: true, PodLabels: NewLabels("tier", "\"front\""),
			},
		},
		Extra: &Extra{
			MatchedPolicies: []string{"pol1"}, StackAddresses: []uint64{1, math.MaxUint64},
			Metadata: []byte(`{"Version":"1"}`),
		},
	}
}

// The exact bytes are the contract: order of keys included.
const sampleParsed = `{"timestamp":1680190419485136510,"threadStartTime":1680190419369780383,"processorId":4,` +
	`"processId":77,"cgroupId":18446744073709551615,"threadId":78,"parentProcessId":1,"hostProcessId":320908,` +
	`"hostThreadId":320909,"hostParentProcessId":1635,"userId":1000,"mountNamespace":4026531841,` +
	`"pidNamespace":4026531836,"processName":"cat","executable":{"path":"/usr/bin/cat"},"hostName":"hb",` +
	`"containerId":"abc","container":{"id":"abc","name":"web","image":"nginx:1","imageDigest":"sha256:1",` +
	`"labels":{"app":"shop","empty":""}},` +
	`"kubernetes":{"podName":"p","podNamespace":"ns","podUID":"u","podSandbox":true,"podLabels":{"tier":"\"front\""}},"eventId":"257",` +
	`"eventName":"openat","matchedPolicies":["pol1"],"argsNum":4,"returnValue":3,"syscall":"openat",` +
	`"stackAddresses":[1,18446744073709551615],"contextFlags":{"containerStarted":true,"isCompat":false},` +
	`"threadEntityId":11,"processEntityId":22,"parentEntityId":4294967295,"args":[` +
	`{"name":"dirfd","type":"int","value":-100},{"name":"pathname","type":"const char*","value":"/etc/passwd"},` +
	`{"name":"flags","type":"const char*","value":"O_WRONLY|O_CREAT"},` +
	`{"name":"mode","type":"const char*","value":"S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH"}],"metadata":{"Version":"1"}}`

func TestAppendJSON(t *testing.T) {
	if got := string(AppendJSON(nil, sample())); got != sampleParsed {
		t.Errorf(" got %s\nwant %s", got, sampleParsed)
	}
	raw := strings.NewReplacer(`"type":"const char*","value":"O_WRONLY|O_CREAT"`, `"type":"int","value":65`,
		`"type":"const char*","value":"S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH"`, `"type":"mode_t","value":420`).Replace(sampleParsed)
	if got := string(AppendRawJSON([]byte("x"), sample())); got != "x"+raw {
		t.Errorf(" got %s\nwant x%s", got, raw)
	}
}

// An event that says nothing still has all keys but the two optional ones.
func TestAppendEmpty(t *testing.T) {
	text := AppendJSON(nil, &Event{Shape: &Shape{}, Context: &Context{}})
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 30 {
		t.Errorf("%d keys in %s", len(keys), text)
	}
	for key, want := range map[string]string{
		"args": "[]", "container": "{}", "kubernetes": "{}", "stackAddresses": "null", "eventId": `"0"`,
		"containerId": `""`, "executable": `{"path":""}`,
	} {
		if string(keys[key]) != want {
			t.Errorf("%s is %s, want %s", key, keys[key], want)
		}
	}
}

func TestAppendValue(t *testing.T) {
	for _, test := range []struct {
		name  string
		value Value
		want  string
	}{
		{"null", Value{}, "null"},
		{"bool", Bool(true), "true"},
		{"lowest int", Int(math.MinInt64), "-9223372036854775808"},
		{"highest uint", Uint(math.MaxUint64), "18446744073709551615"},
		{"float", Float(1.5), "1.5"},
		{"small float", Float(1e-9), "1e-09"},
		{"infinity", Float(math.Inf(1)), "null"},
		{"escapes", String("a\"b\\c\n\r\t\x00\x1b\x7f/<&>"), `"a\"b\\c\n\r\t\u0000\u001b` + "\x7f" + `/<&>"`},
		{"not UTF-8", String("\xff\xc3\x28é\xe2\x82"), `"` + "\uFFFD\uFFFD(é\uFFFD\uFFFD" + `"`},
		{"texts", Strings([]string{"a", "\xff"}), `["a","` + "\uFFFD" + `"]`},
		{"no texts", Strings(nil), "[]"},
		{"bytes", Bytes("\x7fELF"), `"f0VMRg=="`},
		{"map", Map("sa_family", "AF_UNIX", "sun_path", "\x00a"), `{"sa_family":"AF_UNIX","sun_path":"\u0000a"}`},
		{"json", JSON(`[1,{"a":null}]`), `[1,{"a":null}]`},
		{"empty json", JSON(""), "null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := appendValue(nil, test.value)
			if string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if !json.Valid(got) || !utf8.Valid(got) {
				t.Errorf("%q is not valid", got)
			}
		})
	}
}

// A malformed event from another package must not bring a stage down.
func TestAppendMissingValues(t *testing.T) {
	e := &Event{Shape: &Shape{Args: []ArgSpec{{"a", "int"}}}, Context: &Context{}}
	if got := AppendJSON(nil, e); !strings.Contains(string(got), `"args":[{"name":"a","type":"int","value":null}]`) {
		t.Errorf("got %s", got)
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	e := sample()
	buf := AppendJSON(nil, e)
	b.ReportAllocs()
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		buf = AppendJSON(buf[:0], e)
	}
}
