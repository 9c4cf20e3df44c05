package weir.tracee_parity.trc_2

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-2",
	"version": "0.1.0",
	"name": "Anti-Debugging",
	"eventName": "anti_debugging",
	"description": "A process asked to be traced by its parent, so that no other debugger can attach to it.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Defense Evasion: Execution Guardrails",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "ptrace"}

tracee_match if {
	input.eventName == "ptrace"
	helpers.get_tracee_argument("request") == "PTRACE_TRACEME"
}
