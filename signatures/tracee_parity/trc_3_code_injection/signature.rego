package weir.tracee_parity.trc_3

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-3",
	"version": "0.1.0",
	"name": "Code injection",
	"eventName": "code_injection",
	"description": "A process wrote, or prepared to write, into the memory of another process.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Defense Evasion: Process Injection",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "process_vm_writev"}

tracee_selected_events contains {"source": "tracee", "name": "ptrace"}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open"}

# One word at a time, as debuggers do.
tracee_match if {
	input.eventName == "ptrace"
	helpers.get_tracee_argument("request") == "PTRACE_POKETEXT"
}

# Through the file of the memory. The expression is the one that has always been
# used: it wants at least two characters for a process, and no end after "mem".
tracee_match := {"file flags": flags, "file path": path} if {
	input.eventName == "security_file_open"
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_write(flags)
	path := helpers.get_tracee_argument("pathname")
	regex.match(`/proc/(?:\d.+|self)/mem`, path)
}

# Directly into another process than oneself.
tracee_match if {
	input.eventName == "process_vm_writev"
	helpers.get_tracee_argument("pid") != input.processId
}
