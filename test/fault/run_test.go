package fault

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

const (
	partitions = 4
	maxBytes   = 256 << 20
	// load is how long the nodes send.
	load = 4 * time.Second
	// spoolBytes is enough for all that they send.
	spoolBytes = 64 << 20
)

// roles are the stages; instances of each.
var (
	roles     = []string{"enricher", "detector", "notifier"}
	instances = []string{"a", "b"}
)

// options are what a run may have otherwise.
type options struct {
	cluster bool
	// netns has the first feed, and the stages' first instances, each in a network
	// namespace of their own.
	netns bool
	// store and spools are directories of the streams and of the spools, "" for
	// the run's own; maxBytes is the size of all streams.
	store, spools string
	maxBytes      int64
	// live is the only node, whose records are given as the kernel gives them.
	live string
	// load is how long the nodes send, 0 for load.
	load time.Duration
}

// run is everything at work around one input.
type run struct {
	t     testing.TB
	in    *input
	opts  options
	dir   string
	began time.Time

	brokers []*bustest.Process
	down    map[int]bool
	conn    *bus.Conn
	// nodeNet is between the first feed and the broker, ownerNet between the
	// stages' first instances and the broker.
	nodeNet, ownerNet *bustest.Proxy
	// nodeCable and ownerCable are that where they are in namespaces.
	nodeCable, ownerCable *cable
	services, feeds       []*program
	// log is what was done.
	log []string
}

// newRun starts a broker and all services. Nothing is sent before begin.
func newRun(t testing.TB, in *input, opts options) *run {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-fault-")
	if err != nil {
		t.Fatal(err)
	}
	r := &run{t: t, in: in, opts: opts, dir: dir, began: time.Now(), down: map[int]bool{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what was done:\n%s\nlogs are kept in %s", strings.Join(r.log, "\n"), dir)
			if noThrowaway() == nil {
				t.Log(complaints(dir))
			}
			return
		}
		_ = os.RemoveAll(dir)
	})
	if opts.netns {
		r.nodeCable, r.ownerCable = newCable(t), newCable(t)
	}
	url, replicas := r.startBrokers()
	r.conn = bustest.Dial(t, url)
	if opts.load == 0 {
		r.opts.load = load
	}
	if opts.maxBytes == 0 {
		opts.maxBytes = maxBytes
	}
	r.provision(bus.Layout{Partitions: partitions, MaxBytes: opts.maxBytes, Replicas: replicas})
	r.nodeNet, r.ownerNet = bustest.NewProxy(t, r.brokers[0].URL), bustest.NewProxy(t, r.brokers[0].URL)
	direct := url
	for _, role := range roles {
		for _, name := range instances {
			to, first := direct, name == instances[0]
			if first && r.proxied() {
				to = r.ownerNet.URL
			}
			p := r.service(role, name, to)
			if first {
				p.at = r.ownerCable
			}
			r.services = append(r.services, p)
		}
	}
	for i := range in.files {
		if opts.live != "" && i > 0 {
			break
		}
		to := direct
		if i == 0 && r.proxied() {
			to = r.nodeNet.URL
		}
		p := r.feed(i, to)
		if i == 0 {
			p.at = r.nodeCable
		}
		r.feeds = append(r.feeds, p)
	}
	for _, p := range r.services {
		p.start()
	}
	return r
}

// proxied says that proxies stand for the network.
func (r *run) proxied() bool { return !r.opts.cluster && !r.opts.netns }

func (r *run) startBrokers() (url string, replicas int) {
	r.t.Helper()
	switch {
	case r.opts.cluster:
		r.brokers = bustest.SpawnCluster(r.t, 3)
	case r.opts.netns:
		r.brokers = []*bustest.Process{bustest.SpawnAt(r.t, r.nodeCable.host.String())}
	case r.opts.store != "":
		r.brokers = []*bustest.Process{bustest.SpawnIn(r.t, r.opts.store)}
	default:
		r.brokers = []*bustest.Process{bustest.Spawn(r.t)}
	}
	var urls []string
	for _, b := range r.brokers {
		urls = append(urls, b.URL)
	}
	return strings.Join(urls, ","), len(urls)
}

// provision tries until a cluster has elected who decides.
func (r *run) provision(l bus.Layout) {
	r.t.Helper()
	r.until("streams are made", func() error {
		ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
		defer cancel()
		return r.conn.Provision(ctx, l)
	})
}

func (r *run) service(role, name, url string) *program {
	args := []string{"--nats-url", url, "--http", "off", "--instance", role + "-" + name, "--log-level", "debug"}
	if role == "detector" {
		args = append(args, "--signatures", "testdata/signatures")
	}
	return newProgram(r.t, r.dir, role+"-"+name, func() *exec.Cmd {
		return exec.Command(filepath.Join(binDir, "weir-"+role), args...)
	})
}

func (r *run) feed(i int, url string) *program {
	dir := filepath.Join(r.dir, fmt.Sprint("spool", i))
	if r.opts.spools != "" {
		dir = filepath.Join(r.opts.spools, fmt.Sprint("spool", i))
	}
	batches := rounds * nodeCount / feeds
	p := newProgram(r.t, r.dir, fmt.Sprint("feed-", i), func() *exec.Cmd {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), feedURL+"="+url, feedFile+"="+r.in.files[i], feedSpool+"="+dir,
			fmt.Sprintf("%s=%d", feedBegan, sinceBoot()-int64(time.Since(r.began))), fmt.Sprintf("%s=%v", feedPace, r.opts.load/time.Duration(batches)),
			fmt.Sprintf("%s=%d", feedSpoolBytes, spoolBytes), feedLive+"="+r.opts.live)
		return cmd
	})
	p.once = true
	return p
}

// begin waits until all stages have their consumers, and has the nodes send.
func (r *run) begin() {
	r.t.Helper()
	r.ready()
	r.began = time.Now()
	for _, f := range r.feeds {
		f.start()
	}
}

// ready waits until all stages have their consumers.
func (r *run) ready() {
	r.t.Helper()
	for _, stream := range []string{bus.StreamRaw, bus.StreamEvents, bus.StreamDetections} {
		r.until("the stages are ready", func() error {
			usage, err := r.conn.Usage(r.t.Context(), stream)
			if err == nil && len(usage.Consumers) < partitions {
				err = fmt.Errorf("%d consumers of %s", len(usage.Consumers), stream)
			}
			return err
		})
	}
}

// heal brings everything back.
func (r *run) heal() {
	r.t.Helper()
	r.note("heal")
	r.nodeNet.Heal()
	r.ownerNet.Heal()
	if r.opts.netns {
		r.nodeCable.heal()
		r.ownerCable.heal()
	}
	for i := range r.brokers {
		r.startBroker(i)
	}
	for _, p := range append(r.services, r.feeds...) {
		p.signal(cont)
		p.start()
	}
}

// finish heals, waits until everything has arrived, stops the stages in order and
// reads what there is.
func (r *run) finish() *outcome {
	r.t.Helper()
	r.heal()
	r.sent()
	if err := idle(r.t.Context(), r.conn); err != nil {
		r.t.Fatal(err)
	}
	r.note("all is handled")
	o := &outcome{}
	// One after another, so that each tells what it knows; the ledger must balance
	// with what the last owner told.
	for _, p := range r.services {
		p.stop()
	}
	r.note("all is stopped")
	if err := o.read(r.t.Context(), r.conn); err != nil {
		r.t.Fatal(err)
	}
	if err := o.balances(r.t.Context(), r.conn); err != nil {
		r.t.Fatal(err)
	}
	return o
}

// sent waits until the nodes have sent everything.
func (r *run) sent() {
	r.t.Helper()
	for _, f := range r.feeds {
		select {
		case <-f.done:
		case <-time.After(patience()):
			r.t.Fatalf("%s has not sent everything after %v", f.name, patience())
		}
	}
	r.note("all is sent")
}

// note keeps what was done, and when.
func (r *run) note(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf("%6dms %s", time.Since(r.began).Milliseconds(), fmt.Sprintf(format, args...)))
}

func (r *run) until(what string, ok func() error) {
	r.t.Helper()
	deadline := time.Now().Add(patience())
	for {
		err := ok()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%s: not within %v: %v", what, patience(), err)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

func (r *run) startBroker(i int) {
	r.t.Helper()
	if r.down[i] {
		r.note("start broker %d", i)
		r.brokers[i].Start(r.t)
		r.down[i] = false
	}
}

func (r *run) stopBroker(i int, kill bool) {
	r.t.Helper()
	if r.down[i] {
		return
	}
	r.note("end broker %d, kill: %v", i, kill)
	r.down[i] = true
	if kill {
		r.brokers[i].Kill(r.t)
	} else {
		r.brokers[i].Stop(r.t)
	}
}
