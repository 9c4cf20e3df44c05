package golang

import (
	"errors"
	"strings"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/batch"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/tracee"
)

// tally is a signature as it is written for Tracee: it counts the events that it
// sees in a field of its own, and tells the count.
type tally struct {
	report detect.SignatureHandler
	count  int
	// closed counts the instances that were closed. All share it, so they come
	// from a factory.
	closed *int
	fails  string
}

func (y *tally) Init(c detect.SignatureContext) error {
	if y.fails != "" {
		return errors.New(y.fails)
	}
	y.report = c.Callback
	return nil
}

func (y *tally) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "T-1", Version: "1", EventName: "tally"}, nil
}

func (y *tally) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return []detect.SignatureEventSelector{{Source: "tracee", Name: "openat"}}, nil
}

func (y *tally) OnEvent(e protocol.Event) error {
	if _, ok := e.Payload.(trace.Event); !ok {
		return errors.New("no event")
	}
	y.count++
	y.report(&detect.Finding{Event: e, Data: map[string]any{"count": y.count}}) //nolint:staticcheck // existing signatures write it
	return nil
}

func (y *tally) OnSignal(detect.Signal) error {
	y.report(&detect.Finding{Data: map[string]any{"total": y.count}}) //nolint:staticcheck // existing signatures write it
	return nil
}

func (y *tally) Close() { *y.closed++ }

// tallied returns a set of one tally; closed counts what was closed.
func tallied(t *testing.T, closed *int, fails, digest string) *engine.Set {
	t.Helper()
	s, err := tracee.NewFromFactory(func() detect.Signature { return &tally{closed: closed, fails: fails} }, tracee.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := engine.NewSet([]engine.Program{FromFile(s, "dir/x.so", digest)}, engine.Limits{})
	if len(set.Rejected()) > 0 {
		t.Fatal(set.Rejected())
	}
	return set
}

func open(t *testing.T) *event.Event {
	t.Helper()
	e, err := event.ParseJSON([]byte(`{"eventName":"openat"}`))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// counted evaluates one event and returns the count that the signature tells.
func counted(t *testing.T, e *engine.Evaluator) any {
	t.Helper()
	matches, faults := e.Evaluate(t.Context(), open(t))
	if len(matches) != 1 || len(faults) > 0 {
		t.Fatalf("%d matches, faults %v", len(matches), faults)
	}
	return matches[0].Data["count"]
}

// Each partition has an instance, which lives as long as its content is in the
// set and is closed once.
func TestOwnedInstances(t *testing.T) {
	closed := 0
	set := tallied(t, &closed, "", "a")
	first, second := set.Evaluator(), set.Evaluator()
	idle := set.Evaluator()
	if counted(t, first) != 1 || counted(t, first) != 2 || counted(t, second) != 1 {
		t.Error("partitions share a count")
	}
	// The same content again: it goes on.
	same := tallied(t, &closed, "", "a").Successor(first)
	if err := first.Close(); err != nil || closed != 0 {
		t.Errorf("closed %d after the move, %v", closed, err)
	}
	if got := counted(t, same); got != 3 {
		t.Errorf("after the move the count is %v", got)
	}
	// Other content of the same id: it begins anew.
	other := tallied(t, &closed, "", "b").Successor(same)
	if err := same.Close(); err != nil || closed != 1 {
		t.Errorf("closed %d after the swap, %v", closed, err)
	}
	if got := counted(t, other); got != 1 {
		t.Errorf("after the swap the count is %v", got)
	}
	for _, e := range []*engine.Evaluator{other, second, idle} {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if closed != 3 {
		t.Errorf("closed %d, want 3: what saw no event was never made", closed)
	}
}

func TestOwnedSignal(t *testing.T) {
	closed := 0
	e := tallied(t, &closed, "", "a").Evaluator()
	counted(t, e)
	matches, faults := e.Signal(t.Context(), sdk.Signal{Kind: sdk.SourceComplete, Source: "tracee"})
	if len(matches) != 1 || len(faults) > 0 || matches[0].Data["total"] != 1 {
		t.Errorf("on the signal: %+v, %+v", matches, faults)
	}
}

// The finding of a signal is about the last event, whose memory is long in use
// for others, whether the batch was held or not.
func TestSignalAfterTheBatch(t *testing.T) {
	for _, hold := range []bool{false, true} {
		closed := 0
		e := tallied(t, &closed, "", "a").Evaluator()
		decoder := batch.Decoder{Reuse: true}
		first, err := decoder.Decode(encoded(t, "/etc/passwd", "/etc/shadow"))
		if err != nil {
			t.Fatal(err)
		}
		if hold {
			e.Hold()
		}
		for i := range first.Events {
			e.Evaluate(t.Context(), &first.Events[i])
		}
		if hold {
			e.Release()
		}
		if _, err := decoder.Decode(encoded(t, "/tmp/x", "/tmp/y")); err != nil {
			t.Fatal(err)
		}
		matches, _ := e.Signal(t.Context(), sdk.Signal{Kind: sdk.SourceComplete, Source: "tracee"})
		if len(matches) != 1 {
			t.Fatalf("%d matches", len(matches))
		}
		if path, _ := matches[0].Event.String("pathname"); path != "/etc/shadow" || matches[0].Event.Context.Node != "n" {
			t.Errorf("held %v: the finding is about %q", hold, path)
		}
	}
}

// encoded is a batch of opened files.
func encoded(t *testing.T, paths ...string) []byte {
	t.Helper()
	var events []event.Event
	for i, path := range paths {
		e := open(t)
		e.Seq, e.Context.Node, e.Context.BootID = uint64(i+1), "n", "b"
		e.Shape.Args = []event.ArgSpec{{Name: "pathname", Type: "const char*"}}
		e.Values = []event.Value{event.String(path)}
		events = append(events, *e)
	}
	var encoder batch.Encoder
	data, err := encoder.Encode(nil, &eventpb.Envelope{Node: "n", BootId: "b"}, events)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A signature that does not start fails each event and harms nobody else.
func TestOwnedDoesNotStart(t *testing.T) {
	closed := 0
	e := tallied(t, &closed, "no sockets", "a").Evaluator()
	for range 2 {
		matches, faults := e.Evaluate(t.Context(), open(t))
		if len(matches) > 0 || len(faults) != 1 || !strings.Contains(faults[0].Err.Error(), "does not start: initialise it: no sockets") {
			t.Fatalf("%v, %v", matches, faults)
		}
	}
	if _, faults := e.Signal(t.Context(), sdk.Signal{Kind: sdk.SourceComplete, Source: "tracee"}); len(faults) != 1 {
		t.Errorf("on the signal: %v", faults)
	}
	if err := e.Close(); err != nil || closed != 1 {
		t.Errorf("closed %d, %v", closed, err)
	}
}

// stubborn is a native signature with instances that do not end well.
type stubborn struct{ sample }

func (stubborn) NewInstance(*sdk.Context) (sdk.Signature, error) { return stubborn{}, nil }
func (stubborn) Close()                                          { panic("not now") }

// nothing makes no instance, or panics.
type nothing struct {
	sample
	panics bool
}

func (n nothing) NewInstance(*sdk.Context) (sdk.Signature, error) {
	if n.panics {
		panic("no room")
	}
	return nil, nil
}

func TestOwnedGoesWrong(t *testing.T) {
	closed := 0
	s, err := tracee.NewFromFactory(func() detect.Signature { return &tally{closed: &closed} }, tracee.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := engine.NewSet([]engine.Program{New(stubborn{sample{"1"}}), New(s)}, engine.Limits{}).Evaluator()
	e.Evaluate(t.Context(), open(t))
	if err := e.Close(); err == nil || !strings.Contains(err.Error(), "close signature sample") || !strings.Contains(err.Error(), "not now") {
		t.Errorf("a panic at the end: %v", err)
	}
	if closed != 1 {
		t.Error("the other signature was not closed")
	}
	for want, panics := range map[string]bool{"there is nothing to start": false, "panics at its start: no room": true} {
		e := engine.NewSet([]engine.Program{New(nothing{sample{"1"}, panics})}, engine.Limits{}).Evaluator()
		if _, faults := e.Evaluate(t.Context(), open(t)); len(faults) != 1 || !strings.Contains(faults[0].Err.Error(), want) {
			t.Errorf("want %q, got %v", want, faults)
		}
	}
}

// What people see is the author's type and its file, and what the set's version
// depends on is the file's content.
func TestOrigin(t *testing.T) {
	closed := 0
	s, err := tracee.NewFromFactory(func() detect.Signature { return &tally{closed: &closed} }, tracee.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := New(s).Source(), "go:github.com/weirsec/weir/services/detector/golang.tally"; got != want {
		t.Errorf("source %q, want %q", got, want)
	}
	if got, want := FromFile(s, "dir/x.so", "a").Source(), "dir/x.so:golang.tally"; got != want {
		t.Errorf("source %q, want %q", got, want)
	}
	if FromFile(s, "dir/x.so", "a").Digest() != FromFile(s, "other/x.so", "a").Digest() {
		t.Error("the digest depends on where the file lies")
	}
	if FromFile(s, "dir/x.so", "a").Digest() == FromFile(s, "dir/x.so", "b").Digest() {
		t.Error("the digest does not depend on the file's content")
	}
}
