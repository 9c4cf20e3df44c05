package weir.tracee_parity.trc_5

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-5",
	"version": "0.1.0",
	"name": "Fileless Execution",
	"eventName": "fileless_execution",
	"description": "A program was executed from memory, without a file on a disk.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 2,
		"MITRE ATT&CK": "Defense Evasion: Obfuscated Files or Information",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "sched_process_exec"}

tracee_match if {
	input.eventName == "sched_process_exec"
	in_memory(helpers.get_tracee_argument("pathname"))
}

# An anonymous file. On the host, those of runc are its own copies of itself.
in_memory(path) if {
	startswith(path, "memfd:")
	input.containerId != ""
}

in_memory(path) if {
	startswith(path, "memfd:")
	not startswith(path, "memfd:runc")
	input.containerId == ""
}

# Shared memory.
in_memory(path) if startswith(path, "/dev/shm")

in_memory(path) if startswith(path, "/run/shm")
