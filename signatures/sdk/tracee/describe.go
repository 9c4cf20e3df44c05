package tracee

import (
	"errors"
	"maps"
	"slices"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/signatures/sdk"
)

// metadataOf returns what a signature says of itself, with properties that no
// later change of its own can reach.
func metadataOf(s detect.Signature) (m sdk.Metadata, err error) {
	defer recovered(&err, "ask for it")
	given, err := s.GetMetadata()
	if err != nil {
		return m, err
	}
	if given.ID == "" {
		return m, errors.New("the id is empty")
	}
	properties, err := plainMap(given.Properties)
	if err != nil {
		return m, err
	}
	return sdk.Metadata{
		ID: given.ID, Version: given.Version, Name: given.Name, EventName: given.EventName,
		Description: given.Description, Tags: slices.Clone(given.Tags), Properties: properties,
	}, nil
}

func selectorsOf(s detect.Signature) (selectors []sdk.Selector, err error) {
	defer recovered(&err, "ask for them")
	given, err := s.GetSelectedEvents()
	if err != nil {
		return nil, err
	}
	for _, g := range given {
		selectors = append(selectors, sdk.Selector{Source: g.Source, Name: g.Name, Origin: g.Origin})
	}
	return selectors, nil
}

// plainMap returns a map whose values are plain; the error names those that
// are not, which are left out.
func plainMap(given map[string]any) (map[string]any, error) {
	if given == nil {
		return nil, nil
	}
	result := make(map[string]any, len(given))
	var failed []error
	for _, key := range slices.Sorted(maps.Keys(given)) {
		value, err := plain(given[key])
		if err != nil {
			failed = append(failed, &valueError{key, err})
			continue
		}
		result[key] = value
	}
	return result, errors.Join(failed...)
}

// sourcesOf asks a signature which data sources it asks, if it says so.
func sourcesOf(s detect.Signature) (sources []string, err error) {
	defer recovered(&err, "ask for them")
	if asking, ok := s.(interface{ DataSources() []string }); ok {
		sources = asking.DataSources()
	}
	return sources, nil
}
