package bus_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/schemas/lookup"
)

const partitions = 16

// endpoints are two sources in a partition.
func endpoints(p int) []bus.DataSourceEndpoint {
	return []bus.DataSourceEndpoint{
		{Namespace: "tracee", ID: "containers", Partition: p, Version: 1, Keys: []string{"string"}, Schema: `{"container_id":"string"}`},
		{Namespace: "tracee", ID: "process_tree", Partition: p, Version: 1, Keys: []string{"datasource.ProcKey", "datasource.ThreadKey"}, Schema: `{}`},
	}
}

// question asks for a text on a node.
func question(t *testing.T, node, text string) []byte {
	t.Helper()
	q, err := lookup.Request{Node: node, Key: lookup.Key{Text: text}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func partitionOf(node string) int { return bus.Partition(bus.Token(node), partitions) }

func serve(t *testing.T, conn *bus.Conn, p int, ask bus.Ask) *bus.DataSourceServer {
	t.Helper()
	s, err := conn.ServeDataSources(t.Context(), "e1", partitions, endpoints(p), ask)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func wantCode(t *testing.T, err error, code lookup.Code, text string) {
	t.Helper()
	var refused *lookup.Error
	if !errors.As(err, &refused) || refused.Code != code || !strings.Contains(refused.Text, text) {
		t.Errorf("got %v, want %d %q", err, code, text)
	}
}

func TestDataSourceAnswers(t *testing.T) {
	conn := bustest.Run(t)
	const node = "web.1 *" // a name that is no token
	var mu sync.Mutex
	var asked []lookup.Request
	serve(t, conn, partitionOf(node), func(_ context.Context, namespace, id string, q []byte) ([]byte, error) {
		r, err := lookup.ParseRequest(q)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r)
		switch r.Key.Text {
		case "known":
			return []byte(namespace + "/" + id), nil
		case "broken":
			return nil, errors.New("no\nluck")
		case "silent":
			return nil, lookup.Refuse(lookup.CodeUnavailable, "")
		case "panics":
			panic("ouch")
		default:
			return nil, lookup.Refuse(lookup.CodeNotFound, "no %s", r.Key.Text)
		}
	})
	ask := func(id, text string) (string, error) {
		answer, err := conn.AskDataSource(t.Context(), partitions, "tracee", id, node, question(t, node, text))
		return string(answer), err
	}
	if answer, err := ask("containers", "known"); answer != "tracee/containers" || err != nil {
		t.Errorf("got %q, %v", answer, err)
	}
	if answer, err := ask("process_tree", "known"); answer != "tracee/process_tree" || err != nil {
		t.Errorf("got %q, %v", answer, err)
	}
	for text, want := range map[string]*lookup.Error{
		"else": {Code: 404, Text: "no else"}, "broken": {Code: 500, Text: "no luck"},
		"panics": {Code: 500, Text: "ouch"}, "silent": {Code: 503, Text: "no reason"},
		strings.Repeat("ß", 2000): {Code: 404, Text: "ß…"},
	} {
		_, err := ask("containers", text)
		wantCode(t, err, want.Code, want.Text)
	}
	_, err := ask("dns", "known")
	wantCode(t, err, lookup.CodeUnavailable, "is an enricher running?")
	mu.Lock()
	defer mu.Unlock()
	if r := asked[0]; r.Namespace != "tracee" || r.ID != "containers" || r.Node != node {
		t.Errorf("the question does not name its source: %+v", r)
	}
}

// Questions that make no sense do not reach the one who answers.
func TestDataSourceRefuses(t *testing.T) {
	conn := bustest.Run(t)
	const node = "web-1"
	serve(t, conn, partitionOf(node), func(context.Context, string, string, []byte) ([]byte, error) {
		return nil, errors.New("was asked")
	})
	other := "a"
	for partitionOf(other) == partitionOf(node) {
		other += "a"
	}
	for _, c := range []struct {
		name, text string
		code       lookup.Code
		want       string
	}{
		{"no JSON", "what?", 400, "no JSON object"},
		{"version", `{"version": 7}`, 426, "version 7"},
		{"another source", `{"version": 1, "namespace": "tracee", "id": "dns", "node": "web-1", "key": {"text": "a"}}`, 400, "the request is for tracee/dns"},
		{"another partition", `{"version": 1, "node": "` + other + `", "key": {"text": "a"}}`, 400, "is in partition"},
	} {
		_, err := conn.AskDataSource(t.Context(), partitions, "tracee", "containers", node, []byte(c.text))
		wantCode(t, err, c.code, c.want)
	}
}

func TestDataSourceStops(t *testing.T) {
	conn := bustest.Run(t)
	const node = "web-1"
	asked := make(chan struct{})
	s := serve(t, conn, partitionOf(node), func(ctx context.Context, _, _ string, _ []byte) ([]byte, error) {
		close(asked)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	answered := make(chan error, 1)
	go func() {
		_, err := conn.AskDataSource(t.Context(), partitions, "tracee", "containers", node, question(t, node, "a"))
		answered <- err
	}()
	<-asked
	if err := errors.Join(s.Stop(), s.Stop()); err != nil {
		t.Error(err)
	}
	wantCode(t, <-answered, lookup.CodeUnavailable, "is being given up")
	if found, err := conn.DataSources(t.Context(), 2, time.Second); err != nil || len(found) > 0 {
		t.Errorf("still served: %v, %v", found, err)
	}
	_, err := conn.AskDataSource(t.Context(), partitions, "tracee", "containers", node, question(t, node, "a"))
	wantCode(t, err, lookup.CodeUnavailable, "nobody answers")
	// Another instance takes over.
	serve(t, conn, partitionOf(node), func(context.Context, string, string, []byte) ([]byte, error) { return []byte("here"), nil })
	answer, err := conn.AskDataSource(t.Context(), partitions, "tracee", "containers", node, question(t, node, "a"))
	if string(answer) != "here" || err != nil {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestDataSourcesAreFound(t *testing.T) {
	conn := bustest.Run(t)
	if found, err := conn.DataSources(t.Context(), 2, time.Second); err != nil || len(found) > 0 {
		t.Fatalf("before any is served: %v, %v", found, err)
	}
	if n, err := conn.Partitions(t.Context(), bus.StreamRaw); n != partitions || err != nil {
		t.Errorf("%d partitions, %v", n, err)
	}
	ask := func(context.Context, string, string, []byte) ([]byte, error) { return nil, nil }
	serve(t, conn, 3, ask)
	serve(t, conn, 1, ask)
	found, err := conn.DataSources(t.Context(), 2, time.Second)
	if err != nil || len(found) != 4 {
		t.Fatalf("found %v, %v", found, err)
	}
	for i, want := range []bus.DataSourceEndpoint{endpoints(1)[0], endpoints(3)[0], endpoints(1)[1], endpoints(3)[1]} {
		if got := found[i]; !reflect.DeepEqual(got.DataSourceEndpoint, want) || got.Instance != "e1" || got.ServiceID == "" {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := conn.DataSources(ctx, 2, time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// One that answers late is waited for where it is known to be missing.
func TestDataSourcesAreWaitedFor(t *testing.T) {
	conn, url := bustest.RunListening(t)
	serve(t, conn, 1, func(context.Context, string, string, []byte) ([]byte, error) { return nil, nil })
	late, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	const lateness = 700 * time.Millisecond
	answer := []byte(`{"name": "weir-datasource", "metadata": {"instance": "e2"}, "endpoints": [{"metadata": {
		"namespace": "tracee", "id": "dns", "partition": "0", "version": "1", "keys": "[]", "schema": "{}"}}]}`)
	if _, err := late.Subscribe("$SRV.INFO.weir-datasource", func(m *nats.Msg) {
		time.Sleep(lateness)
		_ = m.Respond(answer) // whoever asked may have gone
	}); err != nil {
		t.Fatal(err)
	}
	if err := late.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		partitions, found int
		patience          time.Duration
		least, most       time.Duration
	}{
		{2, 3, time.Minute, lateness, time.Minute},
		{3, 3, 3 * lateness, 3 * lateness, time.Minute},
		// Last, since its answer comes when nobody waits for it any more.
		{0, 2, lateness / 4, lateness / 4, time.Minute},
	} {
		start := time.Now()
		found, err := conn.DataSources(t.Context(), c.partitions, c.patience)
		if took := time.Since(start); err != nil || len(found) != c.found || took < c.least || took > c.most {
			t.Errorf("%+v: %d found in %s, %v", c, len(found), took, err)
		}
	}
}

func TestServeDataSourcesErrors(t *testing.T) {
	conn := bustest.Run(t)
	ask := func(context.Context, string, string, []byte) ([]byte, error) { return nil, nil }
	mixed := []bus.DataSourceEndpoint{endpoints(1)[0], endpoints(2)[1]}
	for _, c := range []struct {
		name      string
		endpoints []bus.DataSourceEndpoint
		ask       bus.Ask
		want      string
	}{
		{"none", nil, ask, "endpoints and somebody"},
		{"nobody", endpoints(1), nil, "endpoints and somebody"},
		{"two partitions", mixed, ask, "endpoints of several partitions"},
	} {
		if _, err := conn.ServeDataSources(t.Context(), "e1", partitions, c.endpoints, c.ask); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// What could not be served leaves nothing behind.
	if found, err := conn.DataSources(t.Context(), 2, time.Second); err != nil || len(found) > 0 {
		t.Errorf("left behind: %v, %v", found, err)
	}
}

// Who may not ask is told so, not that nobody answers.
func TestAskDataSourceDenied(t *testing.T) {
	_, user := bustest.Restricted(t, "$JS.API.INFO")
	conn := bustest.Dial(t, user)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := conn.AskDataSource(ctx, partitions, "tracee", "dns", "a", question(t, "a", "b")); !errors.Is(err, bus.ErrDenied) {
		t.Errorf("got %v", err)
	}
}
