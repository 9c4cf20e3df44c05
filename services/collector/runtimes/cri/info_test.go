package cri

import (
	"math"
	"os"
	"strings"
	"testing"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// What containerd 1.6 tells of a container and of a sandbox.
func TestInfoRecorded(t *testing.T) {
	for name, want := range map[string]info{
		"container.json": {SandboxID: "3ce508a05d16dab31ab9194e93110a1dcd3ea33a37d33e671141dcde81a42398", PID: 10908},
		"sandbox.json":   {PID: 10873, Image: "weir.test/inside:1"},
	} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		got := readInfo(map[string]string{"info": string(text)})
		if got.PID != want.PID || got.Image != want.Image || got.SandboxID != want.SandboxID {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestInfo(t *testing.T) {
	for _, c := range []struct {
		text    string
		sandbox string
		pid     int32
	}{
		{"", "", 0},
		{"no JSON", "", 0},
		{"[]", "", 0},
		{`{"pid":"x","sandboxID":"s"}`, "s", 0},
		{`{"pid":7,"sandboxID":{}}`, "", 7},
		{`{"pid":-1}`, "", 0},
		{`{"pid":2147483647}`, "", math.MaxInt32},
		{`{"pid":2147483648}`, "", 0},
		{`{"pid":1e300}`, "", 0},
		{`{"PID":5,"SandboxId":"s"}`, "", 0},
	} {
		if got := readInfo(map[string]string{"info": c.text}); got.SandboxID != c.sandbox || got.pid() != c.pid {
			t.Errorf("%s: %+v, pid %d", c.text, got, got.pid())
		}
	}
	if readInfo(nil) != (info{}) {
		t.Error("something from nothing")
	}
}

func TestImageName(t *testing.T) {
	for _, c := range []struct{ image, asked, ref, name, digest string }{
		{"shop:1", "", "docker.io/shop@sha256:1", "shop:1", "sha256:1"},
		{"sha256:2", "shop:1", "sha256:2", "shop:1", "sha256:2"},
		{"", "shop:1", "", "shop:1", ""},
		{"shop:1", "other", "x", "shop:1", "x"},
		{"sha256:2", "", "", "sha256:2", ""},
	} {
		s := &runtime.ContainerStatus{Image: &runtime.ImageSpec{Image: c.image, UserSpecifiedImage: c.asked}, ImageRef: c.ref}
		if got := imageName(s); got != c.name {
			t.Errorf("%+v: %q", c, got)
		}
		if got := digest(c.ref); got != c.digest {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// Whatever the runtime tells: no panic, and facts within their bounds.
func FuzzConvert(f *testing.F) {
	for _, name := range []string{"container.json", "sandbox.json"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "app", "shop@sha256:1", int64(5))
	}
	f.Add(`{"pid":1e9,"sandboxID":7}`, strings.Repeat("x", 2000), "", int64(-1))
	f.Fuzz(func(t *testing.T, text, name, ref string, at int64) {
		more := readInfo(map[string]string{"info": text})
		if more.pid() < 0 {
			t.Fatalf("pid %d", more.pid())
		}
		labels := map[string]string{name: text, "io.kubernetes.pod.name": name}
		meta := &runtime.PodSandboxMetadata{Name: name, Namespace: text, Uid: ref}
		var cut facts.Cut
		box := convertContainer(name, &runtime.ContainerStatus{
			Id: "c", Metadata: &runtime.ContainerMetadata{Name: name}, ImageRef: ref, Labels: labels, CreatedAt: at,
		}, &cut)
		pod := convertSandbox(name, &runtime.PodSandboxStatus{Id: "p", Metadata: meta, Labels: labels, CreatedAt: at}, more, &cut)
		for _, b := range []*facts.Container{&box, &pod} {
			cut.Bound(b)
			for _, s := range []string{b.Runtime, b.Name, b.Image, b.ImageDigest, b.PodName, b.PodNamespace, b.PodUID} {
				if len(s) > 1<<10 {
					t.Fatalf("a text of %d bytes", len(s))
				}
			}
			if len(b.Labels) > 128 || len(b.PodLabels) > 128 || b.Created < 0 {
				t.Fatalf("%d and %d texts of labels, created %d", len(b.Labels), len(b.PodLabels), b.Created)
			}
		}
	})
}
