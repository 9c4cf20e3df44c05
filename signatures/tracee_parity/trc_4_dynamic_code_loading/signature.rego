package weir.tracee_parity.trc_4

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-4",
	"version": "0.1.0",
	"name": "Dynamic Code Loading",
	"eventName": "dynamic_code_loading",
	"description": "Memory that was writable became executable, as when a program unpacks its code.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 2,
		"MITRE ATT&CK": "Defense Evasion: Obfuscated Files or Information",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "mem_prot_alert"}

tracee_match if {
	input.eventName == "mem_prot_alert"
	helpers.get_tracee_argument("alert") == "Protection changed from W to E!"
}
