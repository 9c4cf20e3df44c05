package ledger

import (
	"strings"

	"github.com/weirsec/weir/schemas/eventpb"
)

// Origin is where events come from: one boot of a node.
type Origin struct{ Node, Boot string }

// Of returns the origin of a message's events. It is not valid for longer than
// the message; Clone is.
func Of(env *eventpb.Envelope) Origin { return Origin{env.GetNode(), env.GetBootId()} }

// Clone returns a copy that shares no memory.
func (o Origin) Clone() Origin { return Origin{strings.Clone(o.Node), strings.Clone(o.Boot)} }
