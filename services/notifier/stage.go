package notifier

import (
	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
)

// Stage returns what the stage loop needs to run the service over all
// partitions of WEIR_DETECTIONS.
func (n *Notifier) Stage(partitions int) stage.Config {
	return stage.Config{
		Stage: bus.StageNotifier, Stream: bus.StreamDetections, Partitions: partitions,
		Filter: bus.DetectionsSubject, NewHandler: n.NewHandler,
	}
}
