package bench

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	plainStream = "PLAIN"
	// plainAhead is how many messages are on their way to the broker at a time.
	plainAhead = 64
)

// plain publishes what a stream holds to another one with the broker's client
// alone, and reads and acknowledges it there at the same time: the same bytes
// and headers, nothing decoded or compressed, in no order.
func (f *farm) plain(t testing.TB, stream string) (s spent) {
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
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: plainStream, Subjects: []string{"plain.>"}}); err != nil {
		t.Fatal(err)
	}
	consumer, err := js.CreateConsumer(t.Context(), plainStream, jetstream.ConsumerConfig{
		Durable: "plain", AckPolicy: jetstream.AckExplicitPolicy,
	})
	if err != nil {
		t.Fatal(err)
	}
	cpu, began := processorTime(t), time.Now()
	read := make(chan struct{})
	left := len(messages)
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		if err := m.Ack(); err != nil {
			t.Error(err)
		}
		if left--; left == 0 {
			close(read)
		}
	}, jetstream.PullMaxMessagesWithBytesLimit(plainAhead, 8<<20))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if _, err := js.PublishMsgAsync(m); err != nil {
			t.Fatal(err)
		}
	}
	<-read
	s.events, s.wall = len(messages)*batchEvents, time.Since(began)
	s.cpu = map[string]time.Duration{"broker": processorTime(t) - cpu}
	consuming.Stop()
	<-consuming.Closed()
	if err := js.DeleteStream(t.Context(), plainStream); err != nil {
		t.Fatal(err)
	}
	return s
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
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(plainAhead, 8<<20))
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
