package tracee

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"

	"github.com/weirsec/weir/signatures/sdk"
)

// images is a data source as the author of a plugin writes it.
type images struct {
	known map[string]string
	err   error
}

func (*images) Namespace() string { return "mine" }
func (*images) ID() string        { return "images" }
func (*images) Version() uint     { return 2 }
func (*images) Keys() []string    { return []string{"string"} }
func (*images) Schema() string    { return `{"image":"string"}` }

func (s *images) Get(key any) (map[string]any, error) {
	if s.err != nil {
		return nil, s.err
	}
	name, ok := key.(string)
	if !ok {
		return nil, detect.ErrKeyNotSupported
	}
	image, ok := s.known[name]
	if !ok {
		return nil, fmt.Errorf("container %s: %w", name, detect.ErrDataNotFound)
	}
	return map[string]any{"image": image}, nil
}

// panickingSource cannot even say its name.
type panickingSource struct{ images }

func (*panickingSource) Namespace() string { panic("nameless") }

// namelessSource has no namespace.
type namelessSource struct{ images }

func (*namelessSource) Namespace() string { return "" }

func TestFromTracee(t *testing.T) {
	given := &images{known: map[string]string{"c1": "nginx"}}
	s, err := FromTracee(given)
	if err != nil {
		t.Fatal(err)
	}
	if s.Namespace() != "mine" || s.ID() != "images" || s.Version() != 2 || !reflect.DeepEqual(s.Keys(), given.Keys()) ||
		s.Schema() != given.Schema() {
		t.Errorf("it says of itself %s %s %d %v %s", s.Namespace(), s.ID(), s.Version(), s.Keys(), s.Schema())
	}
	if result, err := s.Get("c1"); err != nil || result["image"] != "nginx" {
		t.Errorf("got %v, %v", result, err)
	}
	for key, want := range map[any]error{"c2": sdk.ErrDataNotFound, 7: sdk.ErrKeyNotSupported} {
		if _, err := s.Get(key); !errors.Is(err, want) {
			t.Errorf("key %v: %v, want %v", key, err, want)
		}
	}
	// A signature of Tracee gets the source itself: it may be one to write to.
	if ForTracee(s) != detect.DataSource(given) {
		t.Error("the way there and back is not the source itself")
	}
}

func TestFromTraceeRefuses(t *testing.T) {
	for want, given := range map[string]detect.DataSource{
		"is nil": nil, "nameless": &panickingSource{}, "no namespace": &namelessSource{},
	} {
		if _, err := FromTracee(given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestErrorsMeanTheSame(t *testing.T) {
	for _, c := range []struct {
		name         string
		given        error
		ours, theirs error
	}{
		{"not found", detect.ErrDataNotFound, sdk.ErrDataNotFound, detect.ErrDataNotFound},
		{"not found, of Weir", fmt.Errorf("x: %w", sdk.ErrDataNotFound), sdk.ErrDataNotFound, detect.ErrDataNotFound},
		{"key", sdk.ErrKeyNotSupported, sdk.ErrKeyNotSupported, detect.ErrKeyNotSupported},
		{"key, of Tracee", detect.ErrKeyNotSupported, sdk.ErrKeyNotSupported, detect.ErrKeyNotSupported},
		{"unmarshal", detect.ErrFailedToUnmarshal, sdk.ErrUnmarshal, detect.ErrFailedToUnmarshal},
		{"unmarshal, of Weir", sdk.ErrUnmarshal, sdk.ErrUnmarshal, detect.ErrFailedToUnmarshal},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := inBoth(c.given)
			if !errors.Is(got, c.ours) || !errors.Is(got, c.theirs) || !errors.Is(got, c.given) || got.Error() != c.given.Error() {
				t.Errorf("got %v", got)
			}
			var twice *bothError
			if again := inBoth(got); errors.As(again, &twice) && errors.As(twice.error, &twice) {
				t.Error("it is wrapped twice")
			}
		})
	}
	if _, ok := errors.AsType[*bothError](inBoth(errors.New("x"))); ok {
		t.Error("an error of its own is wrapped")
	}
	s, err := FromTracee(&images{err: errors.New("x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(""); errors.Is(err, sdk.ErrDataNotFound) || err == nil {
		t.Errorf("got %v", err)
	}
}

// hosted is what the engine gives access to.
type hosted []sdk.DataSource

func (hosted) State(string) sdk.Store { return nil }
func (h hosted) DataSource(namespace, id string) (sdk.DataSource, bool) {
	for _, s := range h {
		if s.Namespace() == namespace && s.ID() == id {
			return s, true
		}
	}
	return nil, false
}

// containers is a source of Weir's.
type containers struct{ sdk.DataSource }

func (containers) Namespace() string { return "tracee" }
func (containers) ID() string        { return "containers" }
func (containers) Version() uint     { return 1 }
func (containers) Keys() []string    { return []string{"string"} }
func (containers) Schema() string    { return "{}" }
func (containers) Get(key any) (map[string]any, error) {
	switch key {
	case "c1":
		return map[string]any{"container_id": "c1", "container_image": "nginx", "k8s_pod_sandbox": false}, nil
	case "gone":
		return nil, fmt.Errorf("container: %w", sdk.ErrDataNotFound)
	default:
		return nil, sdk.ErrKeyNotSupported
	}
}

// A signature of Tracee finds sources at its start and asks them at each event.
func TestSignatureAsksSources(t *testing.T) {
	asking := script(func(s *scripted, _ protocol.Event) error {
		for _, key := range []any{"c1", "gone", 7} {
			result, err := s.source.Get(key)
			switch {
			case errors.Is(err, detect.ErrDataNotFound):
				s.report(finding(map[string]any{"missing": key}))
			case errors.Is(err, detect.ErrKeyNotSupported):
				s.report(finding(map[string]any{"unsupported": key}))
			case err != nil:
				return err
			default:
				s.report(finding(result))
			}
		}
		return nil
	}, func(s *scripted) { s.asked = "containers" })
	adapted, err := NewFromFactory(asking, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	context := sdk.NewContext(func(data map[string]any) { got = append(got, data) }).WithHost(hosted{containers{}})
	started, err := adapted.NewInstance(context)
	if err != nil {
		t.Fatal(err)
	}
	if err := started.OnEvent(context, full()); err != nil {
		t.Fatal(err)
	}
	want := []any{
		map[string]any{"container_id": "c1", "container_image": "nginx", "k8s_pod_sandbox": false},
		map[string]any{"missing": "gone"},
		map[string]any{"unsupported": 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if _, err := adapted.NewInstance(sdk.NewContext(nil)); err == nil || !strings.Contains(err.Error(), "no data source tracee/containers") {
		t.Errorf("without that source: %v", err)
	}
}

// declaring is a signature of Tracee with a method of Weir's.
type declaring struct {
	detect.Signature
	sources func() []string
}

func (d *declaring) DataSources() []string { return d.sources() }

// A signature says what it asks also where it is written for Tracee otherwise.
func TestSignatureDeclaresSources(t *testing.T) {
	for name, c := range map[string]struct {
		exported detect.Signature
		want     []string
		err      string
	}{
		"Tracee's own":  {script(nil)(), nil, ""},
		"with a method": {&declaring{Signature: script(nil)(), sources: func() []string { return []string{"tracee/dns"} }}, []string{"tracee/dns"}, ""},
		"that panics":   {&declaring{Signature: script(nil)(), sources: func() []string { panic("surprise") }}, nil, "data sources: ask for them: panic: surprise"},
	} {
		adapted, err := NewFromFactory(func() detect.Signature { return c.exported }, Options{})
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case !reflect.DeepEqual(adapted.DataSources(), c.want):
			t.Errorf("%s: asks %q", name, adapted.DataSources())
		}
	}
}

// A signature of Tracee that asks for a plugin's source gets that itself.
func TestSignatureGetsTheSourceItself(t *testing.T) {
	given := &images{known: map[string]string{"c1": "nginx"}}
	mine, err := FromTracee(given)
	if err != nil {
		t.Fatal(err)
	}
	i := newInstance(&Signature{}, nil, sdk.NewContext(nil).WithHost(hosted{mine}))
	if s, ok := i.source("mine", "images"); !ok || s != detect.DataSource(given) {
		t.Errorf("got %v, %v", s, ok)
	}
	if _, ok := i.source("mine", "other"); ok {
		t.Error("a source that does not exist is found")
	}
}

// A signature that goes on in another Context asks that one's sources, with the
// source that it got at its start.
func TestMove(t *testing.T) {
	i := newInstance(&Signature{}, nil, sdk.NewContext(nil).WithHost(hosted{containers{}}))
	s, ok := i.source("tracee", "containers")
	if !ok {
		t.Fatal("no source")
	}
	i.Move(sdk.NewContext(nil).WithHost(hosted{renamed{}}))
	if result, err := s.Get("c1"); err != nil || result["container_image"] != "new" {
		t.Errorf("after the move: %v, %v", result, err)
	}
	i.Move(sdk.NewContext(nil))
	if _, err := s.Get("c1"); !errors.Is(err, detect.ErrDataNotFound) {
		t.Errorf("without any source: %v", err)
	}
}

// renamed is the same source somewhere else.
type renamed struct{ containers }

func (renamed) Get(any) (map[string]any, error) {
	return map[string]any{"container_image": "new"}, nil
}
