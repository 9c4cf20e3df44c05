package batch

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

const (
	testNode = "node-1"
	testBoot = "0d6e1c5a-9f3f-4a55-8d35-0f4a4b1b7f11"
)

func testEnvelope() *eventpb.Envelope {
	return &eventpb.Envelope{
		Node: testNode, BootId: testBoot, FirstSeq: 1000, BootTime: 17,
		Stamps: []*eventpb.Stamp{{Stage: "collector", Instance: "c-1", In: 5, Out: 6}},
		Losses: []*eventpb.Loss{{Stage: "collector", Reason: "ring_full", Event: "openat", Count: 3}},
	}
}

// randomText makes texts from a small set, so that the dictionary matters, and
// sometimes from bytes that are not UTF-8.
func randomText(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0:
		return ""
	case 1:
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = byte(r.UintN(256))
		}
		return string(b)
	default:
		return fmt.Sprintf("/usr/lib/%d.so", r.IntN(50))
	}
}

func randomTexts(r *rand.Rand) []string {
	var list []string
	for range r.IntN(6) {
		list = append(list, randomText(r))
	}
	return list
}

func randomValue(r *rand.Rand) event.Value {
	switch event.Kind(r.IntN(int(maxKind) + 1)) {
	case event.KindBool:
		return event.Bool(r.IntN(2) == 0)
	case event.KindInt:
		return event.Int(int64(r.Uint64()) >> r.UintN(64))
	case event.KindUint:
		return event.Uint(r.Uint64() >> r.UintN(64))
	case event.KindFloat:
		return event.Float(r.NormFloat64())
	case event.KindString:
		return event.String(randomText(r))
	case event.KindStrings:
		return event.Strings(randomTexts(r))
	case event.KindBytes:
		return event.Bytes(randomText(r))
	case event.KindMap:
		return event.Map("sa_family", "AF_INET", "sin_addr", randomText(r))
	case event.KindJSON:
		return event.JSON(`{"a":[1,2]}`)
	default:
		return event.Value{}
	}
}

func randomProcess(r *rand.Rand, depth int) *event.Process {
	var p *event.Process
	for i := range depth {
		p = &event.Process{
			EntityID: r.Uint32(), PID: int32(i), NSPID: -1, UID: r.Uint32(), StartTime: r.Int64(),
			ExecTime: r.Int64(), Name: randomText(r), Executable: randomText(r), Args: randomTexts(r), Parent: p,
		}
	}
	return p
}

func randomContext(r *rand.Rand) *event.Context {
	c := &event.Context{
		Node: testNode, BootID: testBoot, HostName: randomText(r),
		PID: int32(r.Uint32()), TID: 2, PPID: 3, HostPID: 4, HostTID: 5, HostPPID: 6,
		UID: r.Uint32(), GID: 1, EUID: 2, LoginUID: math.MaxUint32, MountNS: r.Uint32(), PIDNS: 7,
		NetNS: r.Uint32(), Capabilities: r.Uint64(), TTY: r.Uint32(), UnifiedCgroupID: r.Uint64(),
		CgroupID: r.Uint64(), ProcessName: randomText(r), Executable: randomText(r), ThreadStartTime: r.Int64(),
		ThreadEntityID: r.Uint32(), ProcessEntityID: r.Uint32(), ParentEntityID: r.Uint32(),
		ContainerStarted: r.IntN(2) == 0, ContainerStatus: event.StatusPending, ProcessStatus: event.StatusLost,
		Process: randomProcess(r, r.IntN(event.MaxLineage+1)),
	}
	if r.IntN(2) == 0 {
		c.Container = event.Container{ID: randomText(r), Name: "n", Image: "i", ImageDigest: "d", Runtime: "docker"}
		c.Kubernetes = event.Kubernetes{PodName: "p", PodNamespace: "ns", PodUID: "u", PodSandbox: true}
		c.Container.Labels, c.Kubernetes.PodLabels = randomLabels(r), randomLabels(r)
	}
	return c
}

func randomLabels(r *rand.Rand) *event.Labels {
	var pairs []string
	for range r.IntN(4) {
		pairs = append(pairs, randomText(r), randomText(r))
	}
	return event.NewLabels(pairs...)
}

func randomEvents(r *rand.Rand) []event.Event {
	var contexts []*event.Context
	for range 1 + r.IntN(6) {
		contexts = append(contexts, randomContext(r))
	}
	var shapes []*event.Shape
	for i := range 1 + r.IntN(5) {
		s := &event.Shape{ID: int32(i) - 1, Name: fmt.Sprint("event", i)}
		for j := range r.IntN(6) {
			s.Args = append(s.Args, event.ArgSpec{Name: fmt.Sprint("arg", j), Type: "const char*"})
		}
		shapes = append(shapes, s)
	}
	events := make([]event.Event, r.IntN(64))
	for i := range events {
		ev := &events[i]
		*ev = event.Event{
			Seq: r.Uint64(), Time: r.Int64() - math.MaxInt64/2, Shape: shapes[r.IntN(len(shapes))],
			ReturnValue: int64(r.Uint64()), CPU: r.Uint32(), Compat: r.IntN(2) == 0,
			Syscall: randomText(r), Hook: "tp", Context: contexts[r.IntN(len(contexts))],
		}
		for range ev.Shape.Args {
			ev.Values = append(ev.Values, randomValue(r))
		}
		if r.IntN(4) == 0 {
			ev.Extra = &event.Extra{
				MatchedPolicies: []string{"p"}, StackAddresses: []uint64{1, math.MaxUint64}, Metadata: []byte(`{}`),
			}
		}
	}
	return events
}

// sameEvent describes the first difference of two events, "" for none. Texts
// and lists are compared by content, nil and empty lists being the same.
func sameEvent(a, b *event.Event) string {
	switch {
	case a.Seq != b.Seq || a.Time != b.Time || a.ReturnValue != b.ReturnValue || a.CPU != b.CPU:
		return "numbers"
	case a.Compat != b.Compat || a.Syscall != b.Syscall || a.Hook != b.Hook:
		return "syscall"
	case a.Shape.ID != b.Shape.ID || a.Shape.Name != b.Shape.Name || !slices.Equal(a.Shape.Args, b.Shape.Args):
		return "shape"
	case !slices.EqualFunc(a.Values, b.Values, sameValue):
		return "values"
	case fmt.Sprint(a.Extra) != fmt.Sprint(b.Extra):
		return "extra"
	}
	x, y := *a.Context, *b.Context
	for p, q := x.Process, y.Process; p != nil || q != nil; p, q = p.Parent, q.Parent {
		if p == nil || q == nil {
			return "length of the lineage"
		}
		u, v := *p, *q
		u.Parent, v.Parent = nil, nil
		if fmt.Sprintf("%#v", u) != fmt.Sprintf("%#v", v) {
			return "process"
		}
	}
	x.Process, y.Process = nil, nil
	if !x.Container.Labels.Equal(y.Container.Labels) || !x.Kubernetes.PodLabels.Equal(y.Kubernetes.PodLabels) {
		return "labels"
	}
	x.Container.Labels, y.Container.Labels = nil, nil
	x.Kubernetes.PodLabels, y.Kubernetes.PodLabels = nil, nil
	if x != y {
		return "context"
	}
	return ""
}

func sameValue(a, b event.Value) bool {
	return a.Kind() == b.Kind() && a.Text() == b.Text() && slices.Equal(a.List(), b.List()) &&
		a.Bool() == b.Bool() && math.Float64bits(a.Float()) == math.Float64bits(b.Float()) && sameNumber(a, b)
}

func sameNumber(a, b event.Value) bool {
	m, _ := a.Uint()
	n, _ := b.Uint()
	return m == n
}

func TestRoundTrip(t *testing.T) {
	for name, reuse := range map[string]bool{"new memory": false, "memory used again": true} {
		t.Run(name, func(t *testing.T) { roundTrip(t, Decoder{Reuse: reuse}) })
	}
}

func roundTrip(t *testing.T, dec Decoder) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var enc Encoder
	prefix := []byte("before")
	for round := range 300 {
		events := randomEvents(r)
		env := testEnvelope()
		data, err := enc.Encode(slices.Clone(prefix), env, events)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(data, prefix) {
			t.Fatal("Encode changed what was in dst")
		}
		got, err := dec.Decode(data[len(prefix):])
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(got.Envelope, env) {
			t.Fatalf("envelope %v, want %v", got.Envelope, env)
		}
		if len(got.Events) != len(events) || int(env.Count) != len(events) {
			t.Fatalf("round %d: %d events of %d, count %d", round, len(got.Events), len(events), env.Count)
		}
		for i := range events {
			if diff := sameEvent(&events[i], &got.Events[i]); diff != "" {
				t.Fatalf("round %d, event %d: %s differs\n got %+v\nwant %+v", round, i, diff, got.Events[i], events[i])
			}
		}
	}
}

// Everybody else reads batches with the protobuf runtime of their language.
func TestStockProtobuf(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var enc Encoder
	for range 50 {
		data, err := enc.Encode(nil, testEnvelope(), randomEvents(r))
		if err != nil {
			t.Fatal(err)
		}
		var stock, fast eventpb.Batch
		if err := proto.Unmarshal(data, &stock); err != nil {
			t.Fatal(err)
		}
		if err := fast.UnmarshalVTUnsafe(data); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(&stock, &fast) {
			t.Fatal("the two runtimes read different messages")
		}
		again, err := proto.Marshal(&stock)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := new(Decoder).Decode(again); err != nil {
			t.Fatalf("what the stock runtime wrote: %v", err)
		}
	}
}

func TestSharing(t *testing.T) {
	c := randomContext(rand.New(rand.NewPCG(5, 6)))
	s := &event.Shape{Name: "openat"}
	events := []event.Event{{Shape: s, Context: c}, {Shape: s, Context: c}}
	data, err := new(Encoder).Encode(nil, testEnvelope(), events)
	if err != nil {
		t.Fatal(err)
	}
	got, err := new(Decoder).Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := &got.Events[0], &got.Events[1]; a.Context != b.Context || a.Shape != b.Shape {
		t.Error("events of one thread and kind do not share context and shape")
	}
}

// A process met first as a distant ancestor must still bring its own ancestors.
func TestLineage(t *testing.T) {
	var all []*event.Process
	var p *event.Process
	for i := range 30 {
		p = &event.Process{PID: int32(i), Parent: p}
		all = append(all, p)
	}
	context := func(pid int) *event.Context {
		return &event.Context{Node: testNode, BootID: testBoot, Process: all[pid]}
	}
	s := &event.Shape{Name: "e"}
	pids := []int{29, 21, 25, 3, 29, 10, 9}
	var events []event.Event
	for _, pid := range pids {
		events = append(events, event.Event{Shape: s, Context: context(pid)})
	}
	data, err := new(Encoder).Encode(nil, testEnvelope(), events)
	if err != nil {
		t.Fatal(err)
	}
	got, err := new(Decoder).Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for i, pid := range pids {
		want := pid
		for p, depth := got.Events[i].Context.Process, 0; depth <= min(event.MaxLineage, pid); depth++ {
			if p == nil || p.PID != int32(want) {
				t.Fatalf("process %d, ancestor %d: %+v", pid, depth, p)
			}
			p, want = p.Parent, want-1
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	c := &event.Context{Node: testNode, BootID: testBoot}
	s := &event.Shape{Name: "openat", Args: []event.ArgSpec{{Name: "fd", Type: "int"}}}
	for _, test := range []struct {
		name  string
		event event.Event
		want  string
	}{
		{"no shape", event.Event{Context: c}, "no shape"},
		{"no context", event.Event{Shape: s}, "no context"},
		{"missing value", event.Event{Shape: s, Context: c}, "0 values for 1"},
		{"other node", event.Event{Shape: &event.Shape{}, Context: &event.Context{Node: "b"}}, `node "b"`},
		{"other boot", event.Event{Shape: &event.Shape{}, Context: &event.Context{Node: testNode}}, `boot ""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dst, err := new(Encoder).Encode([]byte("x"), testEnvelope(), []event.Event{test.event})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
			if string(dst) != "x" {
				t.Errorf("dst became %q", dst)
			}
		})
	}
	if _, err := new(Encoder).Encode(nil, nil, nil); err == nil {
		t.Error("a batch without envelope was encoded")
	}
}
