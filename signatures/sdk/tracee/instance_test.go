package tracee

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// scripted is a signature that does what a test says; what it says of itself is
// in its fields, so that copies do the same.
type scripted struct {
	authored
	metadata  detect.SignatureMetadata
	selectors []detect.SignatureEventSelector
	err       error
	initErr   string
	onEvent   func(*scripted, protocol.Event) error
	onSignal  func(*scripted, detect.Signal) error
	onClose   func(*scripted)
	source    detect.DataSource
	asked     string
}

func (s *scripted) Init(c detect.SignatureContext) error {
	if s.initErr == "panic" {
		panic("no memory")
	}
	if s.initErr != "" {
		return errors.New(s.initErr)
	}
	if s.asked != "" {
		found, ok := c.GetDataSource("tracee", s.asked)
		if !ok {
			return fmt.Errorf("no data source tracee/%s", s.asked)
		}
		s.source = found
	}
	return s.authored.Init(c)
}

func (s *scripted) GetMetadata() (detect.SignatureMetadata, error) { return s.metadata, s.err }
func (s *scripted) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return s.selectors, s.err
}
func (s *scripted) OnEvent(e protocol.Event) error { return s.onEvent(s, e) }
func (s *scripted) OnSignal(signal detect.Signal) error {
	if s.onSignal == nil {
		return nil
	}
	return s.onSignal(s, signal)
}

func (s *scripted) Close() {
	if s.onClose != nil {
		s.onClose(s)
	}
}

// script returns a factory of signatures that do that with an event. It is a
// factory because closures cannot be copied.
func script(onEvent func(*scripted, protocol.Event) error, more ...func(*scripted)) func() detect.Signature {
	return func() detect.Signature {
		s := &scripted{metadata: detect.SignatureMetadata{ID: "S-1", Version: "1", EventName: "s_one"}, onEvent: onEvent}
		for _, change := range more {
			change(s)
		}
		return s
	}
}

func startScript(t *testing.T, factory func() detect.Signature, opts Options) *at {
	t.Helper()
	adapted, err := NewFromFactory(factory, opts)
	if err != nil {
		t.Fatal(err)
	}
	started, err := startAdapted(adapted)
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func finding(data map[string]any) *detect.Finding {
	return &detect.Finding{Data: data} //nolint:staticcheck // existing signatures write the field
}

func TestReports(t *testing.T) {
	shared := map[string]any{"n": 0}
	for _, c := range []struct {
		name    string
		onEvent func(*scripted, protocol.Event) error
		want    []any
		err     string
	}{
		{"nothing", func(*scripted, protocol.Event) error { return nil }, nil, ""},
		{"no data", func(s *scripted, _ protocol.Event) error { s.report(finding(nil)); return nil }, []any{nil}, ""},
		{"empty data", func(s *scripted, _ protocol.Event) error { s.report(finding(map[string]any{})); return nil }, []any{map[string]any{}}, ""},
		{"by method", func(s *scripted, _ protocol.Event) error {
			f := finding(nil)
			f.AddDataEntry("a", 1)
			f.AddDataEntries(map[string]any{"b": "x"})
			s.report(f)
			return nil
		}, []any{map[string]any{"a": 1, "b": "x"}}, ""},
		{"one map again and again", func(s *scripted, _ protocol.Event) error {
			for i := range 3 {
				shared["n"] = i
				s.report(finding(shared))
			}
			return nil
		}, []any{map[string]any{"n": 0}, map[string]any{"n": 1}, map[string]any{"n": 2}}, ""},
		{"with an error", func(s *scripted, _ protocol.Event) error {
			s.report(finding(nil))
			return errors.New("half of it failed")
		}, []any{nil}, "half of it failed"},
		{"nil", func(s *scripted, _ protocol.Event) error { s.report(nil); return nil }, []any{nil}, "nil for a finding"},
		{"of another signature", func(s *scripted, _ protocol.Event) error {
			s.report(&detect.Finding{SigMetadata: detect.SignatureMetadata{ID: "S-2"}})
			return nil
		}, []any{nil}, `signature "S-2": it is shown as one of S-1`},
		{"what is no JSON", func(s *scripted, _ protocol.Event) error {
			s.report(finding(map[string]any{"good": 1, "bad": make(chan int)}))
			return nil
		}, []any{map[string]any{"good": 1}}, `the value of "bad"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			started := startScript(t, script(c.onEvent), Options{})
			err := started.OnEvent(started.context, full())
			if got := started.taken(); !reflect.DeepEqual(got, c.want) {
				t.Errorf("reports %v, want %v", got, c.want)
			}
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

// What was found before a panic is found; the panic is the engine's to catch.
func TestPanicAfterReport(t *testing.T) {
	started := startScript(t, script(func(s *scripted, _ protocol.Event) error {
		s.report(finding(nil))
		panic("afterwards")
	}), Options{})
	func() {
		defer func() {
			if value := recover(); value != "afterwards" {
				t.Errorf("recovered %v", value)
			}
		}()
		_ = started.OnEvent(started.context, full())
	}()
	if got := started.taken(); len(got) != 1 {
		t.Errorf("reports %v", got)
	}
}

// A finding that comes from a goroutine, later, belongs to no event: it is an
// error of the next one, is counted, and at the end it is told.
func TestLateFindings(t *testing.T) {
	var log bytes.Buffer
	release, done := make(chan bool), make(chan bool)
	started := startScript(t, script(func(s *scripted, _ protocol.Event) error {
		report := s.report
		go func() {
			for range release {
				report(finding(nil))
				done <- true
			}
		}()
		return nil
	}), Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := started.OnEvent(started.context, full()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		release <- true
		<-done
	}
	err := started.OnEvent(started.context, full())
	if !errors.Is(err, ErrLate) || !strings.Contains(err.Error(), "2 lost") {
		t.Errorf("error %v", err)
	}
	if err := started.OnEvent(started.context, full()); err != nil {
		t.Errorf("told again: %v", err)
	}
	release <- true
	<-done
	closeSignature(t, started)
	if got := started.taken(); len(got) != 0 {
		t.Errorf("reports %v", got)
	}
	for range 2 {
		release <- true
		<-done
	}
	if got := strings.Count(log.String(), "reports after it was closed"); got != 1 {
		t.Errorf("findings after the end are told %d times", got)
	}
	if !strings.Contains(log.String(), "findings=3") || !strings.Contains(log.String(), "signature=S-1") {
		t.Errorf("the log says %q", log.String())
	}
	close(release)
}

func closeSignature(t *testing.T, started *at) {
	t.Helper()
	c, ok := started.Signature.(sdk.Closer)
	if !ok {
		t.Fatalf("a %T cannot be closed", started.Signature)
	}
	c.Close()
}

// Each partition remembers for itself.
func TestInstancesShareNothing(t *testing.T) {
	exported := &apiConnection{}
	first, second := start(t, exported, Options{}), start(t, exported, Options{})
	exec := parsed(t, `{"eventName":"sched_process_exec","container":{"id":"c"},"args":[
		{"name":"env","type":"[]string","value":["KUBERNETES_SERVICE_HOST=1.1.1.1"]}]}`)
	connect := parsed(t, `{"eventName":"security_socket_connect","container":{"id":"c"},"args":[
		{"name":"remote_addr","type":"SockAddr","value":{"sa_family":"AF_INET","sin_addr":"1.1.1.1","sin_port":"443"}}]}`)
	for _, e := range []*event.Event{exec, connect} {
		if err := first.OnEvent(first.context, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.OnEvent(second.context, connect); err != nil {
		t.Fatal(err)
	}
	if len(first.taken()) != 1 || len(second.taken()) != 0 {
		t.Error("one partition knows what the other has seen, or forgets what it has")
	}
	if exported.servers != nil || exported.report != nil {
		t.Error("the exported value was initialised")
	}
}

// Partitions run side by side; the race detector sees whether their instances
// share anything.
func TestPartitionsInParallel(t *testing.T) {
	adapted, err := New(&apiConnection{servers: map[string]string{"other": "9.9.9.9"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var partitions sync.WaitGroup
	for range 4 {
		partitions.Go(func() {
			started, err := startAdapted(adapted)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 100 {
				exec, err := event.ParseJSON(fmt.Appendf(nil, `{"eventName":"sched_process_exec","container":{"id":"c%d"},"args":[
					{"name":"env","type":"[]string","value":["KUBERNETES_SERVICE_HOST=1.1.1.1"]}]}`, i))
				if err == nil {
					err = started.OnEvent(started.context, exec)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	partitions.Wait()
}

func parsed(t testing.TB, text string) *event.Event {
	t.Helper()
	e, err := event.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSignals(t *testing.T) {
	var got []detect.Signal
	started := startScript(t, script(nil, func(s *scripted) {
		s.onSignal = func(s *scripted, signal detect.Signal) error {
			got = append(got, signal)
			s.report(finding(map[string]any{"total": 7}))
			return errors.New("not all")
		}
	}), Options{})
	receiver, ok := started.Signature.(sdk.SignalReceiver)
	if !ok {
		t.Fatal("it receives no signals")
	}
	if err := receiver.OnSignal(started.context, sdk.Signal{Kind: "other", Source: "tracee"}); err != nil || got != nil {
		t.Errorf("a signal that Tracee does not know: %v %v", got, err)
	}
	err := receiver.OnSignal(started.context, sdk.Signal{Kind: sdk.SourceComplete, Source: "tracee"})
	if err == nil || len(got) != 1 || got[0] != detect.SignalSourceComplete("tracee") {
		t.Errorf("got %v, error %v", got, err)
	}
	if reports := started.taken(); !reflect.DeepEqual(reports, []any{map[string]any{"total": 7}}) {
		t.Errorf("reports %v", reports)
	}
}

// All signatures of a partition get one conversion of the event.
func TestConversionIsShared(t *testing.T) {
	cache, conversions := map[any]any{}, 0
	context := sdk.NewContext(func(map[string]any) {})
	e := full()
	context.WithDerive(func(key any, build func(*event.Event) any) any {
		if _, ok := cache[key]; !ok {
			cache[key] = build(e)
			conversions++
		}
		return cache[key]
	})
	var got []trace.Event
	keep := script(func(_ *scripted, e protocol.Event) error {
		payload, ok := e.Payload.(trace.Event)
		if !ok {
			return errPayload
		}
		got = append(got, payload)
		return nil
	})
	for _, words := range []bool{false, false, true} {
		if err := startScript(t, keep, Options{Words: words}).OnEvent(context, e); err != nil {
			t.Fatal(err)
		}
	}
	if conversions != 2 || len(got) != 3 || &got[0].Args[0] != &got[1].Args[0] || got[2].Args[2].Value != "O_WRONLY|O_CREAT" {
		t.Errorf("%d conversions for %d deliveries", conversions, len(got))
	}
}
