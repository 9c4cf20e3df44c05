package event

import (
	"encoding/json"
	"maps"
)

// threat is what an event of the new form says where it is itself a finding.
type threat struct {
	Description string `json:"description"`
	Mitre       struct {
		Tactic struct {
			Name string `json:"name"`
		} `json:"tactic"`
		Technique struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"technique"`
	} `json:"mitre"`
	Severity   any            `json:"severity"`
	Name       string         `json:"name"`
	Properties map[string]any `json:"properties"`

	told bool
}

func (t *threat) read(p *protoParser) {
	start := p.pos
	raw := p.raw()
	if string(raw) == "null" {
		return
	}
	if err := json.Unmarshal(raw, t); err != nil {
		p.fail("threat", "a threat", start)
		return
	}
	t.told = true
}

// into writes the threat as the metadata that a finding has in the flat form.
func (t *threat) into(p *protoParser) {
	if !t.told {
		return
	}
	properties := map[string]any{
		"Severity": t.Severity, "Category": t.Mitre.Tactic.Name, "Technique": t.Mitre.Technique.Name,
		"external_id": t.Mitre.Technique.ID, "signatureName": t.Name,
	}
	maps.Copy(properties, t.Properties)
	text, err := json.Marshal(map[string]any{
		"Version": "", "Description": t.Description, "Tags": nil, "Properties": properties,
	})
	if err != nil {
		return
	}
	p.extra().Metadata = text
}
