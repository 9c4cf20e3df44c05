package weir.tracee_parity.trc_16

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-16",
	"version": "0.1.0",
	"name": "Hooking proc file system file operations by overriding the function pointers",
	"eventName": "proc_fops_hooking",
	"description": "The file operations of /proc point to code that is not the kernel's own, as when a rootkit hides processes.",
	"tags": ["linux"],
	"properties": {
		"Severity": 4,
		"MITRE ATT&CK": "Defense Evasion: Rootkit",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "hooked_proc_fops"}

tracee_match := {"hooked file_operations": hooked} if {
	input.eventName == "hooked_proc_fops"
	hooked := helpers.get_tracee_argument("hooked_fops_pointers")
	count(hooked) > 0
}
