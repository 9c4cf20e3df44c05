package sigtest

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/weirsec/weir/schemas/event"
)

// Suite is one tests.yaml.
type Suite struct {
	// File is where it was found, "" where it was only parsed.
	File string
	// Signature is the id of the signature under test.
	Signature string
	Cases     []Case
}

// Case is events in their order, and the findings that they must give.
type Case struct {
	Name string
	// Line is where the case begins in its file, from 1.
	Line   int
	Events []*event.Event
	// Findings are in the order of their events.
	Findings []Finding
}

// Finding is one that is expected.
type Finding struct {
	// Event is the place of the triggering event in the case, from 0.
	Event int
	// Data is the document that the signature must return; nil leaves it open.
	Data map[string]any
}

// file is the layout of tests.yaml.
type file struct {
	Signature string     `yaml:"signature"`
	Cases     []fileCase `yaml:"cases"`
}

type fileCase struct {
	Name     string           `yaml:"name"`
	Events   []map[string]any `yaml:"events"`
	Findings []struct {
		Event int            `yaml:"event"`
		Data  map[string]any `yaml:"data"`
	} `yaml:"findings"`
}

// Parse reads a tests.yaml. Events are in the flat form; keys that they leave
// out are empty. Errors name the case and what is wrong with it.
func Parse(text []byte) (*Suite, error) {
	var f file
	if err := yaml.Load(text, &f, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("tests: %w", err)
	}
	switch {
	case f.Signature == "":
		return nil, errors.New("tests: no signature: say which id is tested")
	case len(f.Cases) == 0:
		return nil, errors.New("tests: no cases")
	}
	lines, err := caseLines(text)
	if err != nil {
		return nil, fmt.Errorf("tests: %w", err)
	}
	s := &Suite{Signature: f.Signature}
	for i, given := range f.Cases {
		line := 0
		if i < len(lines) {
			line = lines[i]
		}
		c, err := given.read()
		if err != nil {
			return nil, fmt.Errorf("tests: line %d: case %d (%s): %w", line, i, given.Name, err)
		}
		c.Line = line
		s.Cases = append(s.Cases, c)
	}
	return s, nil
}

func (f fileCase) read() (Case, error) {
	c := Case{Name: f.Name}
	if f.Name == "" {
		return c, errors.New("no name")
	}
	for i, document := range f.Events {
		if err := checkKeys(document); err != nil {
			return c, fmt.Errorf("event %d: %w", i, err)
		}
		text, err := json.Marshal(document)
		if err != nil {
			return c, fmt.Errorf("event %d: %w", i, err)
		}
		e, err := event.ParseJSON(text)
		if err != nil {
			return c, fmt.Errorf("event %d: %w", i, err)
		}
		e.Seq = uint64(i)
		c.Events = append(c.Events, e)
	}
	for i, given := range f.Findings {
		switch {
		case given.Event < 0 || given.Event >= len(c.Events):
			return c, fmt.Errorf("finding %d: event %d of %d", i, given.Event, len(c.Events))
		case i > 0 && given.Event < f.Findings[i-1].Event:
			return c, fmt.Errorf("finding %d: event %d comes before that of finding %d", i, given.Event, i-1)
		}
		c.Findings = append(c.Findings, Finding{Event: given.Event, Data: given.Data})
	}
	return c, nil
}
