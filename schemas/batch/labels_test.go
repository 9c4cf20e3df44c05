package batch

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// labelled are events of two containers in turn, each event with a context of
// its own.
func labelled(n int) []event.Event {
	labels := [...]*event.Labels{event.NewLabels("app", "shop-of-labels"), event.NewLabels("app", "mall-of-labels")}
	events := make([]event.Event, n)
	for i := range events {
		events[i] = event.Event{Shape: &event.Shape{}, Context: &event.Context{Node: testNode, BootID: testBoot}}
		c := events[i].Context
		c.Container.ID, c.Container.Labels = string(rune('a'+i%2)), labels[i%2]
		c.Kubernetes.PodLabels = labels[0]
	}
	return events
}

// Labels are written once and are one object again, however many events there
// are.
func TestLabelsAreShared(t *testing.T) {
	var enc Encoder
	data, err := enc.Encode(nil, testEnvelope(), labelled(40))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"shop-of-labels", "mall-of-labels"} {
		if n := bytes.Count(data, []byte(text)); n != 1 {
			t.Errorf("%s is there %d times", text, n)
		}
	}
	var wire eventpb.Batch
	if err := proto.Unmarshal(data, &wire); err != nil {
		t.Fatal(err)
	}
	if n := len(wire.Lists.Lengths); n != 3 {
		t.Errorf("%d lists, want the empty one and two of labels", n)
	}
	b, err := new(Decoder).Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b.Events {
		c, like := b.Events[i].Context, b.Events[i%2].Context
		if c.Container.Labels != like.Container.Labels || c.Kubernetes.PodLabels != b.Events[0].Context.Container.Labels {
			t.Fatalf("event %d has labels of its own", i)
		}
	}
}

func TestLabelsThatAreNoPairs(t *testing.T) {
	data, err := new(Encoder).Encode(nil, testEnvelope(), labelled(1))
	if err != nil {
		t.Fatal(err)
	}
	var wire eventpb.Batch
	if err := proto.Unmarshal(data, &wire); err != nil {
		t.Fatal(err)
	}
	wire.Lists.Lengths = []uint32{0, 1}
	wire.Lists.Items = wire.Lists.Items[:1]
	if data, err = proto.Marshal(&wire); err != nil {
		t.Fatal(err)
	}
	if _, err := new(Decoder).Decode(data); err == nil || !strings.Contains(err.Error(), "contexts: list 1: labels that are not pairs") {
		t.Errorf("error %v", err)
	}
	wire.Contexts.ContainerLabels[0] = 9
	if data, err = proto.Marshal(&wire); err != nil {
		t.Fatal(err)
	}
	if _, err := new(Decoder).Decode(data); err == nil {
		t.Error("a list that is not there is accepted")
	}
}
