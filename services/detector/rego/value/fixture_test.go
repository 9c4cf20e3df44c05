package value

import (
	"bytes"
	"io"

	"github.com/weirsec/weir/schemas/event"
)

// jsonReader returns an event's JSON.
func jsonReader(e *event.Event) io.Reader { return bytes.NewReader(event.AppendJSON(nil, e)) }
