package main

import "github.com/weirsec/weir/services/collector/privilege"

// capability is one right of the doctor's table, as JSON.
type capability struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
	// State is "held", "missing" or "not needed"; As is the stronger capability
	// that is held in its place.
	State privilege.State `json:"state"`
	As    string          `json:"as,omitempty"`
	// Use is what it is for, Loss what is lost without it, Needed until when it
	// is kept.
	Use    string `json:"use"`
	Loss   string `json:"loss"`
	Needed string `json:"needed"`
}

func newCapability(r privilege.Row) capability {
	return capability{
		Name: r.Name, Required: r.Required, State: r.State, As: r.As,
		Use: r.Use, Loss: r.Loss, Needed: r.Until.String(),
	}
}
