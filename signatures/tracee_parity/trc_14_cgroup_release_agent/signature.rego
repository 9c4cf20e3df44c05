package weir.tracee_parity.trc_14

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-14",
	"version": "0.1.0",
	"name": "CGroups Release Agent File Modification",
	"eventName": "cgroup_release_agent",
	"description": "A process in a container opened a release_agent file for writing: the kernel runs what it names on the host.",
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Privilege Escalation: Escape to Host",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open", "origin": "container"}

tracee_match := {"File Flags": flags, "File Path": path} if {
	input.eventName == "security_file_open"
	path := helpers.get_tracee_argument("pathname")
	endswith(path, "/release_agent")
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_write(flags)
}
