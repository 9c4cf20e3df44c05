package enricher

import (
	"runtime"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

// Stage returns what the stage loop needs to run the service over all
// partitions of WEIR_RAW.
func (e *Enricher) Stage(partitions int) stage.Config {
	return stage.Config{
		Stage: bus.StageEnricher, Stream: bus.StreamRaw, Partitions: partitions, Output: bus.StreamEvents,
		Filter: bus.RawFilter, NewHandler: e.NewHandler,
		// Nothing in it waits; one more, so that there is always one that can go on.
		AtOnce: runtime.GOMAXPROCS(0) + 1,
	}
}
