package record

import (
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// The list is the JSON of Tracee's type, whatever the names are.
func TestHookedSymbols(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{
		{nil, `[]`},
		{[]string{"iterate_shared", "rootkit"}, `[{"SymbolName":"iterate_shared","ModuleOwner":"rootkit"}]`},
		{[]string{"a", "x", `b"`}, `[{"SymbolName":"a","ModuleOwner":"x"},{"SymbolName":"b\"","ModuleOwner":""}]`},
	} {
		var b Builder
		rec := b.Begin(Header{Type: catalogue.HookedProcFops, Hook: HookIterator}).Texts(0, c.names).Text(1, "/proc").End()
		var d Decoder
		d.Reset(&eventpb.Envelope{})
		var e event.Event
		if err := d.Decode(rec, 1, &e); err != nil {
			t.Fatal(err)
		}
		if got := e.Values[0]; got.Kind() != event.KindJSON || got.Text() != c.want || e.Values[1].Text() != "/proc" || e.Hook != "iter" {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
