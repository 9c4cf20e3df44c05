package detector

import (
	"fmt"
	"strings"
)

// PartQuarantine is what health calls the signatures that were taken out.
const PartQuarantine = "quarantine"

// maxNamed is how many signatures in quarantine are named.
const maxNamed = 5

// Trouble says which signatures are in quarantine and why, "" for none. It may be
// called at any time.
func (d *Detector) Trouble() string {
	var named []string
	more := 0
	for _, s := range d.Set().Signatures() {
		q, out := s.Quarantine()
		switch {
		case !out:
		case len(named) == maxNamed:
			more++
		default:
			named = append(named, fmt.Sprintf("%s (%s)", s.Metadata.ID, q.Reason))
		}
	}
	if len(named) == 0 {
		return ""
	}
	text := "not evaluated any more: " + strings.Join(named, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
