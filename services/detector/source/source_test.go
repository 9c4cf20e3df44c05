package source

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// registered is a source as somebody else may write it.
type registered struct{ namespace, id, schema string }

func (r registered) Namespace() string                 { return r.namespace }
func (r registered) ID() string                        { return r.id }
func (registered) Version() uint                       { return 3 }
func (registered) Keys() []string                      { return []string{"string"} }
func (r registered) Schema() string                    { return r.schema }
func (registered) Get(key any) (map[string]any, error) { return map[string]any{"key": key}, nil }

// wild panics when it is asked for its name.
type wild struct{ registered }

func (wild) ID() string { panic("who, me?") }

func mine(id string) sdk.DataSource { return registered{"mine", id, "{}"} }

func TestNewRegistry(t *testing.T) {
	for _, c := range []struct {
		name    string
		sources []sdk.DataSource
		want    string
	}{
		{"none", nil, ""},
		{"two", []sdk.DataSource{mine("a"), mine("b")}, ""},
		{"one of Tracee's others", []sdk.DataSource{registered{"tracee", "ip_reputation", "{}"}}, ""},
		{"twice", []sdk.DataSource{mine("a"), mine("a")}, "mine/a is registered twice"},
		{"Weir's own", []sdk.DataSource{registered{"tracee", "dns", "{}"}}, "tracee/dns is Weir's own"},
		{"no id", []sdk.DataSource{mine("")}, "neither may be empty"},
		{"no namespace", []sdk.DataSource{registered{"", "a", "{}"}}, "neither may be empty"},
		{"no schema", []sdk.DataSource{registered{"mine", "a", ""}}, "says nothing"},
		{"nil", []sdk.DataSource{mine("a"), nil}, "data source 1 is nil"},
		{"panics", []sdk.DataSource{wild{}}, "who, me?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewRegistry(c.sources...)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// boundTo is the look-up with an event at hand.
func boundTo(t *testing.T, e *event.Event, sources ...sdk.DataSource) func(namespace, id string) (sdk.DataSource, bool) {
	t.Helper()
	r, err := NewRegistry(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bind(func() *event.Event { return e }).DataSource
}

func TestBind(t *testing.T) {
	find := boundTo(t, nil, mine("a"))
	for _, c := range []struct {
		namespace, id string
		version       uint
	}{
		{"mine", "a", 3},
		{"mine", "containers", 0},
		{"tracee", "containers", 1},
		{"tracee", "process_tree", 1},
		{"tracee", "dns", 1},
		{"tracee", "a", 0},
	} {
		s, ok := find(c.namespace, c.id)
		if ok != (c.version != 0) {
			t.Fatalf("%s/%s: %v", c.namespace, c.id, ok)
		}
		if !ok {
			continue
		}
		if s.Version() != c.version || s.Namespace() != c.namespace || s.ID() != c.id || len(s.Keys()) == 0 {
			t.Errorf("%s/%s: version %d of %s/%s, keys %q", c.namespace, c.id, s.Version(), s.Namespace(), s.ID(), s.Keys())
		}
		var types map[string]string
		if err := json.Unmarshal([]byte(s.Schema()), &types); err != nil || c.version == 1 && len(types) == 0 {
			t.Errorf("%s/%s: schema %s: %v", c.namespace, c.id, s.Schema(), err)
		}
	}
}

// get asks one of Weir's own sources.
func get(t *testing.T, e *event.Event, id string, key any) (map[string]any, error) {
	t.Helper()
	s, ok := boundTo(t, e)("tracee", id)
	if !ok {
		t.Fatalf("there is no source %s", id)
	}
	found, err := s.Get(key)
	if err == nil {
		var types map[string]string
		if err := json.Unmarshal([]byte(s.Schema()), &types); err != nil {
			t.Fatal(err)
		}
		for name := range found {
			if !slices.Contains(slices.Collect(maps.Keys(types)), name) {
				t.Errorf("%s: the schema does not name %s", id, name)
			}
		}
	}
	return found, err
}

func TestContainers(t *testing.T) {
	e := &event.Event{Context: &event.Context{
		Container:  event.Container{ID: "c1", Name: "web", Image: "nginx:1"},
		Kubernetes: event.Kubernetes{PodName: "web-0", PodNamespace: "shop", PodUID: "u"},
	}}
	found, err := get(t, e, "containers", "c1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"container_id": "c1", "container_ctime": 0, "container_name": "web", "container_image": "nginx:1",
		"k8s_pod_id": "u", "k8s_pod_name": "web-0", "k8s_pod_namespace": "shop", "k8s_pod_sandbox": false,
	}
	for key, value := range want {
		if found[key] != value {
			t.Errorf("%s is %v, want %v", key, found[key], value)
		}
	}
	if len(found) != len(want) {
		t.Errorf("got %v", found)
	}
	host := &event.Event{Context: &event.Context{}}
	for _, c := range []struct {
		name string
		e    *event.Event
		key  any
		want error
	}{
		{"another container", e, "c2", sdk.ErrDataNotFound},
		{"a part of the id", e, "c", sdk.ErrDataNotFound},
		{"on the host", host, "", sdk.ErrDataNotFound},
		{"no event", nil, "c1", sdk.ErrDataNotFound},
		{"no text", e, 7, sdk.ErrKeyNotSupported},
		{"nothing", e, nil, sdk.ErrKeyNotSupported},
	} {
		if found, err := get(t, c.e, "containers", c.key); !errors.Is(err, c.want) || found != nil {
			t.Errorf("%s: %v, %v", c.name, found, err)
		}
	}
}

func TestDNS(t *testing.T) {
	if _, err := get(t, nil, "dns", "example.com"); !errors.Is(err, sdk.ErrDataNotFound) {
		t.Error(err)
	}
	if _, err := get(t, nil, "dns", []byte("example.com")); !errors.Is(err, sdk.ErrKeyNotSupported) {
		t.Error(err)
	}
}
