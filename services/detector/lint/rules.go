package lint

// Rule describes what is looked for. An id keeps its meaning.
type Rule struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
	// Summary says in one sentence what is wrong, Help what to do.
	Summary string `json:"summary"`
	Help    string `json:"help"`
}

// The ids of the rules, by what they look at: 00 the file, 01 metadata, 02
// selectors, 1 types, 2 names, 3 logic, 4 comments for this package.
const (
	ruleCompile       = "WL001"
	ruleForbidden     = "WL002"
	ruleMetadata      = "WL010"
	ruleID            = "WL011"
	ruleSameID        = "WL012"
	ruleVersion       = "WL013"
	ruleName          = "WL014"
	ruleEventName     = "WL015"
	ruleSameEventName = "WL016"
	ruleDescription   = "WL017"
	ruleSeverity      = "WL018"
	ruleTechnique     = "WL019"
	ruleNoSelector    = "WL020"
	ruleSource        = "WL021"
	ruleUnknownEvent  = "WL022"
	ruleOrigin        = "WL023"
	ruleNoMatch       = "WL024"
	ruleAllEvents     = "WL025"
	ruleField         = "WL101"
	ruleCompare       = "WL102"
	ruleArgument      = "WL103"
	ruleType          = "WL104"
	ruleUnusedVar     = "WL201"
	ruleUnusedImport  = "WL202"
	ruleShadow        = "WL203"
	ruleStrict        = "WL204"
	ruleDangling      = "WL205"
	rulePattern       = "WL301"
	ruleProcessName   = "WL302"
	ruleNever         = "WL303"
	ruleNeverFor      = "WL304"
	ruleIgnore        = "WL401"
	ruleIgnoreNothing = "WL402"
)

// Rules returns all rules, in the order of their ids.
func Rules() []Rule {
	return []Rule{
		{ruleCompile, "compile", Error, "The file does not load.", "Mend what the message says."},
		{
			ruleForbidden, "forbidden-function", Error, "A function that signatures may not call.",
			"Signatures have no network, clock, randomness or access to the process: decide by the event alone.",
		},
		{ruleMetadata, "metadata", Error, "There is no usable __rego_metadoc__.", "Define it as an object of constants."},
		{ruleID, "id", Error, "The signature has no id.", "Set id to a name that stays for ever."},
		{ruleSameID, "unique-id", Error, "Two signatures have one id.", "Give one of them another id."},
		{ruleVersion, "version", Warning, "The version is missing or no semantic version.", "Set version to a text like 1.0.0."},
		{ruleName, "name", Warning, "The signature has no name.", "Set name to a short title."},
		{
			ruleEventName, "event-name", Warning, "The event name is missing or not in snake_case.",
			"Set eventName to lower-case words joined by underscores.",
		},
		{
			ruleSameEventName, "unique-event-name", Error, "Two signatures have one event name.",
			"Give one of them another eventName: signatures that select findings know them by it.",
		},
		{ruleDescription, "description", Warning, "The signature has no description.", "Say what was seen and why it matters."},
		{
			ruleSeverity, "severity", Warning, "The severity is missing or impossible.",
			"Set properties.Severity to a number from 0 (info) to 4 (critical).",
		},
		{
			ruleTechnique, "technique", Info, "The ATT&CK technique is missing or malformed.",
			"Set properties.external_id to a technique like T1059 or T1059.004.",
		},
		{ruleNoSelector, "no-selector", Error, "The signature selects no event.", "Add an object to tracee_selected_events."},
		{ruleSource, "selector-source", Error, "A selector with an unknown source.", `Write "source": "tracee".`},
		{
			ruleUnknownEvent, "unknown-event", Warning, "A selector of an event that no source produces.",
			"Select an event that Weir observes, or the event name of another signature.",
		},
		{ruleOrigin, "selector-origin", Error, "A selector with an unknown origin.", `Write "host", "container", "container-init" or "*".`},
		{ruleNoMatch, "no-match", Error, "There is no rule tracee_match that could match.", "Define tracee_match as true or as an object."},
		{ruleAllEvents, "all-events", Info, "A selector of all events.", "Name the events: all of them are collected and evaluated."},
		{ruleField, "unknown-field", Error, "A field that events do not have.", "Use a field of the event's schema."},
		{ruleCompare, "compare-types", Error, "A comparison of values of different types.", "Compare with a value of the field's type."},
		{
			ruleArgument, "unknown-argument", Error, "An argument that the selected events do not have.",
			"Use an argument of a selected event.",
		},
		{ruleType, "type", Error, "A value of a type that does not fit.", "Give the function what it takes."},
		{ruleUnusedVar, "unused-variable", Warning, "A variable or argument that nothing uses.", "Remove it, or write _ in its place."},
		{ruleUnusedImport, "unused-import", Warning, "An import that nothing uses.", "Remove it."},
		{ruleShadow, "shadowing", Warning, "A name that hides another one.", "Choose another name."},
		{ruleStrict, "strict", Warning, "What a strict compiler refuses.", "Mend what the message says."},
		{ruleDangling, "dangling-import", Warning, "An import that nothing provides.", "Add the library, or remove the import."},
		{rulePattern, "pattern", Error, "A pattern that is no regular expression.", "Mend the pattern: it is in RE2's syntax."},
		{
			ruleProcessName, "process-name", Info, "A decision by a name that the observed process chooses.",
			"Compare input.executable.path where it must hold against an attacker.",
		},
		{ruleNever, "never", Error, "The signature can never match.", "Look for conditions that exclude each other."},
		{ruleNeverFor, "never-for-event", Warning, "A selected event that can never match.", "Remove the selector, or the condition against it."},
		{ruleIgnore, "ignore-comment", Warning, "A weir:ignore that does not say what or why.", "Write # weir:ignore WL000 reason."},
		{ruleIgnoreNothing, "ignore-nothing", Warning, "A weir:ignore where there is nothing to ignore.", "Remove it."},
	}
}
