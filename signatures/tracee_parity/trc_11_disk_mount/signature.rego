package weir.tracee_parity.trc_11

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-11",
	"version": "0.1.0",
	"name": "Container Device Mount Detected",
	"eventName": "disk_mount",
	"description": "A process in a container mounted a device, which may hold the files of the host.",
	"tags": ["container"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Privilege Escalation: Escape to Host",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_sb_mount", "origin": "container"}

tracee_match := {"mounted device": device} if {
	input.eventName == "security_sb_mount"
	device := helpers.get_tracee_argument("dev_name")
	startswith(device, "/dev/")
	not runtime
}

# runc mounts while it sets the container up, as its first thread.
runtime if {
	startswith(input.processName, "runc:")
	input.threadId == 1
}
