package runtimes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/runtimes"
	"github.com/weirsec/weir/test/daemons"
)

func docker(d *daemons.Docker) runtimes.Endpoint {
	return runtimes.Endpoint{Kind: "docker", Socket: d.Socket}
}

// retry makes tests that restart a daemon short.
func retry() runtimes.Config { return runtimes.Config{RetryLeast: 50 * time.Millisecond} }

// follow listens to a daemon, and returns when it is followed.
func follow(t *testing.T, d *daemons.Docker) *listener {
	t.Helper()
	there := d.Create(t, daemons.Spec{})
	l := listen(t, retry(), docker(d))
	l.await(t, "existing_container", there, nil)
	return l
}

func started(e *event.Event) bool { return number(e, "pid") != 0 }

// The life of a container: before the watcher and after, with all its facts.
func TestDocker(t *testing.T) {
	d := daemons.StartDocker(t)
	early := d.Run(t, daemons.Spec{Name: "early", Labels: map[string]string{"app": "shop"}, Args: []string{"wait"}})
	l := listen(t, retry(), docker(d))
	e := l.await(t, "existing_container", early, nil)
	check(t, e, map[string]string{
		"runtime": "docker", "container_name": "early", "container_image": daemons.Image,
		"container_image_digest": d.ImageID, "labels": `{"app":"shop","of":"image"}`, "pod_name": "",
		"pod_sandbox": "false", "pid": fmt.Sprint(d.PID(t, early)),
	})
	for _, name := range []string{"ctime", "started_at"} {
		if age := time.Since(time.Unix(0, number(e, name))); age < 0 || age > time.Minute {
			t.Errorf("%s is %s ago", name, age)
		}
	}
	if e.Hook != "runtime" || e.Context.HostPID != 0 {
		t.Errorf("hook %q, pid %d", e.Hook, e.Context.HostPID)
	}

	late := d.Create(t, daemons.Spec{Name: "late", Args: []string{"wait"}})
	check(t, l.await(t, "container_create", late, nil), map[string]string{
		"container_name": "late", "container_image": daemons.Image, "pid": "0",
	})
	d.Start(t, late)
	check(t, l.await(t, "existing_container", late, started), map[string]string{
		"container_name": "late", "pid": fmt.Sprint(d.PID(t, late)),
	})
	d.Rename(t, late, "later")
	l.await(t, "existing_container", late, func(e *event.Event) bool {
		name, _ := e.Arg("container_name")
		return name.Text() == "later"
	})
	d.Remove(t, late)
	check(t, l.await(t, "container_remove", late, nil), map[string]string{
		"runtime": "docker", "container_name": "later",
	})
	d.Remove(t, early)
	check(t, l.await(t, "container_remove", early, nil), map[string]string{"container_name": "early"})
	for _, id := range []string{early, late} {
		if n, m := len(l.all("container_create", id)), len(l.all("container_remove", id)); n > 1 || m != 1 {
			t.Errorf("created %d times and removed %d times", n, m)
		}
	}
}

// Containers that live for milliseconds are told all the same, each once.
func TestDockerShortLived(t *testing.T) {
	d := daemons.StartDocker(t)
	l := follow(t, d)
	for i := range 5 {
		id := d.Run(t, daemons.Spec{Name: fmt.Sprint("blink-", i), Labels: map[string]string{"app": "shop"}, Remove: true, Args: []string{"/nothing"}})
		check(t, l.await(t, "container_create", id, nil), map[string]string{
			"container_name": fmt.Sprint("blink-", i), "container_image": daemons.Image,
			"container_image_digest": d.ImageID, "labels": `{"app":"shop","of":"image"}`,
		})
		l.await(t, "container_remove", id, nil)
	}
}

// A daemon that goes away and comes back is followed again: what is new is
// told, what is gone is removed, what stays is not told twice.
func TestDockerRestarts(t *testing.T) {
	d := daemons.StartDocker(t)
	l := follow(t, d)
	stays := d.Run(t, daemons.Spec{Name: "stays", Args: []string{"wait"}})
	l.await(t, "container_create", stays, nil)
	for range 2 {
		d.Restart(t, func() { time.Sleep(200 * time.Millisecond) })
		id := d.Run(t, daemons.Spec{Args: []string{"wait"}})
		l.await(t, "container_create", id, nil)
		d.Remove(t, id)
		l.await(t, "container_remove", id, nil)
	}
	if n := len(l.all("container_create", stays)); n != 1 {
		t.Errorf("told %d times that it was created", n)
	}
	if l.all("container_remove", stays) != nil {
		t.Error("a container that is still there was removed")
	}
}

// A socket may appear long after the watcher was started.
func TestDockerAppears(t *testing.T) {
	d := daemons.StartDocker(t)
	id := ""
	var l *listener
	d.Restart(t, func() {
		l = listen(t, retry(), docker(d), runtimes.Endpoint{Kind: "cri", Socket: "/nonexistent/containerd.sock"})
		time.Sleep(200 * time.Millisecond)
	})
	id = d.Run(t, daemons.Spec{Name: "web", Args: []string{"wait"}})
	deadline := time.Now().Add(20 * time.Second)
	for len(l.all("container_create", id))+len(l.all("existing_container", id)) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("not told: " + l.dump())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Docker lets anybody who may start a container choose what its labels are.
func TestDockerHostileLabels(t *testing.T) {
	d := daemons.StartDocker(t)
	l := follow(t, d)
	labels := map[string]string{
		"a": "1\x00b=2", "b\x1b[31m": "\xff\xfe", "huge": strings.Repeat("x", 100_000), strings.Repeat("k", 5000): "long key",
	}
	for i := range 500 {
		labels[fmt.Sprintf("n%03d", i)] = strings.Repeat("v", 50)
	}
	id := d.Create(t, daemons.Spec{Name: "hostile", Labels: labels})
	e := l.await(t, "container_create", id, nil)
	check(t, e, map[string]string{"container_name": "hostile"})
	got, _ := e.Arg("labels")
	list := got.List()
	if len(list) != 128 {
		t.Fatalf("%d labels, want the bound of 64", len(list)/2)
	}
	size := 0
	for i := 0; i < len(list); i += 2 {
		size += len(list[i]) + len(list[i+1])
		if _, made := labels[list[i]]; !made && list[i] != "of" {
			t.Errorf("nobody made the label %q", list[i])
		}
	}
	if v, _ := got.Lookup("a"); v != "1" || size > 8<<10 {
		t.Errorf("label a is %q; %d bytes", v, size)
	}
}
