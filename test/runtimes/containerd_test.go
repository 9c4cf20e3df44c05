package runtimes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/collector/runtimes"
	"github.com/weirsec/weir/test/daemons"
)

const podUID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

func shop() *daemons.Pod {
	return &daemons.Pod{
		Name: "shop-7", Namespace: "prod", UID: podUID, Labels: map[string]string{"tier": "front"},
	}
}

func podFacts() map[string]string {
	return map[string]string{
		"runtime": "containerd", "pod_name": "shop-7", "pod_namespace": "prod", "pod_uid": podUID,
		"pod_labels": `{"tier":"front"}`,
	}
}

// Pods and their containers, there before and made after.
func TestContainerd(t *testing.T) {
	c := daemons.StartContainerd(t)
	cri := runtimes.Endpoint{Kind: "cri", Socket: c.Socket}
	pod := shop()
	sandbox := c.RunPod(t, pod)
	early := c.Create(t, pod, sandbox, daemons.Spec{Name: "early", Labels: map[string]string{"a": "b"}, Args: []string{"wait"}})
	c.Start(t, early)
	l := listen(t, runtimes.Config{PollEvery: 200 * time.Millisecond}, cri)

	e := l.await(t, "existing_container", sandbox, nil)
	check(t, e, podFacts())
	check(t, e, map[string]string{"pod_sandbox": "true", "container_name": "", "container_image": daemons.Image})
	if number(e, "pid") == 0 || number(e, "ctime") == 0 {
		t.Error("no pid or no time: " + l.dump())
	}
	e = l.await(t, "existing_container", early, started)
	check(t, e, podFacts())
	check(t, e, map[string]string{
		"pod_sandbox": "false", "container_name": "early", "container_image": daemons.Image, "labels": `{"a":"b"}`,
	})
	if digest, _ := e.Arg("container_image_digest"); !strings.HasPrefix(digest.Text(), "sha256:") {
		t.Errorf("digest %q", digest.Text())
	}
	if number(e, "started_at") < number(e, "ctime") {
		t.Error("it started before it was created")
	}

	late := c.Create(t, pod, sandbox, daemons.Spec{Name: "late", Args: []string{"wait"}})
	e = l.await(t, "container_create", late, nil)
	check(t, e, podFacts())
	check(t, e, map[string]string{"container_name": "late"})
	c.Start(t, late)
	check(t, l.await(t, "existing_container", late, started), map[string]string{"container_name": "late"})
	c.Remove(t, late)
	check(t, l.await(t, "container_remove", late, nil), map[string]string{"container_name": "late", "runtime": "containerd"})
	c.RemovePod(t, sandbox)
	for _, id := range []string{sandbox, early} {
		l.await(t, "container_remove", id, nil)
	}
}

// A container whose cgroup appears is asked for at once, not with the next
// list.
func TestContainerdIsAsked(t *testing.T) {
	c := daemons.StartContainerd(t)
	pod := shop()
	l := listen(t, runtimes.Config{PollEvery: time.Hour, ListEvery: time.Hour}, runtimes.Endpoint{Kind: "cri", Socket: c.Socket})
	awaitFollowed(t, l, c, pod)
	other := &daemons.Pod{Name: "other", Namespace: "prod", UID: strings.Replace(podUID, "0", "1", 1)}
	sandbox := c.RunPod(t, other)
	id := c.Create(t, other, sandbox, daemons.Spec{Name: "app", Args: []string{"wait"}})
	time.Sleep(300 * time.Millisecond)
	if l.all("container_create", id) != nil {
		t.Fatal("it was told without being asked for: the test is of no use")
	}
	for range 3 {
		l.watcher.CgroupMade(mkdir("/kubepods/pod" + podUID + "/" + id))
		l.watcher.CgroupMade(mkdir("/kubepods/pod" + podUID))
		l.watcher.CgroupMade(mkdir("/kubepods/" + strings.Repeat("f", 64)))
	}
	check(t, l.await(t, "container_create", id, nil), map[string]string{"container_name": "app", "pod_name": "other"})
	if n := len(l.all("container_create", id)); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// awaitFollowed waits until the watcher answers to new cgroups.
func awaitFollowed(t *testing.T, l *listener, c *daemons.Containerd, pod *daemons.Pod) {
	t.Helper()
	sandbox := c.RunPod(t, pod)
	deadline := time.Now().Add(20 * time.Second)
	for len(l.all("container_create", sandbox))+len(l.all("existing_container", sandbox)) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("not followed: " + l.dump())
		}
		l.watcher.CgroupMade(mkdir("/kubepods/pod" + pod.UID + "/cri-containerd-" + sandbox + ".scope"))
		time.Sleep(10 * time.Millisecond)
	}
}

// The cgroup of a sandbox appears before containerd shows the pod: it is asked
// for again.
func TestContainerdIsAskedTooEarly(t *testing.T) {
	c := daemons.StartContainerd(t)
	pod := shop()
	l := listen(t, runtimes.Config{PollEvery: time.Hour, ListEvery: time.Hour}, runtimes.Endpoint{Kind: "cri", Socket: c.Socket})
	awaitFollowed(t, l, c, pod)
	seen := watchCgroups(t, l.watcher)
	for i := range 3 {
		p := &daemons.Pod{Name: fmt.Sprint("pod-", i), Namespace: "n", UID: fmt.Sprintf("%08d%s", i, podUID[8:])}
		sandbox := c.RunPod(t, p)
		check(t, l.await(t, "container_create", sandbox, nil), map[string]string{"pod_name": p.Name, "pod_sandbox": "true"})
	}
	if seen() < 3 {
		t.Errorf("%d cgroups seen", seen())
	}
}
