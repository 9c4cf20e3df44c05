package weir.tracee_parity.trc_9

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-9",
	"version": "0.1.0",
	"name": "New Executable Was Dropped During Runtime",
	"eventName": "dropped_executable",
	"description": "A program was written to a file in a running container, whose image should have brought all that it runs.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 2,
		"MITRE ATT&CK": "Defense Evasion: Masquerading",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "magic_write", "origin": "container"}

tracee_match := {"file path": path} if {
	input.eventName == "magic_write"
	helpers.is_elf_file(helpers.get_tracee_argument("bytes"))
	path := helpers.get_tracee_argument("pathname")
}
