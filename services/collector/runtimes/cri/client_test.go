package cri

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

func TestOpenErrors(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, filepath.Join(t.TempDir(), "none"), nil); err == nil || errors.Is(err, facts.ErrNotServed) {
		t.Errorf("nobody there: %v", err)
	}
	_, err := Open(t.Context(), serve(t, nil), nil)
	if !errors.Is(err, facts.ErrNotServed) || !strings.Contains(err.Error(), "runtime.v1 is switched off") {
		t.Errorf("another service: %v", err)
	}
}

func TestGet(t *testing.T) {
	f := small()
	c := dial(t, f)
	if c.Name() != "crio" {
		t.Errorf("name %q", c.Name())
	}
	want := `{Runtime:crio ID:c Name:app Image:shop:1 ImageDigest:sha256:abc Labels:[a b] PodName:pod PodNamespace:ns ` +
		`PodUID:u PodLabels:[tier front] Sandbox:false PID:77 Created:5 Started:6}`
	for range 3 {
		if box, err := c.Get(t.Context(), "c"); err != nil || fmt.Sprintf("%+v", box) != want {
			t.Errorf("got %+v, %v, want %s", box, err, want)
		}
	}
	if f.asked != 1 {
		t.Errorf("asked %d times about one pod", f.asked)
	}
	want = `{Runtime:crio ID:p Name: Image:pause:3 ImageDigest: Labels:[] PodName:pod PodNamespace:ns ` +
		`PodUID:u PodLabels:[tier front] Sandbox:true PID:70 Created:4 Started:4}`
	if box, err := c.Get(t.Context(), "p"); err != nil || fmt.Sprintf("%+v", box) != want {
		t.Errorf("got %+v, %v, want %s", box, err, want)
	}
	// "gone" has the status of "c" in the fake, as if its name were cut short.
	for _, id := range []string{"x", "gone"} {
		if _, err := c.Get(t.Context(), id); !errors.Is(err, facts.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// Where a pod is gone already the container's labels tell of it.
func TestGetWithoutPod(t *testing.T) {
	f := small()
	clear(f.sandboxes)
	f.containers["c"].Status.Labels = map[string]string{
		"io.kubernetes.pod.name": "pod", "io.kubernetes.pod.namespace": "ns", "io.kubernetes.pod.uid": "u",
	}
	box, err := dial(t, f).Get(t.Context(), "c")
	if err != nil || box.PodName != "pod" || box.PodNamespace != "ns" || box.PodUID != "u" || box.PID != 77 {
		t.Errorf("%+v, %v", box, err)
	}
}

func TestPodsAreBounded(t *testing.T) {
	f := small()
	c := dial(t, f)
	for i := range 3 * maxPods / 2 {
		id := fmt.Sprint("p", i)
		f.sandboxes[id] = f.sandboxes["p"]
		f.containers["c"].Info = map[string]string{"info": `{"sandboxID":"` + id + `"}`}
		if box, err := c.Get(t.Context(), "c"); err != nil || box.PodName != "pod" {
			t.Fatal(box, err)
		}
		if len(c.pods) > maxPods {
			t.Fatalf("%d pods are remembered", len(c.pods))
		}
	}
}

func TestList(t *testing.T) {
	list, err := dial(t, small()).List(t.Context())
	slices.SortFunc(list, func(a, b facts.Entry) int { return strings.Compare(a.ID, b.ID) })
	if want := []facts.Entry{{ID: "c", Live: true}, {ID: "gone"}, {ID: "p", Live: true}}; err != nil || !slices.Equal(list, want) {
		t.Errorf("%v, %v", list, err)
	}
}

func TestFollow(t *testing.T) {
	f := small()
	kind := func(id string, k runtime.ContainerEventType) *runtime.ContainerEventResponse {
		return &runtime.ContainerEventResponse{
			ContainerId: id, ContainerEventType: k, PodSandboxStatus: f.sandboxes["p"].Status,
			ContainersStatuses: []*runtime.ContainerStatus{f.containers["c"].Status},
		}
	}
	f.events = []*runtime.ContainerEventResponse{
		kind("p", runtime.ContainerEventType_CONTAINER_CREATED_EVENT),
		kind("c", runtime.ContainerEventType_CONTAINER_CREATED_EVENT),
		kind("c", runtime.ContainerEventType_CONTAINER_STARTED_EVENT),
		kind("c", runtime.ContainerEventType_CONTAINER_STOPPED_EVENT),
		kind("c", runtime.ContainerEventType_CONTAINER_DELETED_EVENT),
		{ContainerId: "unknown", ContainerEventType: runtime.ContainerEventType_CONTAINER_CREATED_EVENT},
	}
	f.follow = func(_ *fake, s runtime.RuntimeService_GetContainerEventsServer) error {
		<-s.Context().Done()
		return nil
	}
	c := dial(t, f)
	ctx, stop := context.WithCancel(t.Context())
	var got []string
	ready := 0
	err := c.Follow(ctx, func() { ready++ }, func(change facts.Change) {
		text := fmt.Sprintf("%s %v %v", change.ID, change.Removed, change.Created)
		if b := change.Told; b != nil {
			text += fmt.Sprintf(" %s %s %s %v", b.Name, b.Image, b.PodName, b.Sandbox)
		}
		if got = append(got, text); change.ID == "unknown" {
			stop()
		}
	})
	want := []string{
		"p false true   pod true", "c false true app shop:1 pod false", "c false false app shop:1 pod false",
		"c true false", "unknown false false",
	}
	if err != nil || ready != 1 || !slices.Equal(got, want) {
		t.Errorf("error %v, ready %d, got %q", err, ready, got)
	}
}

func TestFollowWithoutStream(t *testing.T) {
	for name, follow := range map[string]func(*fake, runtime.RuntimeService_GetContainerEventsServer) error{
		"no such call": nil,
		"ends at once": func(*fake, runtime.RuntimeService_GetContainerEventsServer) error { return nil },
	} {
		f := small()
		f.follow = follow
		if err := dial(t, f).Follow(t.Context(), func() {}, nil); !errors.Is(err, facts.ErrNoStream) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := small()
	f.follow = func(*fake, runtime.RuntimeService_GetContainerEventsServer) error { return errors.New("boom") }
	if err := dial(t, f).Follow(t.Context(), func() {}, nil); err == nil || errors.Is(err, facts.ErrNoStream) {
		t.Errorf("a broken stream: %v", err)
	}
}
