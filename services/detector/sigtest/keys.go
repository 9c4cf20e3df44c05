package sigtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/weirsec/weir/services/detector/rego"
	"github.com/weirsec/weir/services/detector/suggest"
)

// checkKeys refuses an event with a key that no event has: reading it would
// leave the key out, and the case would say something else than it seems to.
func checkKeys(document map[string]any) error {
	// Tracee's later form has these; its keys are those of another schema.
	if document["workload"] != nil || document["data"] != nil {
		return nil
	}
	// The last ones are those of Tracee's first releases.
	known := append(rego.Keys(), "containerName", "containerImage", "podName", "podNamespace", "podUID")
	for _, key := range slices.Sorted(maps.Keys(document)) {
		if !slices.Contains(known, key) {
			return fmt.Errorf("events have no key %q%s", key, suggest.Hint(known, key))
		}
	}
	return nil
}
