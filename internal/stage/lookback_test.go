package stage

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus/bustest"
)

// Of a long stream the messages within LookBack are looked back at, and the last ones
// where those are fewer.
func TestLookBack(t *testing.T) {
	const all = leastBack + 3000
	conn := bustest.Run(t)
	js := conn.JetStream()
	cfg := jetstream.StreamConfig{Name: "LONG", Subjects: []string{"long.>"}, Storage: jetstream.MemoryStorage}
	if _, err := js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if _, err := js.PublishAsync(fmt.Sprintf("long.%d", i%2), nil); err != nil {
			t.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
	stream, err := js.Stream(t.Context(), "LONG")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		back time.Duration
		upTo uint64
		want uint64
	}{
		{time.Hour, all, 1},
		{time.Nanosecond, all, all - leastBack},
		{time.Nanosecond, leastBack + 1, 1},
		{time.Nanosecond, 5, 1},
	} {
		p := &partition{r: &Runner{conn: conn, cfg: Config{Stream: "LONG", LookBack: c.back, Filter: func(int) string { return "long.>" }}}}
		from, at, err := p.lookBack(t.Context(), stream, c.upTo)
		if err != nil {
			t.Fatal(err)
		}
		first, err := stream.GetMsg(t.Context(), c.want)
		if err != nil {
			t.Fatal(err)
		}
		if from != c.want || !at.Equal(first.Time) {
			t.Errorf("%v before message %d: from %d at %v, want %d at %v", c.back, c.upTo, from, at, c.want, first.Time)
		}
	}
}
