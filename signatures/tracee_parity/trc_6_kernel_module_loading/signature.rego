package weir.tracee_parity.trc_6

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-6",
	"version": "0.1.0",
	"name": "kernel module loading",
	"eventName": "kernel_module_loading",
	"description": "A module was loaded into the kernel, or was about to be.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Persistence: Kernel Modules and Extensions",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "init_module"}

tracee_selected_events contains {"source": "tracee", "name": "security_kernel_read_file"}

tracee_match if input.eventName == "init_module"

tracee_match := {"pathname": path} if {
	input.eventName == "security_kernel_read_file"
	helpers.get_tracee_argument("type") == "kernel-module"
	path := helpers.get_tracee_argument("pathname")
}
