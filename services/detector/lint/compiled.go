package lint

import "github.com/weirsec/weir/signatures/sdk"

// Compiled is a signature that is not written in Rego, by what it says of
// itself: that is all there is to look at.
type Compiled struct {
	// File is where it comes from: the file of a plugin, or a Go type.
	File      string
	Metadata  sdk.Metadata
	Selectors []sdk.Selector
}

// speaker returns it as who says something of itself.
func (c Compiled) speaker() *speaker {
	return &speaker{
		name: c.File, metadata: c.Metadata, selectors: c.Selectors,
		metadataRule: "Metadata()", selectorsRule: "Selectors()",
		finding: func(rule, _, _, message string) Finding {
			return Finding{Rule: rule, File: c.File, Message: message}
		},
	}
}
