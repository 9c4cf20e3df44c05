package catalogue

import (
	"maps"
	"math"
	"slices"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/record"
)

// Shapes returns the kinds of events by name. The shapes must not be changed.
func Shapes() map[string]*event.Shape {
	shapes := map[string]*event.Shape{}
	for t := range math.MaxUint16 {
		if shape := record.Type(t).Shape(); shape != nil {
			shapes[shape.Name] = shape
		}
	}
	return shapes
}

// Names returns the names of the events, sorted.
func Names() []string { return slices.Sorted(maps.Keys(Shapes())) }
