package docker

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/events"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

const id = "b680ee2aa71b77f804c09c5a053007d67efe6d63c35912ddc34c9adfe81e628d"

func read(t testing.TB, name string, into any) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
	return data
}

// What Docker 20.10 answered.
func TestConvertRecorded(t *testing.T) {
	var answer container.InspectResponse
	read(t, "inspect.json", &answer)
	var cut facts.Cut
	got := convert(&answer, &cut)
	if got.ID != id || got.Name != "shop" || got.Image != "shop:1" || got.Runtime != "docker" || got.PID != 6624 ||
		got.ImageDigest != "sha256:f707675884cb6776bbad5c9e16dae3e53ec70fa4dcaaa94c4481809afdd3c222" ||
		got.Created != 1795648150808261609 || got.Started != 1795648151041684739 || got.Sandbox {
		t.Errorf("got %+v", got)
	}
	if want := []string{"app", "shop", "io.kubernetes.pod.name", "x"}; !slices.Equal(got.Labels, want) || got.PodName != "x" {
		t.Errorf("labels %q, pod %q", got.Labels, got.PodName)
	}
	if cut != (facts.Cut{}) {
		t.Errorf("cut %+v", cut)
	}
}

func TestToldRecorded(t *testing.T) {
	var m events.Message
	read(t, "create.json", &m)
	var cut facts.Cut
	got := told(&m, &cut)
	if got.ID != id || got.Name != "shop" || got.Image != "shop:1" || got.Created != 1795648150853629504 || got.PodName != "x" {
		t.Errorf("got %+v", got)
	}
	if want := []string{"app", "shop", "io.kubernetes.pod.name", "x"}; !slices.Equal(got.Labels, want) {
		t.Errorf("labels %q: image and name are none", got.Labels)
	}
	if m.Actor.Attributes["name"] != "shop" {
		t.Error("the event was changed")
	}
}

func TestConvertLittle(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": `{}`, "null": `{"State":null,"Config":null}`, "never started": `{"State":{"Pid":-4,"StartedAt":"0001-01-01T00:00:00Z"},"Created":"x"}`,
		"huge pid": `{"State":{"Pid":99999999999}}`, "far future": `{"Created":"9999-01-01T00:00:00Z"}`,
	} {
		var answer container.InspectResponse
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatal(err)
		}
		var cut facts.Cut
		if got := convert(&answer, &cut); got.PID != 0 || got.Started != 0 || got.Created != 0 || got.Labels != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestConvertSandbox(t *testing.T) {
	answer := container.InspectResponse{Name: "/k8s_POD", Config: &container.Config{Labels: map[string]string{
		"io.kubernetes.docker.type": "podsandbox", "io.kubernetes.pod.namespace": "n", "io.kubernetes.pod.uid": "u",
	}}}
	var cut facts.Cut
	if got := convert(&answer, &cut); !got.Sandbox || got.PodNamespace != "n" || got.PodUID != "u" {
		t.Errorf("got %+v", got)
	}
}

func TestRegistryDigest(t *testing.T) {
	for _, c := range []struct {
		references []string
		want       string
	}{{nil, ""}, {[]string{"shop@sha256:1", "x@sha256:2"}, "sha256:1"}, {[]string{"shop"}, ""}} {
		if got := registryDigest(c.references); got != c.want {
			t.Errorf("%q: %q", c.references, got)
		}
	}
}

// checkBounds fails for facts that are larger than they may be.
func checkBounds(t *testing.T, box *facts.Container) {
	t.Helper()
	for _, s := range []string{box.Runtime, box.Name, box.Image, box.ImageDigest, box.PodName, box.PodNamespace, box.PodUID} {
		if len(s) > 1<<10 {
			t.Fatalf("a text of %d bytes", len(s))
		}
	}
	if n := len(strings.Join(box.Labels, "")); n > 8<<10 || len(box.Labels)%2 != 0 || box.PID < 0 {
		t.Fatalf("%d bytes of labels in %d texts, pid %d", n, len(box.Labels), box.PID)
	}
}

// Whatever the daemon answers: no panic, and facts within their bounds.
func FuzzConvert(f *testing.F) {
	var answer container.InspectResponse
	f.Add(read(f, "inspect.json", &answer))
	var m events.Message
	f.Add(read(f, "create.json", &m))
	f.Add([]byte(`{"Config":{"Labels":{"a":"` + strings.Repeat("x", 3000) + `"}},"State":{"Pid":1e9}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var answer container.InspectResponse
		if json.Unmarshal(data, &answer) == nil {
			var cut facts.Cut
			box := convert(&answer, &cut)
			checkBounds(t, &box)
		}
		var m events.Message
		if json.Unmarshal(data, &m) == nil {
			var cut facts.Cut
			checkBounds(t, told(&m, &cut))
		}
	})
}
