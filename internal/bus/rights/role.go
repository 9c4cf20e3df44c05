package rights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirsec/weir/internal/bus"
)

// The kinds of users.
const (
	// Collector is one node's; it may publish as that node only.
	Collector = "collector"
	Enricher  = bus.StageEnricher
	Detector  = bus.StageDetector
	Notifier  = bus.StageNotifier
	// Operator looks at everything and gives signatures to detectors.
	Operator = "operator"
	// Subscriber reads findings, and nothing else.
	Subscriber = "subscriber"
	// Admin owns the account: it makes streams and consumers.
	Admin = "admin"
)

// Roles returns the kinds of users, services first.
func Roles() []string {
	return []string{Collector, Enricher, Detector, Notifier, Operator, Subscriber, Admin}
}

// Permissions are what a user may do.
type Permissions struct {
	// Publish and Subscribe are subjects, with wildcards, sorted.
	Publish, Subscribe []string
	// Respond allows one reply to each request, within a minute.
	Respond bool
	// Inbox is where replies go; what is below it is among Subscribe.
	Inbox string
}

// Of returns what a role needs, with that many partitions. A collector needs a
// node, the others have none.
func Of(role, node string, partitions int) (Permissions, error) {
	if !slices.Contains(Roles(), role) {
		return Permissions{}, fmt.Errorf("no role %q: the roles are %s", role, strings.Join(Roles(), ", "))
	}
	if (role == Collector) != (node != "") {
		return Permissions{}, fmt.Errorf("role %s with node %q: collectors have a node, and only they", role, node)
	}
	p := Permissions{Inbox: bus.Inbox(role, node)}
	p.Subscribe = []string{p.Inbox + ".>"}
	for _, g := range table(node, partitions) {
		if !slices.Contains(g.to, role) {
			continue
		}
		p.Publish = append(p.Publish, g.publish...)
		p.Subscribe = append(p.Subscribe, g.subscribe...)
		p.Respond = p.Respond || g.respond
	}
	slices.Sort(p.Publish)
	slices.Sort(p.Subscribe)
	p.Publish, p.Subscribe = slices.Compact(p.Publish), slices.Compact(p.Subscribe)
	return p, nil
}
