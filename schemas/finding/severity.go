package finding

import "fmt"

// Severity is how bad a finding is.
type Severity string

// The severities, mildest first: Tracee's 0 to 4.
const (
	SeverityInfo     Severity = "info"
	SeverityLow      Severity = "low"
	SeverityMedium   Severity = "medium"
	SeverityHigh     Severity = "high"
	SeverityCritical Severity = "critical"
)

// Severities lists them all, mildest first.
func Severities() []Severity {
	return []Severity{SeverityInfo, SeverityLow, SeverityMedium, SeverityHigh, SeverityCritical}
}

// SeverityOf reads the property "Severity" of a signature: a number from 0 to
// 4 in any JSON or Go form, or one of the words. A signature that says nothing
// is of medium severity: its author wants to hear of it.
func SeverityOf(properties map[string]any) Severity {
	given, ok := properties["Severity"]
	if !ok || given == nil {
		return SeverityMedium
	}
	text := fmt.Sprint(given)
	for i, s := range Severities() {
		if text == string(s) || text == fmt.Sprint(i) {
			return s
		}
	}
	return SeverityMedium
}

// Number returns OpenTelemetry's severity number: 9, 10, 13, 17 or 21; 0 for a
// word that is no severity.
func (s Severity) Number() int32 {
	switch s {
	case SeverityInfo:
		return 9
	case SeverityLow:
		return 10
	case SeverityMedium:
		return 13
	case SeverityHigh:
		return 17
	case SeverityCritical:
		return 21
	default:
		return 0
	}
}
