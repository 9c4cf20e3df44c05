package analysis

import (
	"strings"

	"github.com/weirsec/weir/services/detector/engine"
)

// shippedGo is where the types of shipped Go signatures are: those declare what
// they remember, and are reviewed for it.
const shippedGo = "go:github.com/weirsec/weir/signatures/"

// NeedsOrder reports whether a set must see all events one after another:
// because a signature declared that it remembers something, or because it is
// foreign Go code, which may remember what it likes and hear of the end.
func NeedsOrder(set *engine.Set) bool {
	for _, s := range set.Signatures() {
		tier, _ := s.Tier()
		inOurs := strings.HasPrefix(s.Source, shippedGo) && !strings.HasPrefix(s.Source, shippedGo+"sdk/")
		if s.Remembers() || tier == "go" && !inOurs {
			return true
		}
	}
	return false
}
