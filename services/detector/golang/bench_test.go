package golang

import (
	"strconv"
	"testing"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/signatures/sdk"
	"github.com/weirsec/weir/signatures/sdk/tracee"
)

// quiet is a signature as it is written for Tracee that never matches.
type quiet struct {
	tally
	ID string
}

func (q *quiet) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: q.ID, Version: "1", EventName: "quiet"}, nil
}

func (q *quiet) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return nil
	}
	path, err := payload.GetStringArgumentByName("pathname")
	if err == nil && path == "/etc/shadow" {
		q.report(&detect.Finding{Event: e})
	}
	return err
}
func (*quiet) Close() {}

// native is the same in Weir's own words.
type native struct{ sample }

func (native) OnEvent(c *sdk.Context, e *event.Event) error {
	if path, ok := e.String("pathname"); ok && path == "/etc/shadow" {
		c.Report(nil)
	}
	return nil
}

// BenchmarkSignatures is one event through signatures that all look at it and
// do not match: Weir's own, and Tracee's through the adapter.
func BenchmarkSignatures(b *testing.B) {
	e, err := event.ParseJSON([]byte(`{"eventName":"openat","processName":"cat","executable":{"path":"/usr/bin/cat"},"hostName":"web-1",
		"args":[{"name":"dirfd","type":"int","value":-100},{"name":"pathname","type":"const char*","value":"/etc/hosts"},
		{"name":"flags","type":"int","value":0}]}`))
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{1, 10, 50} {
		var ours, theirs []engine.Program
		for i := range n {
			ours = append(ours, New(native{sample{strconv.Itoa(i)}}))
			s, err := tracee.New(&quiet{ID: strconv.Itoa(i)}, tracee.Options{})
			if err != nil {
				b.Fatal(err)
			}
			theirs = append(theirs, New(s))
		}
		for name, programs := range map[string][]engine.Program{"native": ours, "adapted": theirs} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				evaluator := engine.NewSet(programs, engine.Limits{}).Evaluator()
				// As in a batch of many events.
				evaluator.Hold()
				b.ReportAllocs()
				for b.Loop() {
					if matches, faults := evaluator.Evaluate(b.Context(), e); len(matches)+len(faults) > 0 {
						b.Fatal(matches, faults)
					}
				}
			})
		}
	}
}
