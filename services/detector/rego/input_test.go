package rego

import (
	"bytes"
	"math"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/weirsec/weir/schemas/event"
)

// samples are events with every kind of value and every optional key.
func samples() map[string]*event.Event {
	shape := &event.Shape{ID: 257, Name: "openat", Args: []event.ArgSpec{
		{Name: "dirfd", Type: "int"},
		{Name: "pathname", Type: "const char*"},
		{Name: "flags", Type: "int"},
		{Name: "mode", Type: "mode_t"},
		{Name: "missing", Type: "int"},
	}}
	kinds := &event.Shape{ID: -1, Name: "kinds", Args: []event.ArgSpec{
		{Name: "bool", Type: "bool"},
		{Name: "max", Type: "unsigned long"},
		{Name: "min", Type: "long"},
		{Name: "float", Type: "float64"},
		{Name: "nan", Type: "float"},
		{Name: "argv", Type: "const char*const*"},
		{Name: "bytes", Type: "bytes"},
		{Name: "addr", Type: "struct sockaddr*"},
		{Name: "json", Type: "strange"},
		{Name: "bool", Type: "twice"},
		{Name: "b\xffd", Type: "t\x00"},
	}}
	full := &event.Context{
		Node: "n", BootID: "b", HostName: "h\xfe\xffst", PID: 1, TID: 2, PPID: -3, HostPID: 4, HostTID: 5, HostPPID: 6,
		UID: math.MaxUint32, MountNS: math.MaxUint32, PIDNS: 7, CgroupID: math.MaxUint64, ProcessName: "a\nb\x1b\"",
		Executable: "/bin/\u202ex", ThreadStartTime: math.MaxInt64, ThreadEntityID: math.MaxUint32, ProcessEntityID: 1,
		ParentEntityID: 2, ContainerStarted: true,
		Container:  event.Container{ID: "c", Name: "n", Image: "i", ImageDigest: "d", Runtime: "r", Labels: event.NewLabels("b", "\xff", "a", "2", "b", "3")},
		Kubernetes: event.Kubernetes{PodName: "p", PodNamespace: "ns", PodUID: "u", PodSandbox: true},
	}
	return map[string]*event.Event{
		"host": {Time: 1680190419485136510, Shape: shape, Context: &event.Context{}, Values: []event.Value{
			event.Int(-100), event.String("/etc/passwd"), event.Int(0x80241), event.Uint(0o644),
		}},
		"full": {
			Seq: 1, Time: math.MinInt64, Shape: kinds, Context: full, ReturnValue: math.MinInt64, CPU: 3, Compat: true,
			Syscall: "x", Hook: "tp", Values: []event.Value{
				event.Bool(true), event.Uint(math.MaxUint64), event.Int(math.MinInt64), event.Float(1e300),
				event.Float(math.NaN()), event.Strings([]string{"a", "\x80", ""}), event.Bytes("\x7fELF\x00"),
				event.Map("sa_family", "AF_INET", "sin_port", "80", "sin_port", "81"),
				event.JSON(`{"a":[1,2.50,null,{"b":12345678901234567890}]}`), event.Bool(false),
				{},
			},
			Extra: &event.Extra{
				MatchedPolicies: []string{"p1", ""}, StackAddresses: []uint64{1, math.MaxUint64},
				Metadata: []byte(`{"Version":"1","Properties":{"Severity":3}}`),
			},
		},
		"empty":       {Shape: &event.Shape{}, Context: &event.Context{}},
		"empty lists": {Shape: kinds, Context: full, Extra: &event.Extra{StackAddresses: []uint64{}}},
	}
}

func TestInputEqualsJSON(t *testing.T) {
	for name, e := range samples() {
		t.Run(name, func(t *testing.T) { checkInput(t, e) })
	}
}

func checkInput(t *testing.T, e *event.Event) {
	t.Helper()
	text := event.AppendJSON(nil, e)
	want, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	got := inputTerm(e, everything).Value
	if got.Compare(want) != 0 {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got.Hash() != want.Hash() {
		t.Errorf("equal values with different hashes: %s", got)
	}
}

func FuzzInputEqualsJSON(f *testing.F) {
	for _, e := range samples() {
		f.Add(event.AppendJSON(nil, e))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := event.ParseJSON(text); err == nil {
			checkInput(t, e)
		}
	})
}

func BenchmarkInput(b *testing.B) {
	e := samples()["host"]
	b.ReportAllocs()
	for b.Loop() {
		inputTerm(e, everything)
	}
}
