package weir.tracee_parity.trc_7

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-7",
	"version": "0.1.0",
	"name": "LD_PRELOAD",
	"eventName": "ld_preload",
	"description": "A library was put before the others: in the environment of a program, or in the list of the dynamic linker.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 2,
		"MITRE ATT&CK": "Persistence: Hijack Execution Flow",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "execve"}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open"}

tracee_match if {
	input.eventName == "execve"
	some variable in helpers.get_tracee_argument("envp")
	some name in ["LD_PRELOAD", "LD_LIBRARY_PATH"]
	startswith(variable, name)
}

tracee_match if {
	input.eventName == "security_file_open"
	helpers.get_tracee_argument("pathname") == "/etc/ld.so.preload"
	helpers.is_file_write(helpers.get_tracee_argument("flags"))
}
