package bench

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
)

const (
	plainStream = "PLAIN"
	// plainAhead is how many messages are on their way to the broker at a time.
	plainAhead = 64
)

// plain publishes what a stream holds to another one with the broker's client
// alone, and reads and acknowledges it there at the same time: the same bytes
// and headers, nothing decoded or compressed. It is in no order, or as Weir does
// it: by partition, with one message in flight in each and a client that is pinned.
func (f *farm) plain(t testing.TB, stream string, ordered bool) (s spent) {
	t.Helper()
	nc, err := nats.Connect(f.url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(plainAhead))
	if err != nil {
		t.Fatal(err)
	}
	messages := stored(t, js, stream)
	if _, err := js.CreateStream(t.Context(), like(t, js, stream)); err != nil {
		t.Fatal(err)
	}
	configs := []jetstream.ConsumerConfig{{Durable: "plain", AckPolicy: jetstream.AckExplicitPolicy}}
	options := []jetstream.PullConsumeOpt{jetstream.PullMaxMessagesWithBytesLimit(plainAhead, 8<<20)}
	if ordered {
		configs, options = f.orderly(), append(options, jetstream.PullPriorityGroup(bus.PinGroup))
	}
	consumers := make([]jetstream.Consumer, len(configs))
	for i, cfg := range configs {
		if consumers[i], err = js.CreateConsumer(t.Context(), plainStream, cfg); err != nil {
			t.Fatal(err)
		}
	}
	cpu, began := processorTime(t), time.Now()
	read := make(chan struct{})
	var left atomic.Int64
	left.Store(int64(len(messages)))
	consuming := make([]jetstream.ConsumeContext, len(consumers))
	for i, consumer := range consumers {
		if consuming[i], err = consumer.Consume(func(m jetstream.Msg) {
			if err := m.Ack(); err != nil {
				t.Error(err)
			}
			if left.Add(-1) == 0 {
				close(read)
			}
		}, options...); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range messages {
		if _, err := js.PublishMsgAsync(m, jetstream.WithStallWait(patience)); err != nil {
			t.Fatal(err)
		}
	}
	<-read
	<-js.PublishAsyncComplete()
	s.events, s.wall = f.events, time.Since(began)
	s.cpu = map[string]time.Duration{"broker": processorTime(t) - cpu}
	for _, c := range consuming {
		c.Stop()
		<-c.Closed()
	}
	if err := js.DeleteStream(t.Context(), plainStream); err != nil {
		t.Fatal(err)
	}
	return s
}

// orderly are consumers as a stage of Weir has them.
func (f *farm) orderly() (all []jetstream.ConsumerConfig) {
	for p := range f.line.partitions {
		all = append(all, jetstream.ConsumerConfig{
			Durable: fmt.Sprint("plain-", p), FilterSubject: fmt.Sprintf("plain.*.*.%d.>", p),
			AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1,
			PriorityPolicy: jetstream.PriorityPolicyPinned, PinnedTTL: 4 * time.Second, PriorityGroups: []string{bus.PinGroup},
		})
	}
	return all
}

// like returns the settings of a stream for the plain one. The partitions are
// Weir's own choice, so that the plain one has none.
func like(t testing.TB, js jetstream.JetStream, stream string) jetstream.StreamConfig {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	settings := s.CachedInfo().Config
	settings.Name, settings.Subjects, settings.SubjectTransform = plainStream, []string{"plain.>"}, nil
	settings.MaxBytes = 0 // there is no room for another one of that size
	return settings
}

// stored returns the messages of a stream as they are, for the plain one.
func stored(t testing.TB, js jetstream.JetStream, stream string) (all []*nats.Msg) {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := s.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(plainAhead))
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Stop()
	for range s.CachedInfo().State.Msgs {
		m, err := messages.Next(jetstream.NextContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &nats.Msg{Subject: "plain." + m.Subject(), Header: m.Headers(), Data: m.Data()})
	}
	return all
}
