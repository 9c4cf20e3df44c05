package rego

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/weirsec/weir/signatures/sdk"
)

// decodeMetadata reads a metadata document as Tracee does: keys in any case,
// unknown ones ignored, numbers inside the properties as they are written.
func decodeMetadata(document any) (sdk.Metadata, error) {
	var m sdk.Metadata
	if err := decode(document, &m); err != nil {
		return sdk.Metadata{}, fmt.Errorf("__rego_metadoc__: %w", err)
	}
	return m, nil
}

// decodeSelectors reads the selected events: a set or an array of objects.
func decodeSelectors(document any) ([]sdk.Selector, error) {
	var selectors []sdk.Selector
	if err := decode(document, &selectors); err != nil {
		return nil, fmt.Errorf("tracee_selected_events: %w", err)
	}
	return selectors, nil
}

// decode brings a document into a Go value by way of JSON, whose decoder has
// the rules that the contract was made from.
func decode(document, into any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}
