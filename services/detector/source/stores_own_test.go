package source

import (
	"errors"
	"testing"
	"time"
	"unsafe"

	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// partition returns the sources of a partition, all asked for, and a function
// that puts an event at hand.
func partition(t testing.TB, ids ...string) (find map[string]sdk.DataSource, b *bound, feed func(*event.Event)) {
	t.Helper()
	r, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	var at *event.Event
	b, _ = r.Bind(func() *event.Event { return at }).(*bound)
	find = make(map[string]sdk.DataSource)
	for _, id := range ids {
		find[id], _ = b.DataSource("tracee", id)
	}
	return find, b, func(e *event.Event) {
		at = e
		b.Learn(e)
	}
}

// scratch is memory that is used again for each event, as a decoder's is.
type scratch struct{ memory []byte }

func (s *scratch) text(text string) string {
	begin := len(s.memory)
	s.memory = append(s.memory, text...)
	return unsafe.String(unsafe.SliceData(s.memory[begin:]), len(text))
}

func (s *scratch) reuse() {
	clear(s.memory)
	s.memory = s.memory[:0]
}

// A replica answers about processes that earlier events told of, at any time,
// and keeps nothing of the memory of events, nor believes in their addresses.
func TestTreeLearnsFromLineages(t *testing.T) {
	find, _, feed := partition(t, "process_tree")
	tree := find["process_tree"]
	memory := &scratch{memory: make([]byte, 0, 4096)}
	shell := &event.Process{EntityID: 3, PID: 30, StartTime: 20, ExecTime: 25}
	cat := &event.Process{EntityID: 4, PID: 40, StartTime: 30, Parent: shell}
	ran := func(at int64, path string, executed int64) {
		memory.reuse()
		shell.Executable, shell.Name = memory.text("/bin/sh"), memory.text("sh")
		cat.Executable, cat.ExecTime = memory.text(path), executed
		feed(&event.Event{Time: at, Shape: &event.Shape{Name: "openat"}, Context: &event.Context{
			Node: memory.text("n"), BootID: memory.text("b"), ProcessEntityID: 4, HostPID: 40, Process: cat, ProcessStatus: event.StatusResolved,
		}})
	}
	ran(40, "/bin/cat", 35)
	ran(50, "/bin/tac", 45)
	memory.reuse()
	feed(on("n", "close", 60))
	path := func(key any) string {
		t.Helper()
		found, err := tree.Get(key)
		if err != nil {
			t.Fatalf("%+v: %v", key, err)
		}
		info, _ := found[query.ProcessInfo].(datasource.TimeRelevant[datasource.ProcessInfo])
		return info.Info.ExecutionBinary.Path
	}
	for key, want := range map[datasource.ProcKey]string{
		{EntityID: 4}:                         "/bin/tac",
		{EntityID: 4, Time: time.Unix(0, 41)}: "/bin/cat",
		{EntityID: 3}:                         "/bin/sh",
	} {
		if got := path(key); got != want {
			t.Errorf("%+v ran %q, want %q", key, got, want)
		}
	}
	found, err := tree.Get(datasource.LineageKey{EntityID: 4, MaxDepth: 5})
	if lineage, _ := found[query.ProcessLineage].(datasource.ProcessLineage); err != nil || len(lineage) != 2 || lineage[1].Info.PID != 30 {
		t.Errorf("lineage %+v, %v", lineage, err)
	}
	feed(on("other", "close", 70))
	if _, err := tree.Get(datasource.ProcKey{EntityID: 4}); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("on another node: %v", err)
	}
}

func TestTableLearnsFromContexts(t *testing.T) {
	find, _, feed := partition(t, "containers")
	e := on("n", "openat", 1)
	e.Context.Container = event.Container{ID: "c1", Name: "web", Image: "nginx"}
	e.Context.ContainerStatus = event.StatusResolved
	feed(e)
	feed(on("n", "openat", 2))
	found, err := find["containers"].Get("c1")
	if err != nil || found["container_name"] != "web" {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestNamesLearnFromResponses(t *testing.T) {
	find, _, feed := partition(t, "dns")
	response := `[{"query_data":{"query":"a.example","query_type":"A","query_class":"IN"},` +
		`"dns_answer":[{"answer_type":"A","ttl":300,"answer":"10.1.2.3"}]}]`
	e := &event.Event{
		Time: int64(time.Hour), Context: &event.Context{Node: "n", BootID: "b", Container: event.Container{ID: "c1"}},
		Shape:  &event.Shape{Name: "net_packet_dns_response", Args: []event.ArgSpec{{Name: "dns_response"}}},
		Values: []event.Value{event.JSON(response)},
	}
	feed(e)
	later := on("n", "connect", int64(time.Hour+time.Minute))
	later.Context.Container.ID = "c1"
	feed(later)
	found, err := find["dns"].Get("10.1.2.3")
	if err != nil || found[query.DNSRoot] == "" {
		t.Fatalf("got %v, %v", found, err)
	}
	if names, _ := found[query.DNSQueries].([]string); len(names) == 0 || names[0] != "a.example" {
		t.Errorf("got %v", found)
	}
	other := on("n", "connect", int64(time.Hour+time.Minute))
	other.Context.Container.ID = "c2"
	feed(other)
	if _, err := find["dns"].Get("10.1.2.3"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Errorf("in another container: %v", err)
	}
}

// BenchmarkLearn is what every event costs while sources are asked for. Without
// any, see BenchmarkSources of the engine.
func BenchmarkLearn(b *testing.B) {
	for name, ids := range map[string][]string{
		"containers": {"containers"}, "process_tree": {"process_tree"}, "dns": {"dns"}, "all": {"containers", "process_tree", "dns"},
	} {
		b.Run(name, func(b *testing.B) {
			_, bound, _ := partition(b, ids...)
			var events []*event.Event
			for i := range 1000 {
				e := on("n", "openat", int64(i))
				e.Context.Container = event.Container{ID: "c1", Name: "web"}
				e.Context.ProcessEntityID = uint32(i%50 + 1)
				e.Context.Process = &event.Process{EntityID: uint32(i%50 + 1), PID: int32(i % 50), StartTime: 5, Executable: "/bin/cat"}
				events = append(events, e)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				bound.Learn(events[i%len(events)])
			}
		})
	}
}
