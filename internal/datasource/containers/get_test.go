package containers

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

func TestGet(t *testing.T) {
	table := New(Default())
	b := box{runtime: "containerd", id: idA, name: "app", image: "shop:1", pod: "shop-7", sandbox: true, labels: []string{"a", "b"}}
	for _, e := range []event.Event{create(2, b), made(3, 7, "/kubepods/pod"+uid+"/"+idB)} {
		table.Apply(&e)
	}
	want := map[string]any{
		"container_id": idA, "container_ctime": 9, "container_name": "app", "container_image": "shop:1",
		"container_image_digest": "sha256:1", "container_labels": map[string]string{"a": "b"},
		"k8s_pod_id": "shop-7", "k8s_pod_name": "shop-7", "k8s_pod_namespace": "shop-7", "k8s_pod_sandbox": true,
		"k8s_pod_labels": map[string]string{},
	}
	for _, key := range []string{idA, idA[:12], idA[:63]} {
		got, status, err := table.Get(key, 5)
		if err != nil || status != event.StatusResolved || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, %v", key, got, status, err)
		}
	}
	// What only the path of a cgroup says.
	got, status, err := table.Get(idB, 5)
	if err != nil || status != event.StatusPending || got["container_id"] != idB || got["k8s_pod_id"] != uid || got["container_name"] != "" {
		t.Errorf("without facts: %v, %v, %v", got, status, err)
	}
	types := map[string]string{}
	for key, value := range got {
		types[key] = reflect.TypeOf(value).String()
	}
	if !maps.Equal(types, datasource.ContainerKeys()) {
		t.Errorf("keys and types %v, want %v", types, datasource.ContainerKeys())
	}
}

func TestGetErrors(t *testing.T) {
	table := New(Default())
	almost := box{runtime: "docker", id: idA[:63] + "0"}
	for _, e := range []event.Event{
		create(1, web), create(1, almost), create(1, other), gone(2, other), made(90*second, 8, "/x"),
	} {
		table.Apply(&e)
		table.Advance(e.Time)
	}
	for _, tt := range []struct {
		name   string
		key    any
		status event.Status
		err    error
	}{
		{"a number", 5, event.StatusNone, sdk.ErrKeyNotSupported},
		{"a pointer", new(string), event.StatusNone, sdk.ErrKeyNotSupported},
		{"nil", nil, event.StatusNone, sdk.ErrKeyNotSupported},
		{"unknown", "f" + idA[1:], event.StatusNotFound, sdk.ErrDataNotFound},
		{"empty", "", event.StatusNotFound, sdk.ErrDataNotFound},
		{"too short", idA[:11], event.StatusNotFound, sdk.ErrDataNotFound},
		{"of two", idA[:20], event.StatusNotFound, sdk.ErrDataNotFound},
		{"forgotten", idB, event.StatusLost, sdk.ErrDataNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, status, err := table.Get(tt.key, 0)
			if got != nil || status != tt.status || !errors.Is(err, tt.err) {
				t.Errorf("%v, %v, %v", got, status, err)
			}
		})
	}
}

// Of a container that is gone it is said that it is.
func TestGetRemoved(t *testing.T) {
	table := New(Default())
	for _, e := range []event.Event{create(1*second, web), gone(9*second, web)} {
		table.Apply(&e)
		table.Advance(e.Time)
	}
	for at, want := range map[int64]event.Status{
		2 * second: event.StatusResolved, 9*second - 1: event.StatusResolved, 9 * second: event.StatusStale, 20 * second: event.StatusStale,
	} {
		if got, status, err := table.Get(idA, at); err != nil || status != want || got["container_name"] != "web" {
			t.Errorf("at %d: %v, %v, want %v", at, status, err, want)
		}
	}
}

func contextOf(status event.Status, name string) *event.Context {
	c := &event.Context{ContainerStatus: status, Container: event.Container{ID: idA, Runtime: "docker"}}
	if name != "" {
		c.Container.Name, c.Container.Image, c.Container.Labels = name, "shop:1", event.NewLabels("a", "b")
		c.Kubernetes = event.Kubernetes{PodName: "p", PodUID: uid, PodLabels: event.NewLabels("c", "d")}
	}
	return c
}

// Whoever sees enriched events alone answers like the one who enriched them.
func TestAdopt(t *testing.T) {
	const resolved, pending, lost = event.StatusResolved, event.StatusPending, event.StatusLost
	for _, tt := range []struct {
		name   string
		feed   []*event.Context
		status event.Status
		want   string
	}{
		{"resolved", []*event.Context{contextOf(resolved, "web")}, resolved, "web"},
		{"imported", []*event.Context{contextOf(event.StatusNone, "web")}, resolved, "web"},
		{"pending", []*event.Context{contextOf(pending, "")}, pending, ""},
		{"lost", []*event.Context{contextOf(lost, "")}, lost, ""},
		{"pending, then known", []*event.Context{contextOf(pending, ""), contextOf(resolved, "web")}, resolved, "web"},
		{"known, then one that came late", []*event.Context{contextOf(resolved, "web"), contextOf(pending, "")}, resolved, "web"},
		{"pending, then lost", []*event.Context{contextOf(pending, ""), contextOf(lost, "")}, lost, ""},
		{"renamed", []*event.Context{contextOf(resolved, "web"), contextOf(resolved, "web-2")}, resolved, "web-2"},
		{"of the host", []*event.Context{contextOf(resolved, "web"), {ContainerStatus: event.StatusNotFound}}, resolved, "web"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := New(Default())
			for _, c := range tt.feed {
				table.Adopt(c)
				table.Adopt(c)
			}
			got, status, err := table.Get(idA, 1)
			if err != nil || status != tt.status || got["container_name"] != tt.want {
				t.Errorf("%v, %v, %v", got, status, err)
			}
			if table.Bytes() != table.facts.Peek(idA).Value.size() || len(table.containers) != 0 {
				t.Errorf("%d bytes", table.Bytes())
			}
			if tt.want != "" && !reflect.DeepEqual(got["k8s_pod_labels"], map[string]string{"c": "d"}) {
				t.Errorf("labels %v", got["k8s_pod_labels"])
			}
		})
	}
}

// The runtime's own events say when a container was created and that it is
// gone; adopting does not forget it.
func TestAdoptKeepsWhatWasTold(t *testing.T) {
	table := New(Default())
	e := create(1, web)
	table.Apply(&e)
	c := contextOf(event.StatusResolved, "web-2")
	table.Adopt(c)
	got, _, err := table.Get(idA, 1)
	if err != nil || got["container_ctime"] != 9 || got["container_name"] != "web-2" {
		t.Errorf("%v, %v", got, err)
	}
	// The facts do not belong to the message.
	c.Container.Labels.Pairs[1] = "changed"
	if f := table.facts.Peek(idA).Value; !slices.Equal(f.Labels.Pairs, []string{"a", "b"}) || f.PID != 7 {
		t.Errorf("%+v", f)
	}
	e = gone(2, web)
	table.Apply(&e)
	table.Adopt(c) // Its last events come after that.
	table.Advance(90 * second)
	if _, status, err := table.Get(idA, 1); status != event.StatusLost || err == nil {
		t.Errorf("a container that is gone is %v, %v", status, err)
	}
}

func BenchmarkAdopt(b *testing.B) {
	table := New(Default())
	c := contextOf(event.StatusResolved, "web")
	b.ReportAllocs()
	for b.Loop() {
		table.Adopt(c)
	}
}
