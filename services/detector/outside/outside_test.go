package outside

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/services/detector/bucket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, args ...string) (*Outside, error) {
	t.Helper()
	var flags bucket.Flags
	set := pflag.NewFlagSet("x", pflag.ContinueOnError)
	flags.Register(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Open(&flags, stage.Settings{Logger: bustest.Logger(t)})
}

// What is behind After begins when the buckets have been read, and no sooner.
func TestAfter(t *testing.T) {
	conn := bustest.Run(t)
	if _, err := conn.EnsureBucket(t.Context(), "allowed"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.PutKey(t.Context(), "allowed", "a", []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	o, err := open(t, "--datasource", "kv://allowed")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Sources()) != 1 || o.Misses() == nil {
		t.Fatalf("there are %d sources", len(o.Sources()))
	}
	began := make(chan map[string]any, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 2)
	go func() {
		ended <- o.After(func(context.Context) error {
			found, err := o.Sources()[0].Get("a")
			began <- found
			return err
		})(ctx)
	}()
	time.Sleep(50 * time.Millisecond)
	if len(began) > 0 {
		t.Error("it began before anything was read")
	}
	if err := o.Run(ctx); err == nil {
		t.Error("it runs without a connection")
	}
	o.Connect(conn, 16)
	go func() { ended <- o.Run(ctx) }()
	if found := <-began; found["value"] != "x" {
		t.Errorf("got %v", found)
	}
	cancel()
	if err := errors.Join(<-ended, <-ended, o.Close()); err != nil {
		t.Error(err)
	}
}

func TestAsk(t *testing.T) {
	o, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	var refused *lookup.Error
	if _, err := o.ask(t.Context(), "tracee", "dns", "n", nil); !errors.As(err, &refused) || refused.Code != lookup.CodeUnavailable {
		t.Errorf("before it is connected: %v", err)
	}
	o.Connect(bustest.Run(t), 16)
	if _, err := o.ask(t.Context(), "tracee", "dns", "n", nil); !errors.As(err, &refused) || !strings.Contains(refused.Text, "enricher") {
		t.Errorf("without an enricher: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.After(func(context.Context) error { return errors.New("ran") })(ctx); err != nil {
		t.Errorf("at the end: %v", err)
	}
	if _, err := open(t, "--datasource", "allowed"); err == nil {
		t.Error("a bad flag is taken")
	}
}
