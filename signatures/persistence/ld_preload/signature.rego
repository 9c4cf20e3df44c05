package weir.ld_preload

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "ld_preload",
	"version": "1.0.0",
	"name": "Preload list of the dynamic linker opened for writing",
	"eventName": "ld_preload",
	"description": "A process opened /etc/ld.so.preload for writing. The libraries named there are loaded into every program that is started from then on.",
	"tags": ["host", "container"],
	"properties": {
		"Severity": 3,
		"Category": "persistence",
		"Technique": "Hijack Execution Flow: Dynamic Linker Hijacking",
		"external_id": "T1574.006",
		"id": "attack-pattern--633a100c-b2c9-41bf-9be5-905c1b16c825",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open"}

tracee_match := {"path": path, "flags": flags} if {
	path := helpers.get_tracee_argument("pathname")
	path == "/etc/ld.so.preload"
	flags := helpers.get_tracee_argument("flags")
	helpers.is_file_write(flags)
}
