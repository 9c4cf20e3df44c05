package detector

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/detector/engine"
	"github.com/weirsec/weir/services/detector/golang"
	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/signatures/sdk"
)

// The same signature three times: in both dialects of Rego and in Go.
const (
	inV0 = `package tracee.v0
import data.tracee.helpers
__rego_metadoc__ := {"id": "v0", "version": "1"}
tracee_selected_events[s] { s := {"source": "tracee", "name": "openat"} }
tracee_match = {"path": path, "flags": flags} {
	path := helpers.get_tracee_argument("pathname")
	startswith(path, "/etc/passwd")
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_write(flags)
	input.hostProcessId > 10
}
`
	inV1 = `package tracee.v1
import data.tracee.helpers
__rego_metadoc__ := {"id": "v1", "version": "1"}
tracee_selected_events contains {"source": "tracee", "name": "openat"}
tracee_match := {"path": path, "flags": flags} if {
	some a in input.args
	a.name == "pathname"
	path := a.value
	startswith(path, "/etc/passwd")
	flags := helpers.get_tracee_argument("flags")
	regex.match("O_WRONLY|O_RDWR", flags)
	input.hostProcessId > 10
}
`
)

func inGo() sdk.Signature {
	return goSignature{"go", func(c *sdk.Context, e *event.Event) error {
		path, _ := e.String("pathname")
		flags, ok := e.Int("flags")
		words, _ := e.Symbol("flags")
		if ok && strings.HasPrefix(path, "/etc/passwd") && flags&3 != 0 && flags&3 != 3 && e.Context.HostPID > 10 {
			c.Report(map[string]any{"path": path, "flags": words})
		}
		return nil
	}}
}

// randomOpen is an openat of a few paths with any flags.
func randomOpen(r *rand.Rand, seq uint64) event.Event {
	paths := []string{"/etc/passwd", "/etc/passwd-", "/etc/passw", "", "/etc/passwd\xff", "x/etc/passwd"}
	e := opens(paths[r.IntN(len(paths))])[0]
	e.Seq = seq
	context := *e.Context
	context.HostPID = int32(r.IntN(20))
	e.Context = &context
	flags := int64(r.IntN(4) | r.IntN(2)<<6 | r.IntN(2)<<19)
	e.Values[2] = event.Int(flags)
	return e
}

func TestDialectsAndGoAgree(t *testing.T) {
	fsys := fstest.MapFS{"v0.rego": {Data: []byte(inV0)}, "v1.rego": {Data: []byte(inV1)}}
	programs, problems := rego.NewLoader(rego.Options{}).Load(t.Context(), fsys, "")
	if len(programs) != 2 {
		t.Fatal(problems)
	}
	evaluator := engine.NewSet(append(programs, golang.New(inGo())), engine.Limits{}).Evaluator()
	r := rand.New(rand.NewPCG(1, 2))
	fired := 0
	for seq := range uint64(2000) {
		e := randomOpen(r, seq)
		matches, faults := evaluator.Evaluate(t.Context(), &e)
		if len(faults) > 0 {
			t.Fatalf("%s: %v", event.AppendJSON(nil, &e), faults[0].Err)
		}
		var got []string
		for _, m := range matches {
			path := strings.ToValidUTF8(fmt.Sprint(m.Data["path"]), "\ufffd")
			got = append(got, fmt.Sprint(path, " ", m.Data["flags"]))
		}
		if len(matches) != 0 && len(matches) != 3 || len(slices.Compact(got)) > 1 {
			t.Fatalf("%s: %q", event.AppendJSON(nil, &e), got)
		}
		fired += len(matches)
	}
	if fired < 300 {
		t.Errorf("only %d matches: the events test nothing", fired)
	}
}

// Every matching event gives its own detection, none more and none less.
func TestEachEventCounts(t *testing.T) {
	_, h, _ := start(t, regoSet(t, "A"), stage.Settings{})
	seen := map[string]bool{}
	const batches, size = 40, 250
	for b := range batches {
		events := opens(slices.Repeat([]string{"/etc/passwd"}, size)...)
		for i := range events {
			events[i].Seq = uint64(b*size + i + 1)
		}
		outputs, err := h.Handle(t.Context(), message(t, events))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outputs {
			seen[o.ID] = true
		}
	}
	if len(seen) != batches*size {
		t.Errorf("%d detections of %d events", len(seen), batches*size)
	}
}
