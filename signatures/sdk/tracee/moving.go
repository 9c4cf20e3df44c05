package tracee

import (
	"fmt"

	"github.com/weirsec/weir/signatures/sdk"
)

// moving is a source of the engine's, which answers as of the event at hand: it
// is looked up anew each time because its signature may have moved.
type moving struct {
	sdk.DataSource
	of *instance
}

// Get asks the source that the signature has now.
func (m *moving) Get(key any) (map[string]any, error) {
	s, ok := m.of.context.DataSource(m.Namespace(), m.ID())
	if !ok {
		return nil, fmt.Errorf("data source %s/%s: it is there no more: %w", m.Namespace(), m.ID(), sdk.ErrDataNotFound)
	}
	return s.Get(key)
}
