package rights_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
)

// pass is a stage that hands each message on.
func pass(subject func(stage.Message) string) stage.Handler {
	return stage.HandlerFunc(func(_ context.Context, in stage.Message) ([]stage.Output, error) {
		if string(in.Data) == "poison" {
			return nil, stage.Permanent(errors.New("it is poison"))
		}
		return []stage.Output{{Subject: subject(in), ID: in.ID, Data: in.Data}}, nil
	})
}

// runStage runs a stage with its user's rights until the test ends.
func (a *account) runStage(t *testing.T, name string, h stage.Handler) *bus.Conn {
	t.Helper()
	conn := a.connect(t, name)
	reader, ok := bus.ReaderOf(name)
	if !ok {
		t.Fatalf("no stage %s", name)
	}
	runner, err := stage.New(conn, stage.Config{
		Stage: name, Stream: reader.Stream, Filter: reader.Filter, Partitions: partitions,
		NewHandler: func(int) (stage.Handler, error) { return h, nil },
	}, stage.Settings{Logger: bustest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		quiet(t, name, conn)
	})
	return conn
}

// quiet wants a connection that was refused nothing.
func quiet(t *testing.T, name string, conn *bus.Conn) {
	t.Helper()
	if trouble := conn.Trouble(); trouble != "" {
		t.Errorf("%s: %s", name, trouble)
	}
}

// Messages go from the collectors to a subscriber, and poison to the dead
// letters, each user with its own rights only.
func TestMessagesGoAllTheWay(t *testing.T) {
	a := start(t, "web-1", "web.2")
	a.runStage(t, rights.Enricher, pass(func(in stage.Message) string { return bus.EventsSubject(in.Partition, "n") }))
	a.runStage(t, rights.Detector, pass(func(in stage.Message) string { return bus.DetectionsSubject(in.Partition) }))
	a.runStage(t, rights.Notifier, pass(func(stage.Message) string { return bus.FindingSubject("high", "x") }))
	for name, node := range map[string]string{web1: "web-1", web2: "web.2"} {
		conn := a.connect(t, name)
		for _, data := range []string{"x", "poison"} {
			m := bus.Message{Subject: bus.RawSubject(node), ID: node + data, Data: []byte(data)}
			if err := conn.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		quiet(t, name, conn)
	}
	read := func(user string, cfg bus.TailConfig) {
		t.Helper()
		conn := a.connect(t, user)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		got := 0
		err := conn.Tail(ctx, cfg, func(context.Context, bus.Received) error {
			if got++; got == 2 {
				cancel()
			}
			return nil
		})
		if err != nil || got != 2 {
			t.Errorf("%s reads %d messages of %s: %v", user, got, cfg.Stream, err)
		}
		quiet(t, user, conn)
	}
	read(rights.Subscriber, bus.TailConfig{Stream: bus.StreamFindings, Durable: "siem"})
	read(rights.Subscriber, bus.TailConfig{Stream: bus.StreamFindings})
	read(rights.Operator, bus.TailConfig{Stream: bus.StreamDLQ})
	read(rights.Operator, bus.TailConfig{Stream: bus.StreamEvents})
}

// What the services do besides messages works with their own rights too.
func TestServicesUseTheirBuckets(t *testing.T) {
	a := start(t, "web-1")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	detector, operator, collector := a.connect(t, rights.Detector), a.connect(t, rights.Operator), a.connect(t, web1)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(detector.PutInterest(ctx, "d", interest.Of("openat")))
	watching, seen := context.WithCancel(ctx)
	must(collector.WatchInterest(watching, func(interest.Interest) { seen() }))
	must(detector.PutMember(ctx, rights.Detector, "d", []byte("{}"), time.Minute))
	members, err := operator.Members(ctx, rights.Detector)
	must(err)
	if len(members) != 1 {
		t.Errorf("%d members", len(members))
	}
	_, err = operator.PutBundle(ctx, "corp", []byte("x"))
	must(err)
	bundles, err := detector.Bundles(ctx)
	must(err)
	if len(bundles) != 1 {
		t.Errorf("%d bundles", len(bundles))
	}
	_, err = operator.BundleHistory(ctx, "corp")
	must(err)
	must(operator.RemoveBundle(ctx, "corp"))
	must(detector.PutCheckpoint(ctx, bus.Checkpoint{Stage: rights.Detector, Partition: 1, Seq: 1, Data: make([]byte, 700<<10)}))
	must(detector.PutCheckpoint(ctx, bus.Checkpoint{Stage: rights.Detector, Partition: 1, Seq: 2, Data: make([]byte, 700<<10)}))
	must(detector.TidyCheckpoint(ctx, rights.Detector, 1, 0))
	_, err = detector.Checkpoint(ctx, rights.Detector, 1)
	must(err)
	must(detector.PutReport(ctx, rights.Detector, 1, []byte("{}"), func([]byte) bool { return true }))
	_, err = operator.Reports(ctx)
	must(err)
	must(detector.DropMember(ctx, rights.Detector, "d"))
	must(detector.DropInterest(ctx, "d"))
	for name, conn := range map[string]*bus.Conn{rights.Detector: detector, rights.Operator: operator, web1: collector} {
		quiet(t, name, conn)
	}
}

// A request that is refused ends at once, with the subject and what mends it; the
// connection tells of it.
func TestRefusalsAreTold(t *testing.T) {
	a := start(t, "web-1")
	none := func(context.Context, bus.Received) error { return nil }
	for _, c := range []struct {
		user, what string
		do         func(ctx context.Context, conn *bus.Conn) error
		says       string
	}{
		{web1, "publish as another node", func(ctx context.Context, conn *bus.Conn) error {
			return conn.Publish(ctx, bus.Message{Subject: bus.RawSubject("web-2"), ID: "1"})
		}, "weir.raw.web-2"},
		{web1, "look at a stream", func(ctx context.Context, conn *bus.Conn) error {
			_, err := conn.Usage(ctx, bus.StreamFindings)
			return err
		}, "$JS.API.STREAM.INFO.WEIR_FINDINGS"},
		{rights.Enricher, "give signatures", func(ctx context.Context, conn *bus.Conn) error {
			_, err := conn.PutBundle(ctx, "evil", []byte("x"))
			return err
		}, "KV_weir_signatures"},
		{rights.Enricher, "read findings", func(ctx context.Context, conn *bus.Conn) error {
			return conn.Tail(ctx, bus.TailConfig{Stream: bus.StreamFindings}, none)
		}, "WEIR_FINDINGS"},
		{rights.Detector, "watch the members of others", func(ctx context.Context, conn *bus.Conn) error {
			return conn.PutMember(ctx, rights.Enricher, "e", nil, time.Minute)
		}, "$KV.weir_members.enricher."},
		{rights.Notifier, "watch signatures", func(ctx context.Context, conn *bus.Conn) error {
			return conn.WatchBundles(ctx, func(bus.StoredBundle) {}, func() {})
		}, "KV_weir_signatures"},
		{rights.Detector, "make streams", func(ctx context.Context, conn *bus.Conn) error {
			return conn.Provision(ctx, layout())
		}, "$JS.API.STREAM.INFO.WEIR_RAW"},
		{rights.Subscriber, "make consumers of a stage", func(ctx context.Context, conn *bus.Conn) error {
			reader, _ := bus.ReaderOf(rights.Detector)
			_, err := stage.Provision(ctx, conn, reader, partitions, false)
			return err
		}, "$JS.API.CONSUMER.INFO.WEIR_EVENTS.detector-p00"},
	} {
		t.Run(c.user+": "+c.what, func(t *testing.T) {
			conn, err := bus.Connect(t.Context(), a.config(t, c.user))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(t.Context()) }()
			began := time.Now()
			err = c.do(t.Context(), conn)
			if !errors.Is(err, bus.ErrDenied) || !strings.Contains(fmt.Sprint(err), c.says) || !strings.Contains(fmt.Sprint(err), "weir nats config") {
				t.Errorf("error is %v, want one with %q and the fix", err, c.says)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
			if trouble := conn.Trouble(); !strings.Contains(trouble, c.says) {
				t.Errorf("the trouble is %q", trouble)
			}
		})
	}
}

// A user whose inbox is another one is told so when it connects.
func TestWrongInboxIsTold(t *testing.T) {
	a := start(t)
	cfg := a.config(t, rights.Detector)
	cfg.InboxPrefix = "_INBOX_enricher"
	began := time.Now()
	_, err := bus.Connect(t.Context(), cfg)
	if !errors.Is(err, bus.ErrDenied) || !strings.Contains(fmt.Sprint(err), "--nats-inbox-prefix") {
		t.Errorf("error is %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// An enricher answers requests, and can publish to an inbox in no other way.
func TestEnrichersAnswer(t *testing.T) {
	a := start(t)
	enricher, detector := a.raw(t, rights.Enricher), a.raw(t, rights.Detector)
	if _, err := enricher.Subscribe("weir.ds.containers", func(m *nats.Msg) { _ = m.Respond([]byte("web")) }); err != nil {
		t.Fatal(err)
	}
	if err := enricher.Flush(); err != nil {
		t.Fatal(err)
	}
	answer, err := detector.Request("weir.ds.containers", nil, 10*time.Second)
	if err != nil || string(answer.Data) != "web" {
		t.Fatalf("answer %v, %v", answer, err)
	}
}

// The broker says what rights a user has, and they are those that were written.
func TestIdentityHasTheRights(t *testing.T) {
	a := start(t, "web-1")
	for name, u := range a.users {
		who, err := a.connect(t, name).Identity(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if who.Account != "WEIR" || who.User != u.Public {
			t.Errorf("%s is %s of %s", name, who.User, who.Account)
		}
		for _, role := range rights.Roles() {
			node := ""
			if role == rights.Collector {
				node = "web-1"
			}
			need, err := rights.Of(role, node, partitions)
			if err != nil {
				t.Fatal(err)
			}
			enough := role == u.Role || u.Role == rights.Admin
			if missing := need.Missing(who); (len(missing) == 0) != enough {
				t.Errorf("%s as %s lacks %v", name, role, missing)
			}
		}
	}
}
