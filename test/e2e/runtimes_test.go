package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/weirsec/weir/test/daemons"
)

// inContainer is what a finding says of where it happened.
type inContainer struct {
	Container struct {
		ID, Name, Image, Runtime string
		ImageDigest              string `json:"image_digest"`
	}
	Kubernetes *struct {
		PodName      string `json:"pod_name"`
		PodNamespace string `json:"pod_namespace"`
		PodUID       string `json:"pod_uid"`
	}
	Enrichment map[string]string
}

// nextFinding waits for the n-th finding, from 0.
func (s *subscriber) nextFinding(t *testing.T, n int) (f inContainer) {
	t.Helper()
	eventually(t, 15*time.Second, "the finding", func() error {
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

// A finding says in which container it happened, by name and image: one that
// was there before Weir, one that came later, and one that lives for an instant.
func TestDockerContainers(t *testing.T) {
	needEBPF(t)
	d := daemons.StartDocker(t)
	early := d.Run(t, daemons.Spec{Name: "early", Args: []string{"4s", daemons.Watched, "wait"}})
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
	}
	expect(0)
	ids = append(ids, d.Run(t, daemons.Spec{Name: "late", Args: []string{daemons.Watched, "wait"}}))
	names = append(names, "late")
	expect(1)
	for i := range 3 {
		names = append(names, fmt.Sprint("blink-", i))
		ids = append(ids, d.Run(t, daemons.Spec{Name: names[2+i], Args: []string{daemons.Watched}, Remove: true}))
		expect(2 + i)
	}
}

// The same for a pod of Kubernetes, told by containerd.
func TestContainerdPods(t *testing.T) {
	needEBPF(t)
	c := daemons.StartContainerd(t)
	_, url := startRun(t, nil, "--signatures", writeSignature(t, daemons.Watched), "--container-runtimes", "cri="+c.Socket)
	findings := subscribe(t, url, "weir.findings.>")
	pod := &daemons.Pod{Name: "shop-7", Namespace: "prod", UID: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}
	sandbox := c.RunPod(t, pod)
	id := c.Create(t, pod, sandbox, daemons.Spec{Name: "app", Args: []string{"2s", daemons.Watched, "wait"}})
	c.Start(t, id)
	f := findings.nextFinding(t, 0)
	if f.Container.ID != id || f.Container.Name != "app" || f.Container.Image != daemons.Image ||
		f.Container.Runtime != "containerd" || f.Enrichment["container"] != "resolved" {
		t.Errorf("%+v", f)
	}
	if k := f.Kubernetes; k == nil || k.PodName != "shop-7" || k.PodNamespace != "prod" || k.PodUID != pod.UID {
		t.Errorf("%+v", k)
	}
}
