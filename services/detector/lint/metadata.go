package lint

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// metadata looks at what the signature says of itself.
func (l *linter) metadata(s *speaker) {
	add := func(rule, key, format string, args ...any) {
		l.add(s.aboutMetadata(rule, key, format, args...))
	}
	m := s.metadata
	if m.ID == "" {
		add(ruleID, "id", "the signature has no id: set one in %s", s.metadataRule)
	}
	switch semver := regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`); {
	case m.Version == "":
		add(ruleVersion, "version", "the signature has no version: set one like 1.0.0")
	case !semver.MatchString(m.Version):
		add(ruleVersion, m.Version, "the version %q is no semantic version like 1.0.0", m.Version)
	}
	if m.Name == "" {
		add(ruleName, "name", "the signature has no name: findings show it as their title")
	}
	if m.Description == "" {
		add(ruleDescription, "description", "the signature has no description: say what was seen and why it matters")
	}
	switch snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`); {
	case m.EventName == "":
		add(ruleEventName, "eventName", "the signature has no eventName: other signatures select its findings by it")
	case !snake.MatchString(m.EventName):
		add(ruleEventName, m.EventName, "the eventName %q is not in snake_case", m.EventName)
	}
	l.properties(s)
}

// properties looks at the severity and at the ATT&CK technique.
func (l *linter) properties(s *speaker) {
	add := func(rule, key, format string, args ...any) *Finding {
		l.add(s.aboutMetadata(rule, key, format, args...))
		return &l.findings[len(l.findings)-1]
	}
	switch severity := s.metadata.Properties["Severity"]; {
	case severity == nil:
		add(ruleSeverity, "properties", "properties.Severity is missing, so findings are of medium severity: set 0 (info) to 4 (critical)")
	case !isNumber(severity):
		add(ruleSeverity, "Severity", "properties.Severity is no number: it goes from 0 (info) to 4 (critical)").Severity = Error
	case !slices.Contains([]string{"0", "1", "2", "3", "4"}, fmt.Sprint(severity)):
		add(ruleSeverity, "Severity", "properties.Severity is %v: it goes from 0 (info) to 4 (critical)", severity).Severity = Error
	}
	technique, _ := s.metadata.Properties["external_id"].(string)
	switch {
	case technique == "":
		add(ruleTechnique, "properties", "properties.external_id is missing: name the ATT&CK technique, like T1059.004")
	case !regexp.MustCompile(`^T\d{4}(\.\d{3})?$`).MatchString(technique):
		add(ruleTechnique, technique, "properties.external_id %q is no ATT&CK technique like T1059 or T1059.004", technique).Severity = Warning
	}
}

// isNumber reports whether a property is a number, as JSON or Go has it.
func isNumber(value any) bool {
	if _, is := value.(json.Number); is {
		return true
	}
	kind := reflect.TypeOf(value).Kind()
	return kind >= reflect.Int && kind <= reflect.Float64
}

// duplicates looks for signatures that share a name.
func (l *linter) duplicates(all []*speaker) {
	ids, eventNames := map[string]string{}, map[string]string{}
	for _, s := range all {
		m := s.metadata
		if first, taken := ids[m.ID]; m.ID != "" && taken {
			l.add(s.aboutMetadata(ruleSameID, "id", "the id %s is also that of %s", m.ID, first))
		} else {
			ids[m.ID] = s.name
		}
		if first, taken := eventNames[m.EventName]; m.EventName != "" && taken {
			l.add(s.aboutMetadata(ruleSameEventName, "eventName", "the eventName %s is also that of %s", m.EventName, first))
		} else {
			eventNames[m.EventName] = s.name
		}
	}
}
