package detection

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/detector/engine"
)

// Circumstances are what a detection tells besides the event and its match.
type Circumstances struct {
	// SetVersion is the version of the set that was evaluated.
	SetVersion string
	// Stamps are those of the stages that the event went through.
	Stamps []finding.Stamp
	// Lost is what is known to be missing around the event.
	Lost []finding.Loss
	// Made is when the match was found.
	Made time.Time
}

// Build makes the detection of a match of an event: of the event that the match
// itself names, where it names one.
func Build(e *event.Event, m engine.Match, c Circumstances) finding.Detection {
	if m.Event != nil {
		e = m.Event
	}
	s := m.Signature.Metadata
	events := m.Events
	if len(events) == 0 {
		events = []string{e.ID()}
	}
	id := finding.NewID(s.ID, m.Version(), events, m.WindowStart)
	told := finding.Finding{
		Signature:  describe(m.Signature),
		Data:       document(m.Data),
		Event:      event.AppendJSON(nil, e),
		Events:     events,
		Process:    finding.ProcessOf(e),
		Container:  finding.ContainerOf(e),
		Kubernetes: finding.KubernetesOf(e),
		DNS:        finding.DNSOf(e),
		Evidence:   finding.Evidence{Complete: len(c.Lost) == 0, Lost: c.Lost},
		Enrichment: finding.EnrichmentOf(e),
		SetVersion: c.SetVersion,
		TraceID:    finding.TraceID(id),
	}
	return finding.Detection{
		ID:           id,
		Node:         e.Context.Node,
		Time:         e.Time,
		Made:         c.Made.UnixNano(),
		Subject:      finding.SubjectOf(e),
		PartitionKey: partitionKey(e),
		Sequence:     e.Seq,
		Stamps:       append([]finding.Stamp{}, c.Stamps...),
		Finding:      told.Complete(),
	}
}

// unnamed is the id in findings of a signature that has none.
const unnamed = "unnamed"

// describe is the signature as findings show it.
func describe(s *engine.Signature) finding.Signature {
	m := s.Metadata
	return finding.Signature{
		ID:          cmp.Or(m.ID, unnamed),
		Version:     m.Version,
		Name:        m.Name,
		EventName:   m.EventName,
		Description: m.Description,
		Severity:    finding.SeverityOf(m.Properties),
		Tags:        m.Tags,
		Properties:  properties(m.Properties),
	}
}

// partitionKey is what events are partitioned by: the node, with the container
// where there is one.
func partitionKey(e *event.Event) string {
	if id := e.Context.Container.ID; id != "" {
		return e.Context.Node + "/" + id
	}
	return e.Context.Node
}

// document is what the signature returned, as JSON. A signature in Go may
// return what JSON cannot hold; the finding must not be lost for that.
func document(data map[string]any) any {
	if data == nil {
		return nil
	}
	text, err := marshal(data)
	if err != nil {
		return map[string]any{"weir_error": "the signature's document is no JSON: " + err.Error()}
	}
	return json.RawMessage(text)
}

// properties are an author's, as JSON can hold them.
func properties(given map[string]any) map[string]any {
	if _, err := marshal(given); err != nil {
		return map[string]any{"weir_error": "the signature's properties are no JSON: " + err.Error()}
	}
	return given
}

// marshal is json.Marshal for an author's values, whose code may panic.
func marshal(v any) (text []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v", value)
		}
	}()
	return json.Marshal(v)
}
