package record

import (
	"encoding/json"

	"github.com/weirsec/weir/schemas/event"
)

// hookedSymbol is trace.HookedSymbolData of Tracee's types.
type hookedSymbol struct{ SymbolName, ModuleOwner string }

// hookedSymbols returns names and their owners, one after the other, as a list
// of objects. A name without an owner has an empty one.
func hookedSymbols(names []string) event.Value {
	list := []hookedSymbol{}
	for i := 0; i < len(names); i += 2 {
		s := hookedSymbol{SymbolName: names[i]}
		if i+1 < len(names) {
			s.ModuleOwner = names[i+1]
		}
		list = append(list, s)
	}
	// Two texts can always be marshalled.
	text, _ := json.Marshal(list)
	return event.JSON(string(text))
}
