package detector

import (
	"runtime"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

// Stage returns what the stage loop needs to run the service over all
// partitions of WEIR_EVENTS.
func (d *Detector) Stage(partitions int) stage.Config {
	return stage.Config{
		Stage: bus.StageDetector, Stream: bus.StreamEvents, Partitions: partitions, Output: bus.StreamDetections,
		Filter: bus.EventsFilter, NewHandler: d.NewHandler,
		// One more than there are processors, as signatures may ask data sources.
		AtOnce: runtime.GOMAXPROCS(0) + 1,
	}
}
