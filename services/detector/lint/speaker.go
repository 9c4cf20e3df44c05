package lint

import (
	"fmt"
	"slices"

	"github.com/weirsec/weir/signatures/sdk"
)

// speaker is a signature by what it says of itself, in whatever language.
type speaker struct {
	name      string
	metadata  sdk.Metadata
	selectors []sdk.Selector
	// metadataRule and selectorsRule are what says so.
	metadataRule, selectorsRule string
	// finding makes one about a text that a rule holds.
	finding func(rule, within, text, message string) Finding
}

// aboutMetadata makes a finding about a text of the metadata.
func (s *speaker) aboutMetadata(rule, text, format string, args ...any) Finding {
	return s.finding(rule, s.metadataRule, text, fmt.Sprintf(format, args...))
}

// aboutSelectors makes a finding about a text of the selectors.
func (s *speaker) aboutSelectors(rule, text, format string, args ...any) Finding {
	return s.finding(rule, s.selectorsRule, text, fmt.Sprintf(format, args...))
}

// wanted reports whether the signature is among those that are asked for.
func (s *speaker) wanted(names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		return name != "" && (name == s.metadata.ID || name == s.metadata.EventName)
	})
}
