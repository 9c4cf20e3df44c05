package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus/bustest"
)

// natsCluster is three servers by the shipped configuration, with TLS and nkeys,
// each a process of its own.
type natsCluster struct {
	dir     string
	urls    string
	servers []*process
	ca      string
}

func startNATSCluster(t *testing.T) *natsCluster {
	t.Helper()
	needNATS(t)
	authority := bustest.NewAuthority(t)
	cert, key := authority.Issue(t, "127.0.0.1", time.Now().Add(time.Hour))
	c := &natsCluster{dir: t.TempDir(), ca: authority.CA}
	_, stderr, code := output(t, "weir", "nats", "config", "--keys", filepath.Join(c.dir, "keys"), "--node", replayedNode,
		"--replicas", "3", "--max-store", "512MiB", "--partitions", "2")
	if code != 0 {
		t.Fatal(stderr)
	}
	account, stderr, code := output(t, "weir", "nats", "config", "--keys", filepath.Join(c.dir, "keys"), "--node", replayedNode,
		"--replicas", "3", "--max-store", "512MiB", "--partitions", "2")
	if code != 0 || stderr != "" {
		t.Fatalf("a second time: exit code %d\n%s", code, stderr)
	}
	writeFile(t, filepath.Join(c.dir, "weir.conf"), account)
	var routes, clients, urls []string
	for range 3 {
		routes, clients = append(routes, freeAddress(t)), append(clients, freeAddress(t))
	}
	for i := range 3 {
		conf := replaced(t, repoFile(t, "deploy", "nats", "cluster.conf"),
			"0.0.0.0:4222", clients[i], "0.0.0.0:6222", routes[i], "8GB", "2GB", `"./data"`, fmt.Sprintf("%q", filepath.Join(c.dir, fmt.Sprint("data", i))),
			"nats-1:6222", routes[0], "nats-2:6222", routes[1], "nats-3:6222", routes[2],
			`"./server.crt"`, fmt.Sprintf("%q", cert), `"./server.key"`, fmt.Sprintf("%q", key), `"./ca.crt"`, fmt.Sprintf("%q", c.ca))
		name := fmt.Sprintf("nats-%d", i+1)
		writeFile(t, filepath.Join(c.dir, name+".conf"), conf)
		c.servers = append(c.servers, startIn(t, c.dir, []string{"NATS_NAME=" + name}, "nats-server", "-c", name+".conf"))
		urls = append(urls, "tls://"+clients[i])
	}
	for _, address := range clients {
		listening(t, address)
	}
	c.urls = strings.Join(urls, ",")
	return c
}

// as returns the flags by which a user connects.
func (c *natsCluster) as(user string) []string {
	return []string{"--nats-url", c.urls, "--nats-tlsca", c.ca, "--nats-nkey", filepath.Join(c.dir, "keys", user+".nk")}
}

// weir runs a command as a user until it succeeds.
func (c *natsCluster) weir(t *testing.T, user string, words ...string) (stdout string) {
	t.Helper()
	eventually(t, time.Minute, strings.Join(words, " "), func() error {
		var stderr string
		var code int
		stdout, stderr, code = output(t, "weir", append(words, c.as(user)...)...)
		if code != 0 {
			return fmt.Errorf("exit code %d\n%s%s", code, stdout, stderr)
		}
		return nil
	})
	return stdout
}

// replayedNode is the node of the demo's recording.
const replayedNode = "web-1"

// Around a cluster of three, over TLS, each program with its own key, findings
// come; and they go on to come when one of the servers is stopped.
func TestServicesAroundACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("three servers and four programs take half a minute")
	}
	c := startNATSCluster(t)
	if out := c.weir(t, "admin", "nats", "provision", "--replicas", "3", "--max-store", "512MiB", "--partitions", "2"); !contains(out, "WEIR_FINDINGS") {
		t.Errorf("it says\n%s", out)
	}
	if out := c.weir(t, "admin", "nats", "provision", "--replicas", "3", "--max-store", "512MiB", "--partitions", "2", "--output", "json"); contains(out, `"create"`) || contains(out, `"update"`) {
		t.Errorf("a second time it changes\n%s", out)
	}
	for _, role := range []string{"enricher", "detector", "notifier"} {
		out := c.weir(t, role, "doctor", "--role", role)
		if !contains(out, "enough for "+role) || !contains(out, "3 replicas") || !contains(out, "TLS 1.3") {
			t.Errorf("the doctor says\n%s", out)
		}
	}
	var services []*process
	for _, role := range []string{"enricher", "detector", "notifier"} {
		services = append(services, startReady(t, nil, "weir-"+role, c.as(role)...))
	}
	findings := start(t, nil, "weir", append([]string{"findings", "tail", "--output", "json"}, c.as("operator")...)...)
	replay := func(want int) {
		t.Helper()
		c.weir(t, "collector-"+replayedNode, "replay", demo(t), "--now", "--speed", "max", "--nats-inbox-prefix", "_INBOX_collector."+replayedNode)
		eventually(t, time.Minute, "the findings", func() error {
			if n := strings.Count(findings.stdout.String(), "\n"); n < want {
				return fmt.Errorf("%d findings, want %d", n, want)
			}
			return nil
		})
	}
	time.Sleep(time.Second)
	replay(1)
	before := strings.Count(findings.stdout.String(), "\n")
	if code := c.servers[0].stop(); code != 0 && code != 1 {
		t.Errorf("the server ends with %d", code)
	}
	replay(2 * before)
	for _, s := range services {
		eventually(t, 30*time.Second, "the service is well", func() error {
			body, err := httpGet(t.Context(), s.http+"/healthz")
			if err != nil {
				return fmt.Errorf("%w: %s", err, body)
			}
			return nil
		})
	}
}
