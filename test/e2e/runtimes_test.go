package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/weirsec/weir/test/daemons"
)

// inContainer is what a finding says of where it happened.
type inContainer struct {
	Container struct {
		ID, Name, Image, Runtime string
		ImageDigest              string `json:"image_digest"`
		Labels                   map[string]string
	}
	Kubernetes *struct {
		PodName      string `json:"pod_name"`
		PodNamespace string `json:"pod_namespace"`
		PodUID       string `json:"pod_uid"`
		PodSandbox   bool   `json:"pod_sandbox"`
		Labels       map[string]string
	}
	Event struct {
		ContextFlags struct{ ContainerStarted bool }
		Container    struct{ Labels map[string]string }
		Kubernetes   struct{ PodLabels map[string]string }
	}
	Enrichment map[string]string
}

// nextFinding waits for the n-th finding, from 0.
func (s *subscriber) nextFinding(t *testing.T, n int) (f inContainer) {
	t.Helper()
	eventually(t, 40*time.Second, "the finding", func() error {
		if got := len(s.all()); got <= n {
			return fmt.Errorf("%d findings", got)
		}
		return nil
	})
	if err := json.Unmarshal(newValidator(t).check(t, s.all()[n].Data).Data(), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// A finding says in which container it happened, by name, image and labels: one
// that was there before Weir, one that came later, an exec into it, and one that
// lives for an instant.
func TestDockerContainers(t *testing.T) {
	needEBPF(t)
	d := daemons.StartDocker(t)
	labels := map[string]string{"app": "shop", "db-password": "hunter2"}
	want := map[string]string{"app": "shop", "db-password": "[redacted]", "of": "image"}
	early := d.Run(t, daemons.Spec{Name: "early", Labels: labels, Args: []string{"20s", daemons.Watched, "wait"}})
	_, url := startRun(t, nil, "--signatures", writeSignature(t, daemons.Watched), "--container-runtimes", d.Socket)
	findings := subscribe(t, url, "weir.findings.>")
	ids, names := []string{early}, []string{"early"}
	expect := func(n int) {
		t.Helper()
		f := findings.nextFinding(t, n)
		c := f.Container
		if c.ID != ids[n] || c.Name != names[n] || c.Image != daemons.Image || c.ImageDigest != d.ImageID ||
			c.Runtime != "docker" || f.Enrichment["container"] != "resolved" || f.Kubernetes != nil {
			t.Errorf("%s: %+v", names[n], f)
		}
		if !maps.Equal(c.Labels, want) || !maps.Equal(f.Event.Container.Labels, want) || !f.Event.ContextFlags.ContainerStarted {
			t.Errorf("%s: labels %v, in the event %v, started %v", names[n], c.Labels, f.Event.Container.Labels, f.Event.ContextFlags)
		}
	}
	expect(0)
	late := d.Run(t, daemons.Spec{Name: "late", Labels: labels, Args: []string{daemons.Watched, "wait"}})
	ids, names = append(ids, late), append(names, "late")
	expect(1)
	d.Exec(t, late, daemons.Watched)
	ids, names = append(ids, late), append(names, "late")
	expect(2)
	for i := range 3 {
		names = append(names, fmt.Sprint("blink-", i))
		ids = append(ids, d.Run(t, daemons.Spec{Name: names[3+i], Labels: labels, Args: []string{daemons.Watched}, Remove: true}))
		expect(3 + i)
	}
}

// The same for a pod of Kubernetes, told by containerd.
func TestContainerdPods(t *testing.T) {
	needEBPF(t)
	c := daemons.StartContainerd(t)
	_, url := startRun(t, nil, "--signatures", writeSignature(t, daemons.Watched), "--container-runtimes", "cri="+c.Socket)
	findings := subscribe(t, url, "weir.findings.>")
	labels := map[string]string{"tier": "front"}
	pod := &daemons.Pod{Name: "shop-7", Namespace: "prod", UID: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", Labels: labels}
	sandbox := c.RunPod(t, pod)
	id := c.Create(t, pod, sandbox, daemons.Spec{Name: "app", Labels: map[string]string{"a": "b"}, Args: []string{daemons.Watched, "wait"}})
	c.Start(t, id)
	checkPod(t, findings.nextFinding(t, 0), pod, id)
	c.Exec(t, id, daemons.Watched)
	checkPod(t, findings.nextFinding(t, 1), pod, id)
}

func checkPod(t *testing.T, f inContainer, pod *daemons.Pod, id string) {
	t.Helper()
	if f.Container.ID != id || f.Container.Name != "app" || f.Container.Image != daemons.Image ||
		f.Container.Runtime != "containerd" || f.Enrichment["container"] != "resolved" {
		t.Errorf("%+v", f)
	}
	if k := f.Kubernetes; k == nil || k.PodName != "shop-7" || k.PodNamespace != "prod" || k.PodUID != pod.UID ||
		!maps.Equal(k.Labels, pod.Labels) || !maps.Equal(f.Event.Kubernetes.PodLabels, pod.Labels) || f.Container.Labels["a"] != "b" {
		t.Errorf("%+v, event %+v, labels %v", k, f.Event, f.Container.Labels)
	}
}
