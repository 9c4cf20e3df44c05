package rights_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/schemas/interest"
)

// Whoever may make consumers of a bucket chooses where they deliver to. The
// server must not carry that to where the user may not publish itself.
func TestConsumersDeliverNowhereElse(t *testing.T) {
	a := start(t, "web-1")
	if err := a.connect(t, rights.Detector).PutInterest(t.Context(), "d", interest.Of("openat")); err != nil {
		t.Fatal(err)
	}
	nc := a.raw(t, web1)
	own, err := nc.SubscribeSync(bus.Inbox(rights.Collector, "web-1") + ".own")
	if err != nil {
		t.Fatal(err)
	}
	for i, to := range []string{
		own.Subject, bus.RawSubject("web-2"), bus.FindingSubject("high", "x"), "$JS.API.STREAM.DELETE.WEIR_SHADOW",
		bus.BucketSubject(bus.BucketSignatures, "bundle.x"),
	} {
		name := fmt.Sprint("c", i)
		config := fmt.Sprintf(`{"stream_name": "KV_weir_interest", "config": {"name": %q, "filter_subject": "$KV.weir_interest.>",
			"deliver_subject": %q, "deliver_policy": "all", "ack_policy": "none", "replay_policy": "instant"}}`, name, to)
		answer, err := nc.Request("$JS.API.CONSUMER.CREATE.KV_weir_interest."+name+".$KV.weir_interest.>", []byte(config), 10*time.Second)
		if err != nil || strings.Contains(string(answer.Data), `"error"`) {
			t.Fatalf("%v: %s", err, answer.Data)
		}
	}
	// That it comes to the user itself shows that the others would have come.
	if _, err := own.NextMsg(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	admin := a.connect(t, rights.Admin)
	for _, stream := range []string{bus.StreamRaw, bus.StreamFindings, bus.StreamShadow, bus.BucketStream(bus.BucketSignatures)} {
		if usage, err := admin.Usage(t.Context(), stream); err != nil || usage.LastSeq != 0 {
			t.Errorf("%s: %+v, %v", stream, usage, err)
		}
	}
}
