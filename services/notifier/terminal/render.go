package terminal

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/finding"
)

const (
	shortID   = 8
	maxLosses = 3
	// maxLabels is how many labels are shown, maxLabel how much of each.
	maxLabels, maxLabel = 5, 60
)

// Render returns a finding for people, several lines that each end with a line
// feed. Stamps are not shown.
func Render(d *finding.Detection, opts Options) string {
	p := &page{opts: opts}
	seen := readObserved(d.Finding.Event)
	p.header(d)
	p.place(d)
	p.processes(d.Finding.Process, seen)
	if seen.Name != "" {
		p.field("event", seen.describe())
	}
	if data := document(d.Finding.Data); data != "null" {
		p.field("data", data)
	}
	if len(d.Finding.DNS) > 0 {
		p.field("dns", safe(strings.Join(d.Finding.DNS, ", ")))
	}
	p.unresolved(d.Finding.Enrichment)
	if d.Finding.TraceID != "" {
		p.field("trace", safe(d.Finding.TraceID))
	}
	return p.out.String()
}

// header is the line that says what was found.
func (p *page) header(d *finding.Detection) {
	s := &d.Finding.Signature
	at := time.Unix(0, d.Time)
	if p.opts.Location != nil {
		at = at.In(p.opts.Location)
	}
	parts := []string{
		at.Format("15:04:05.000"),
		p.paint(severityStyle(s.Severity), pad(shorten(strings.ToUpper(string(s.Severity)), 8), 8)),
		p.paint(bold, safe(s.ID)),
		safe(s.Name),
	}
	if technique := technique(s.Properties); technique != "" {
		parts = append(parts, " "+p.paint(cyan, technique))
	}
	parts = append(parts, " "+p.paint(dim, "finding "+shorten(d.ID, shortID+1)))
	p.line(strings.Join(parts, " "))
}

// technique returns the ATT&CK technique that a signature names in either of
// the usual ways: its number, its name, or both.
func technique(properties map[string]any) string {
	var parts []string
	for _, key := range []string{"external_id", "Technique"} {
		if text, ok := properties[key].(string); ok && text != "" {
			parts = append(parts, safe(text))
		}
	}
	return strings.Join(parts, " ")
}

// place says where it happened and whether anything is missing.
func (p *page) place(d *finding.Detection) {
	var parts []string
	if c := d.Finding.Container; c != nil {
		name := c.Name
		if name == "" {
			name = c.ID[:min(len(c.ID), 12)]
		}
		text := "container " + safe(name)
		if c.Image != "" {
			text += " (" + safe(c.Image) + ")"
		}
		parts = append(parts, text)
	}
	if k := d.Finding.Kubernetes; k != nil {
		parts = append(parts, "pod "+safe(k.PodNamespace+"/"+k.PodName))
	}
	parts = append(parts, "node "+safe(d.Node))
	p.field("where", strings.Join(parts, ", "))
	p.labels(d)
	if e := d.Finding.Evidence; e.Complete {
		p.field("evidence", p.paint(green, "complete"))
	} else {
		p.field("evidence", p.paint(red, "incomplete")+losses(e.Lost))
	}
}

// labels shows those of the pod or, where it has none, of the container: the
// first ones, and how many there are besides.
func (p *page) labels(d *finding.Detection) {
	var labels map[string]string
	if c := d.Finding.Container; c != nil {
		labels = c.Labels
	}
	if k := d.Finding.Kubernetes; k != nil && len(k.Labels) > 0 {
		labels = k.Labels
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if len(parts) == maxLabels {
			parts = append(parts, fmt.Sprintf("and %d more", len(labels)-maxLabels))
			break
		}
		parts = append(parts, shorten(key+"="+labels[key], maxLabel))
	}
	if len(parts) > 0 {
		p.field("labels", strings.Join(parts, ", "))
	}
}

// losses says what is missing, the first ones in words and the rest by number.
func losses(lost []finding.Loss) string {
	if len(lost) == 0 {
		return ""
	}
	var parts []string
	for _, l := range lost[:min(len(lost), maxLosses)] {
		name := l.Event
		switch {
		case name == "" && l.Count == 1:
			name = "event"
		case name == "":
			name = "events"
		}
		parts = append(parts, fmt.Sprintf("%d %s lost (%s: %s)", l.Count, safe(name), safe(l.Stage), safe(l.Reason)))
	}
	if more := len(lost) - maxLosses; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return ": " + strings.Join(parts, ", ")
}

// unresolved lists what could not be found out about the event.
func (p *page) unresolved(enrichment map[string]string) {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(enrichment)) {
		// That a host's process has no container is known.
		if status := enrichment[name]; status != "resolved" && status != "" && status != "not_found" {
			parts = append(parts, safe(name)+" "+safe(status))
		}
	}
	if len(parts) > 0 {
		p.field("unknown", p.paint(yellow, strings.Join(parts, ", ")))
	}
}

// document renders the data of a signature on one line.
func document(data any) string {
	text, err := json.Marshal(data)
	if err != nil {
		return "(not JSON)"
	}
	return shortJSON(text)
}
