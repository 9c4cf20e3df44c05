package rights

import "github.com/weirsec/weir/internal/bus"

// Missing returns what a user lacks for the permissions, such as "publish to
// weir.raw.web-1"; nothing where all is there.
func (p Permissions) Missing(who bus.Identity) []string {
	var all []string
	for _, subject := range p.Publish {
		if !who.Publish.Permit(subject) {
			all = append(all, "publish to "+subject)
		}
	}
	for _, subject := range p.Subscribe {
		if !who.Subscribe.Permit(subject) {
			all = append(all, "subscribe to "+subject)
		}
	}
	if p.Respond && !who.Respond && !who.Publish.Permit(">") {
		all = append(all, "answer requests (allow_responses)")
	}
	return all
}
