package fault.shadow

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "shadow",
	"version": "1.0.0",
	"name": "Shadow file read",
	"eventName": "shadow",
	"description": "The shadow file was read; the finding has who did it.",
	"properties": {"Severity": 4},
}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match := {"file": helpers.get_tracee_argument("pathname")} if {
	helpers.get_tracee_argument("pathname") == "/etc/shadow"
}
