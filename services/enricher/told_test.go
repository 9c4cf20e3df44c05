package enricher

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

// told adds what a runtime tells of a container.
func (r *raw) told(t catalogue.Type, at uint64, id, name string) *raw {
	r.builder.Begin(record.Header{Type: t, Hook: record.HookRuntime, Time: at * ms, Sysno: -1}).
		Text(0, "docker").Text(1, id)
	if t == catalogue.ContainerRemove {
		r.builder.Text(2, name)
		return r.end()
	}
	r.builder.Uint(2, 5).Text(3, "shop:1").Text(4, "sha256:1").Text(5, name).
		Text(6, "pod").Text(7, "ns").Text(8, "uid").Bool(9, true).Pairs(10, []string{"app", "shop", "token", "hunter2"}).
		Pairs(11, []string{"tier", "front"}).Int32(12, 9)
	return r.end()
}

// Events show what the runtime told: those of the same message whatever the
// order, as it is told a moment late, and all later ones.
func TestToldFacts(t *testing.T) {
	r := newRig(t, nil)
	app := initd.child(200, 300)
	app.cgroup = 7
	paths := func(m *raw) map[string]*event.Context {
		found := map[string]*event.Context{}
		for _, e := range r.events(m) {
			if path, ok := e.Arg("pathname"); ok {
				found[path.Text()] = e.Context
			}
		}
		return found
	}
	got := paths(newRaw().cgroup(catalogue.ExistingCgroup, 1, 7, "/docker/"+idA).
		told(catalogue.ContainerCreate, 2, idB, "other").open(310, app, "/early"))
	if len(got) != 0 {
		t.Errorf("not held before it is told: %v", got)
	}
	got = paths(newRaw().open(320, app, "/same").told(catalogue.ContainerCreate, 321, idA, "web").open(330, app, "/after"))
	maps.Copy(got, paths(newRaw().open(340, app, "/later")))
	if len(got) != 4 {
		t.Errorf("%d events", len(got))
	}
	for path, c := range got {
		want := event.Container{ID: idA, Name: "web", Image: "shop:1", ImageDigest: "sha256:1", Runtime: "docker"}
		pod := event.Kubernetes{PodName: "pod", PodNamespace: "ns", PodUID: "uid", PodSandbox: true}
		if l := c.Container.Labels.Pairs; !slices.Equal(l, []string{"app", "shop", "token", "[redacted]"}) || !slices.Equal(c.Kubernetes.PodLabels.Pairs, []string{"tier", "front"}) {
			t.Errorf("labels %q, of the pod %v", l, c.Kubernetes.PodLabels)
		}
		want.Labels, pod.PodLabels = c.Container.Labels, c.Kubernetes.PodLabels
		if c.Container != want || c.Kubernetes != pod || c.ContainerStatus != event.StatusResolved {
			t.Errorf("%s: %+v %+v %v", path, c.Container, c.Kubernetes, c.ContainerStatus)
		}
	}
	// A name that changes does not change what was said before.
	before := got["/after"]
	got = paths(newRaw().told(catalogue.ExistingContainer, 350, idA, "renamed").open(360, app, "/new"))
	if got["/new"].Container.Name != "renamed" || before.Container.Name != "web" {
		t.Errorf("%q, before %q", got["/new"].Container.Name, before.Container.Name)
	}
}

// What is told of a container goes where the container's events go.
func TestToldEventsAreTheContainers(t *testing.T) {
	r := newRig(t, nil)
	app := initd.child(200, 300)
	app.cgroup = 7
	out := r.handle(newRaw().cgroup(catalogue.ExistingCgroup, 1, 7, "/docker/"+idA).
		told(catalogue.ExistingContainer, 2, idA, "web").open(310, app, "/a").
		told(catalogue.ContainerCreate, 311, idB, "not started").told(catalogue.ContainerRemove, 312, idA, "web"))
	places := map[string]map[string]bool{}
	for i, b := range r.decode(out) {
		for _, e := range b.Events {
			c := e.Context
			if c.Container.ID == "" {
				continue
			}
			if places[c.Container.ID] == nil {
				places[c.Container.ID] = map[string]bool{}
			}
			places[c.Container.ID][out[i].Subject] = true
			if c.Container.Name == "" || c.ContainerStatus != event.StatusResolved || c.ProcessStatus != event.StatusNotFound && c.HostPID == 0 {
				t.Errorf("%s: %+v, %v, %v", e.Name(), c.Container, c.ContainerStatus, c.ProcessStatus)
			}
		}
	}
	if len(places) != 2 || len(places[idA]) != 1 || len(places[idB]) != 1 {
		t.Errorf("containers' events in %v", places)
	}
}

// Facts that are evicted are counted.
func TestToldFactsAreBounded(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Containers.FactBytes = 64 << 10 })
	m := newRaw()
	for i := range 500 {
		m.told(catalogue.ContainerCreate, uint64(i), fmt.Sprintf("%064x", i), "x")
	}
	r.handle(m)
	if got := r.metric("weir.enricher.evicted", "kind", "container"); got < 300 {
		t.Errorf("%d evicted", got)
	}
	cfg := Default()
	cfg.Containers.FactBytes = 1
	if cfg.Validate() == nil {
		t.Error("no room at all is accepted")
	}
}
