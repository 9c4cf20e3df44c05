package detection

import (
	"encoding/json"
	"strconv"
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

// Build makes the detection of a match of an event.
func Build(e *event.Event, m engine.Match, c Circumstances) finding.Detection {
	s := m.Signature.Metadata
	eventID := e.ID()
	id := finding.NewID(s.ID, m.Version(), []string{eventID}, 0)
	return finding.Detection{
		ID:           id,
		Node:         e.Context.Node,
		Time:         e.Time,
		Made:         c.Made.UnixNano(),
		Subject:      subject(e),
		PartitionKey: partitionKey(e),
		Sequence:     e.Seq,
		Stamps:       notNil(c.Stamps),
		Finding: finding.Finding{
			Signature: finding.Signature{
				ID:          s.ID,
				Version:     s.Version,
				Name:        s.Name,
				EventName:   s.EventName,
				Description: s.Description,
				Severity:    finding.SeverityOf(s.Properties),
				Tags:        notNil(s.Tags),
				Properties:  properties(s.Properties),
			},
			Data:       document(m.Data),
			Event:      event.AppendJSON(nil, e),
			Events:     []string{eventID},
			Process:    process(e),
			Container:  container(e),
			Kubernetes: kubernetes(e),
			DNS:        []string{},
			Evidence:   finding.Evidence{Complete: len(c.Lost) == 0, Lost: notNil(c.Lost)},
			Enrichment: enrichment(e),
			SetVersion: c.SetVersion,
			TraceID:    finding.TraceID(id),
		},
	}
}

// subject is what the finding is about. It holds no name of a file or process,
// which the observed program chooses.
func subject(e *event.Event) string {
	entity := "/proc/" + strconv.FormatUint(uint64(e.Context.ProcessEntityID), 10)
	if id := e.Context.Container.ID; id != "" {
		return "container/" + id + entity
	}
	return "host/" + e.Context.Node + entity
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
	text, err := json.Marshal(data)
	if err != nil {
		return map[string]any{"weir_error": "the signature's document is no JSON: " + err.Error()}
	}
	return json.RawMessage(text)
}

// properties are an author's, as JSON can hold them.
func properties(given map[string]any) map[string]any {
	if _, err := json.Marshal(given); err != nil {
		return map[string]any{"weir_error": "the signature's properties are no JSON: " + err.Error()}
	}
	if given == nil {
		return map[string]any{}
	}
	return given
}

// notNil makes an empty list of none, as the schema wants.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
