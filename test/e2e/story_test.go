package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"

	"github.com/weirsec/weir/test/daemons"
)

// storySignature matches what the program in the container does: it is executed,
// opens a file and connects.
const storySignature = `package tracee.story_test

__rego_metadoc__ := {"id": "Story-0.1.0", "version": "0.1.0", "name": "A story", "eventName": "a_story", "properties": {"Severity": 1}}

tracee_selected_events contains {"source": "tracee", "name": "sched_process_exec", "origin": "container"}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open", "origin": "container"}

tracee_selected_events contains {"source": "tracee", "name": "security_socket_connect", "origin": "container"}

arg(name) := a.value if {
	some a in input.args
	a.name == name
}

tracee_match := {"what": "exec"} if {
	input.eventName == "sched_process_exec"
	arg("pathname") == "/inside"
}

tracee_match := {"what": "open"} if {
	input.eventName == "security_file_open"
	arg("pathname") == "WATCHED"
}

tracee_match := {"what": "connect"} if {
	input.eventName == "security_socket_connect"
	arg("remote_addr").sin_addr == "127.7.0.9"
}
`

// storySteps are what the program does, in a child process.
func storySteps() []string {
	return []string{"child", daemons.Watched, "ask:" + daemons.DNS + "/shop.weir.test", "connect:127.7.0.9:80"}
}

// chapter is a finding of the story.
type chapter struct {
	inContainer
	Data    struct{ What string }
	Process struct {
		NSPID      int `json:"ns_pid"`
		Executable string
		Args       []string
		Ancestors  []struct {
			NSPID      int `json:"ns_pid"`
			Executable string
			Args       []string
		}
	}
	DNS      []string
	Evidence struct{ Complete bool }
}

// startStory runs Weir with the signature and a DNS server.
func startStory(t *testing.T, runtime string) *subscriber {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "story.rego"), strings.ReplaceAll(storySignature, "WATCHED", daemons.Watched))
	daemons.StartDNS(t, [4]byte{127, 7, 0, 9})
	_, url := startRun(t, nil, "--signatures", dir, "--container-runtimes", runtime)
	return subscribe(t, url, "weir.findings.>")
}

// story waits until the findings from the given one on are those of one run of
// the steps, and returns them: two programs, the file and the connection.
func (s *subscriber) story(t *testing.T, from int) (list []chapter) {
	t.Helper()
	want := []string{"exec", "exec", "open", "connect"}
	eventually(t, 40*time.Second, "the story", func() error {
		if list = s.chapters(t); len(list) < from+len(want) {
			return fmt.Errorf("%d findings, want %d", len(list), from+len(want))
		}
		return nil
	})
	list = list[from:]
	var told []string
	for _, c := range list {
		told = append(told, c.Data.What)
	}
	if !slices.Equal(told, want) {
		t.Logf("%+v %s", *list[0].Kubernetes, s.all()[0].Data)
		t.Fatalf("the story is %q, want %q", told, want)
	}
	return list
}

// chapters are the findings so far but for those of pods' sandboxes, whose
// program is the same one.
func (s *subscriber) chapters(t *testing.T) (list []chapter) {
	t.Helper()
	valid := newValidator(t)
	for _, m := range s.all() {
		var c chapter
		if err := json.Unmarshal(valid.check(t, m.Data).Data(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Kubernetes == nil || !c.Kubernetes.PodSandbox {
			list = append(list, c)
		}
	}
	return list
}

// checkStory checks what every chapter says of its process and, in the last one,
// of the address. Args are those of the program that had the child.
func checkStory(t *testing.T, story []chapter, args []string, init bool) {
	t.Helper()
	for i, c := range story {
		if c.Enrichment["process"] != "resolved" || c.Enrichment["container"] != "resolved" || c.Process.Executable != "/inside" || !c.Evidence.Complete {
			t.Errorf("%s: %v, %+v, %+v", c.Data.What, c.Enrichment, c.Process, c.Evidence)
		}
		if i == 0 {
			continue
		}
		// The child's parent is the program that the runtime started: the first
		// process of the container, or not.
		if len(c.Process.Ancestors) == 0 {
			t.Errorf("%s: no ancestors", c.Data.What)
			continue
		}
		parent := c.Process.Ancestors[0]
		if !slices.Equal(c.Process.Args, append([]string{"/inside"}, args[1:]...)) || c.Process.NSPID == 1 ||
			(parent.NSPID == 1) != init || parent.Executable != "/inside" || !slices.Equal(parent.Args, append([]string{"/inside"}, args...)) {
			t.Errorf("%s: %+v", c.Data.What, c.Process)
		}
	}
	last := story[len(story)-1]
	if !slices.Equal(last.DNS, []string{"shop.weir.test", "edge.shop.weir.test"}) || last.Enrichment["dns"] != "resolved" {
		t.Errorf("names %q, %v", last.DNS, last.Enrichment)
	}
}

// startContainer has testcontainers start a container until the test's end.
func startContainer(t *testing.T, socket string, req testcontainers.ContainerRequest) testcontainers.Container {
	t.Helper()
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	t.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	// Else it makes a bridge, which the machine would have from then on.
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithDefaultBridgeNetwork("host"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	box, err := provider.RunContainer(t.Context(), req)
	testcontainers.CleanupContainer(t, box)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// A container that testcontainers starts, and somebody who executes a program in
// it: each event says whose it is, with the processes up to the container's first
// one, and the name that the address was told for.
func TestDockerStory(t *testing.T) {
	needEBPF(t)
	d := daemons.StartDocker(t)
	findings := startStory(t, d.Socket)
	box := startContainer(t, d.Socket, testcontainers.ContainerRequest{
		Image: daemons.Image, Name: "shop", Labels: map[string]string{"tier": "front"}, Cmd: append(storySteps(), "wait"),
		HostConfigModifier: func(c *container.HostConfig) { c.NetworkMode = "host" },
	})
	check := func(story []chapter) {
		t.Helper()
		for _, c := range story {
			if b := c.Container; b.ID != box.GetContainerID() || b.Name != "shop" || b.Image != daemons.Image ||
				b.ImageDigest != d.ImageID || b.Runtime != "docker" || b.Labels["tier"] != "front" || b.Labels["of"] != "image" {
				t.Errorf("%s: %+v", c.Data.What, b)
			}
		}
	}
	story := findings.story(t, 0)
	check(story)
	checkStory(t, story, append(storySteps(), "wait"), true)
	code, _, err := box.Exec(t.Context(), append([]string{"/inside"}, storySteps()...))
	if err != nil || code != 0 {
		t.Fatalf("exec: %d, %v", code, err)
	}
	story = findings.story(t, len(story))
	check(story)
	checkStory(t, story, storySteps(), false)
}

// The same in a pod, told by containerd.
func TestContainerdStory(t *testing.T) {
	needEBPF(t)
	c := daemons.StartContainerd(t)
	findings := startStory(t, "cri="+c.Socket)
	pod := &daemons.Pod{Name: "shop-7", Namespace: "prod", UID: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f1", Labels: map[string]string{"tier": "front"}}
	sandbox := c.RunPod(t, pod)
	id := c.Create(t, pod, sandbox, daemons.Spec{Name: "app", Labels: map[string]string{"a": "b"}, Args: append(storySteps(), "wait")})
	c.Start(t, id)
	check := func(story []chapter) {
		t.Helper()
		for _, f := range story {
			checkPod(t, f.inContainer, pod, id)
		}
	}
	story := findings.story(t, 0)
	check(story)
	checkStory(t, story, append(storySteps(), "wait"), true)
	c.Exec(t, id, storySteps()...)
	story = findings.story(t, len(story))
	check(story)
	checkStory(t, story, storySteps(), false)
}
