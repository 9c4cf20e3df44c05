package finding

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

// Ids must never change: subscribers deduplicate by them across versions.
func TestNewID(t *testing.T) {
	for _, test := range []struct {
		name               string
		signature, version string
		events             []string
		window             int64
		want               string
	}{
		{"single", "TRC-2", "1", []string{"n/b/7"}, 0, "ncm2irhljbbixv5rn5r4lhy3o4zx744k"},
		{"version", "TRC-2", "2", []string{"n/b/7"}, 0, "zznskthyy2ndzz6ph52zxft224co3zyz"},
		{"window", "TRC-2", "1", []string{"n/b/7"}, -1, "t5viwfujhrv6btz4lrv2txjdgturyryq"},
		{"two events", "TRC-2", "1", []string{"n/b/7", "n/b/8"}, 0, "beou3ci7u5kzrdcbjmhyorciev4gdlks"},
		{"other cut", "TRC-21", "", []string{"n/b/7"}, 0, "vasnaupcokwaa4jfqzp5t5zqo25y2geb"},
		{"no events", "", "", nil, math.MaxInt64, "k3a3jvcsbqhk2kxhthz5zmeuntaupm5x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := NewID(test.signature, test.version, test.events, test.window); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	if got := TraceID("x"); got != "4971c536059c9e520fc965bbf3f0a27a" {
		t.Errorf("TraceID = %s", got)
	}
}

func TestSeverityOf(t *testing.T) {
	for _, test := range []struct {
		name  string
		given any
		want  Severity
		otel  int32
	}{
		{"int", 0, SeverityInfo, 9},
		{"int64", int64(1), SeverityLow, 10},
		{"float", 2.0, SeverityMedium, 13},
		{"json number", json.Number("3"), SeverityHigh, 17},
		{"text number", "4", SeverityCritical, 21},
		{"word", "high", SeverityHigh, 17},
		{"null", nil, SeverityMedium, 13},
		{"too high", 5, SeverityMedium, 13},
		{"negative", -1, SeverityMedium, 13},
		{"nonsense", []int{3}, SeverityMedium, 13},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := SeverityOf(map[string]any{"Severity": test.given})
			if got != test.want || got.Number() != test.otel {
				t.Errorf("got %s (%d), want %s (%d)", got, got.Number(), test.want, test.otel)
			}
		})
	}
	if got := SeverityOf(nil); got != SeverityMedium {
		t.Errorf("nothing said gives %s", got)
	}
	if got := Severity("awful").Number(); got != 0 {
		t.Errorf("no severity has number %d", got)
	}
}

func hostEvent() *event.Event {
	return &event.Event{Shape: &event.Shape{}, Context: &event.Context{
		Node: "a/../b c", PID: 5, HostPID: 50, HostTID: 50, UID: 7, ProcessName: "p\xff", Executable: "/bin/p",
		ProcessEntityID: math.MaxUint32, ThreadStartTime: 9,
	}}
}

func TestOfHostProcess(t *testing.T) {
	e := hostEvent()
	want := &Process{
		EntityID: math.MaxUint32, PID: 50, NSPID: 5, UID: 7, Name: "p\xff", Executable: "/bin/p", StartTime: 9,
	}
	if got := ProcessOf(e); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if ContainerOf(e) != nil || KubernetesOf(e) != nil {
		t.Error("a host process has a container or a pod")
	}
	if got := EnrichmentOf(e); got == nil || len(got) != 0 {
		t.Errorf("enrichment %v of an event that nobody enriched", got)
	}
	if got, want := SubjectOf(e), "host/a%2F..%2Fb%20c/proc/4294967295"; got != want {
		t.Errorf("subject %s, want %s", got, want)
	}
	e.Context.HostTID = 51
	if got := ProcessOf(e); got.StartTime != 0 {
		t.Error("the start of a thread passes for that of its process")
	}
}

func TestOfContainerProcess(t *testing.T) {
	e := hostEvent()
	c := e.Context
	c.Container = event.Container{ID: "abc", Name: "n", Image: "i", ImageDigest: "d", Runtime: "crio", Labels: event.NewLabels("a", "b")}
	c.Kubernetes = event.Kubernetes{
		PodName: "p", PodNamespace: "ns", PodUID: "u", PodSandbox: true, PodLabels: event.NewLabels("c", "d"),
	}
	c.ContainerStatus, c.ProcessStatus = event.StatusNotFound, event.StatusResolved
	for i := range 12 {
		c.Process = &event.Process{PID: int32(i), Args: []string{"a"}, StartTime: 1, ExecTime: 2, Parent: c.Process}
	}
	p := ProcessOf(e)
	if p.PID != 11 || p.ExecTime != 2 || len(p.Ancestors) != event.MaxLineage {
		t.Errorf("process %+v", p)
	}
	for i, a := range p.Ancestors {
		if a.PID != int32(10-i) || len(a.Ancestors) != 0 {
			t.Errorf("ancestor %d is %+v", i, a)
		}
	}
	if got, want := ContainerOf(e), (&Container{"abc", "n", "i", "d", "crio", map[string]string{"a": "b"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("container %+v", got)
	}
	if got, want := KubernetesOf(e), (&Kubernetes{"p", "ns", "u", true, map[string]string{"c": "d"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("pod %+v", got)
	}
	if got, want := EnrichmentOf(e), map[string]string{"container": "not_found", "process": "resolved"}; !reflect.DeepEqual(got, want) {
		t.Errorf("enrichment %v", got)
	}
	if got, want := SubjectOf(e), "container/abc/proc/4294967295"; got != want {
		t.Errorf("subject %s, want %s", got, want)
	}
}

// Findings made from hostile names still keep to the schema.
func TestHostileNames(t *testing.T) {
	_, whole := schemas(t)
	doc := sampleEvent(t)
	for _, node := range []string{"a b", "\x1b[31m", "é/../x", "%2f", "\xff"} {
		e := hostEvent()
		e.Context.Node = node
		doc["subject"] = SubjectOf(e)
		if err := whole.Validate(doc); err != nil {
			t.Errorf("subject %q: %v", SubjectOf(e), err)
		}
		if strings.Count(SubjectOf(e), "/") != 3 {
			t.Errorf("subject %q has more parts than four", SubjectOf(e))
		}
	}
}
