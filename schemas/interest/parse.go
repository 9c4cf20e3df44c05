package interest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Parse reads an interest from JSON. What is beyond the bounds of this package
// is an error that names the place.
func Parse(text []byte) (Interest, error) {
	if len(text) > MaxBytes {
		return Interest{}, fmt.Errorf("interest: %d bytes, at most %d", len(text), MaxBytes)
	}
	var events []Event
	var err error
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		events, err = parseNames(text)
	} else {
		events, err = parseEvents(text)
	}
	if err != nil {
		return Interest{}, fmt.Errorf("interest: %w", err)
	}
	return New(events...), nil
}

// parseNames reads a plain list of names.
func parseNames(text []byte) ([]Event, error) {
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return nil, err
	}
	events := make([]Event, len(names))
	for n, name := range names {
		events[n].Name = name
	}
	return events, checkEvents(events, true)
}

func parseEvents(text []byte) ([]Event, error) {
	var read struct {
		Events *[]Event `json:"events"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	if read.Events == nil {
		return nil, errors.New(`there is no list of "events"`)
	}
	return *read.Events, checkEvents(*read.Events, false)
}

// checkEvents holds what was read against the bounds.
func checkEvents(events []Event, repeated bool) error {
	if len(events) > MaxEvents {
		return fmt.Errorf("%d events, at most %d", len(events), MaxEvents)
	}
	seen := make(map[string]bool, len(events))
	for n, e := range events {
		if err := e.check(); err != nil {
			return fmt.Errorf("events[%d]: %w", n, err)
		}
		if seen[e.Name] && !repeated {
			return fmt.Errorf("events[%d]: %q is there twice", n, e.Name)
		}
		seen[e.Name] = true
	}
	return nil
}

func (e *Event) check() error {
	switch {
	case e.Name == "":
		return errors.New("there is no name")
	case len(e.Name) > MaxName:
		return fmt.Errorf("a name of %d bytes, at most %d", len(e.Name), MaxName)
	case e.Scopes != nil && len(e.Scopes) == 0:
		return fmt.Errorf("%q: scopes: an empty list wants nothing: leave it out to want every event", e.Name)
	case e.Name == All && e.Scopes != nil:
		return fmt.Errorf("%q: all events cannot have scopes", e.Name)
	case len(e.Scopes) > MaxScopes:
		return fmt.Errorf("%q: %d scopes, at most %d", e.Name, len(e.Scopes), MaxScopes)
	}
	for n := range e.Scopes {
		if err := e.Scopes[n].check(); err != nil {
			return fmt.Errorf("%q: scopes[%d]: %w", e.Name, n, err)
		}
	}
	return nil
}

func (s *Scope) check() error {
	for _, field := range []struct {
		name string
		n    int
	}{{"comms", len(s.Comms)}, {"uids", len(s.UIDs)}, {"paths", len(s.Paths)}} {
		if field.n > MaxTexts {
			return fmt.Errorf("%d %s, at most %d", field.n, field.name, MaxTexts)
		}
	}
	for n, path := range s.Paths {
		if path == "" || len(path) > MaxPath {
			return fmt.Errorf("paths[%d]: %d bytes, from 1 to %d", n, len(path), MaxPath)
		}
	}
	return nil
}
