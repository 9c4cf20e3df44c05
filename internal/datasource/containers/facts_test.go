package containers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

const (
	idA = "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef"
	idB = "fedcba0987654321fedcba0987654321fedcba0987654321fedcba0987654321"
	uid = "b13213a6-d47e-4bd1-bc00-f175d1ad3b6e"
)

// box is what a runtime tells in the tests.
type box struct {
	runtime, id, name, image string
	pod                      string
	sandbox                  bool
	labels                   []string
}

func (b box) told(name string, at int64) event.Event {
	return event.Event{
		Time: at,
		Shape: &event.Shape{Name: name, Args: []event.ArgSpec{
			{Name: "runtime"},
			{Name: "container_id"},
			{Name: "container_name"},
			{Name: "container_image"},
			{Name: "container_image_digest"},
			{Name: "pod_name"},
			{Name: "pod_namespace"},
			{Name: "pod_uid"},
			{Name: "pod_sandbox"},
			{Name: "labels"},
			{Name: "pid"},
			{Name: "ctime"},
		}},
		Values: []event.Value{
			event.String(b.runtime), event.String(b.id), event.String(b.name), event.String(b.image),
			event.String("sha256:1"), event.String(b.pod), event.String(b.pod), event.String(b.pod),
			event.Bool(b.sandbox), event.Map(b.labels...), event.Int(7), event.Uint(9),
		},
		Context: &event.Context{},
	}
}

func create(at int64, b box) event.Event { return b.told("container_create", at) }
func gone(at int64, b box) event.Event   { return b.told("container_remove", at) }

var (
	web   = box{runtime: "docker", id: idA, name: "web", image: "shop:1"}
	other = box{runtime: "docker", id: idB, name: "other"}
)

func TestFactsOfLookup(t *testing.T) {
	const docker = "/docker/" + idA
	named := web
	named.name = "web-2"
	pod := box{runtime: "crio", id: idA, name: "app", pod: "shop-7", sandbox: true}
	tests := []struct {
		name   string
		feed   []event.Event
		status event.Status
		want   string
	}{
		{"no runtime tells anything", []event.Event{made(1, 7, docker)}, event.StatusNotFound, "{ docker} {false}"},
		{"told before", []event.Event{create(1, web), made(2, 7, docker)}, event.StatusResolved, "{web docker} {false}"},
		{"told after", []event.Event{made(1, 7, docker), create(2, web)}, event.StatusResolved, "{web docker} {false}"},
		{"told at start", []event.Event{existing(1, 7, docker), web.told("existing_container", 2)}, event.StatusResolved, "{web docker} {false}"},
		{"renamed", []event.Event{create(1, web), made(2, 7, docker), named.told("existing_container", 3)}, event.StatusResolved, "{web-2 docker} {false}"},
		{"only another one told", []event.Event{made(1, 7, docker), create(2, other)}, event.StatusPending, "{ docker} {false}"},
		{"another runtime tells", []event.Event{made(1, 7, docker), create(2, box{runtime: "crio", id: idB})}, event.StatusNotFound, "{ docker} {false}"},
		{"a runtime that the path does not name", []event.Event{made(1, 7, "/x/"+idA), create(2, other)}, event.StatusPending, "{ } {false}"},
		{"the runtime knows better than the path", []event.Event{made(1, 7, docker), create(2, pod)}, event.StatusResolved, "{app crio} {shop-7 shop-7 shop-7 true}"},
		{"removed, in its grace time", []event.Event{made(1, 7, docker), create(2, web), gone(9*second, web)}, event.StatusResolved, "{web docker} {false}"},
		{"removed for long", []event.Event{
			made(1, 7, docker), create(2, web), gone(3, web), made(90*second, 8, "/x"),
		}, event.StatusLost, "{ docker} {false}"},
		{"removed and told again", []event.Event{
			made(1, 7, docker), create(2, web), gone(3, web), create(4, web), made(90*second, 8, "/x"),
		}, event.StatusResolved, "{web docker} {false}"},
		{"removed without being known", []event.Event{made(1, 7, docker), gone(3, web)}, event.StatusNotFound, "{ docker} {false}"},
		{"without an id", []event.Event{made(1, 7, docker), create(2, box{runtime: "crio"})}, event.StatusNotFound, "{ docker} {false}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := New(Default())
			for i := range tt.feed {
				table.Apply(&tt.feed[i])
				table.Advance(tt.feed[i].Time)
			}
			c, status := table.Lookup(7)
			if c == nil || status != tt.status {
				t.Fatalf("container %v, status %v, want %v", c, status, tt.status)
			}
			shown, pod := c.Show()
			if shown.ID != idA {
				t.Errorf("id %q", shown.ID)
			}
			got := fmt.Sprintf("{%s %s} {%s}", shown.Name, shown.Runtime,
				strings.TrimSpace(fmt.Sprintf("%s %s %s %v", pod.PodName, pod.PodNamespace, pod.PodUID, pod.PodSandbox)))
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFactsKeepLabels(t *testing.T) {
	b := web
	b.labels = []string{"app", "shop", "empty", ""}
	table := New(Default())
	for _, e := range []event.Event{made(1, 7, "/docker/"+idA), create(2, b)} {
		table.Apply(&e)
	}
	c, _ := table.Lookup(7)
	if f := c.Facts(); !slices.Equal(f.Labels.Pairs, b.labels) || f.PodLabels != nil || f.PID != 7 || f.Created != 9 || f.Image != "shop:1" {
		t.Errorf("facts %+v", f)
	}
	other := New(Default())
	e := made(1, 7, "/docker/"+idA)
	other.Apply(&e)
	if c, _ := other.Lookup(7); c.Facts() != nil {
		t.Error("facts of a container that nobody told of")
	}
}

// What a runtime tells belongs to the container that it is about, known or not.
func TestSubject(t *testing.T) {
	table := New(Default())
	for _, e := range []event.Event{made(1, 7, "/docker/"+idA), create(2, web), create(3, other)} {
		table.Apply(&e)
	}
	known, _ := table.Lookup(7)
	for _, tt := range []struct {
		name   string
		e      event.Event
		id     string
		status event.Status
	}{
		{"with a cgroup", create(4, web), idA, event.StatusResolved},
		{"without a cgroup", create(4, other), idB, event.StatusResolved},
		{"never told", gone(4, box{runtime: "docker", id: "x"}), "x", event.StatusPending},
		{"an event of the kernel", exec(4, 7, 1, boxNS), "", event.StatusNone},
		{"a cgroup", existing(4, 9, "/docker/"+idA), "", event.StatusNone},
	} {
		c, status := table.Subject(&tt.e)
		if status != tt.status || (c == nil) != (tt.id == "") || c != nil && c.ID != tt.id {
			t.Errorf("%s: %v, %v", tt.name, c, status)
		}
	}
	e := create(4, web)
	if c, _ := table.Subject(&e); c != known {
		t.Error("one container is two")
	}
	e = create(4, other)
	if c, _ := table.Subject(&e); !c.Started(4) {
		t.Error("a container with a process is being set up")
	}
}

// Facts of containers in use stay; the rest goes when memory does, and is lost.
func TestFactsKeepTheirLimit(t *testing.T) {
	const limit = 64 << 10
	table := New(Limits{Bytes: 1 << 20, FactBytes: limit, Grace: time.Hour})
	feed := []event.Event{made(1, 7, "/docker/"+idA), create(1, web)}
	for i := range int64(2000) {
		b := other
		b.id = fmt.Sprintf("%064x", i)
		b.labels = []string{"k", strings.Repeat("v", int(i%3000))}
		feed = append(feed, create(i, b))
	}
	for i := range feed {
		table.Apply(&feed[i])
		table.Advance(feed[i].Time)
		if b := table.facts.Bytes(); b > limit {
			t.Fatalf("%d bytes after %d, limit %d", b, i, limit)
		}
		want := event.StatusResolved
		if i == 0 {
			want = event.StatusNotFound
		}
		if c, status := table.Lookup(7); c == nil || status != want || i > 0 && c.Facts() == nil {
			t.Fatalf("step %d: a container in use is %v", i, status)
		}
	}
	if _, facts := table.Evicted(); facts == 0 {
		t.Error("nothing was evicted")
	}
	e := made(9, 8, fmt.Sprintf("/docker/%064x", 3))
	table.Apply(&e)
	if c, status := table.Lookup(8); c == nil || status != event.StatusLost {
		t.Errorf("an evicted container is %v", status)
	}
}

// model is what TestFactsRandom expects: the last facts of each container.
type model map[string]string

// Whatever comes in whatever order, a container shows what was told of it last,
// and the sizes are those of what is there.
func TestFactsRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	table := New(Limits{Bytes: 1 << 20, FactBytes: 1 << 20, Grace: time.Hour})
	want := model{}
	for step := range 20000 {
		n := rnd.IntN(40)
		b := box{runtime: "docker", id: fmt.Sprintf("%064x", n)}
		at := int64(step)
		var e event.Event
		switch rnd.IntN(5) {
		case 0:
			e = made(at, uint64(n), "/docker/"+b.id)
		case 1:
			e = removed(at, uint64(n), "")
		case 2, 3:
			b.name = fmt.Sprint("name-", step)
			b.labels = []string{"k", strings.Repeat("v", rnd.IntN(100))}
			want[b.id] = b.name
			e = create(at, b)
		case 4:
			e = gone(at, b)
		}
		table.Apply(&e)
		if rnd.IntN(10) == 0 {
			table.Apply(&e) // Twice is once.
		}
		table.Advance(at)
		size := 0
		for id := range want {
			it := table.facts.Peek(id)
			size += it.Value.size()
			if it.Value.Name != want[id] {
				t.Fatalf("step %d: %s is %q, want %q", step, id, it.Value.Name, want[id])
			}
		}
		if size != table.facts.Bytes() {
			t.Fatalf("step %d: %d bytes, really %d", step, table.facts.Bytes(), size)
		}
		for i := range uint64(40) {
			c, _ := table.Lookup(i)
			if c == nil {
				continue
			}
			if shown, _ := c.Show(); shown.Name != want[c.ID] || (c.Facts() == nil) != (want[c.ID] == "") {
				t.Fatalf("step %d: shows %+v, want %q", step, shown, want[c.ID])
			}
		}
	}
}
