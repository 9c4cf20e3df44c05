package fault.drop_and_run

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "drop_and_run",
	"version": "1.0.0",
	"name": "File written and executed",
	"eventName": "drop_and_run",
	"description": "A file below /tmp was opened and then executed.",
	"properties": {"Severity": 3},
	"correlation": {
		"type": "temporal_ordered",
		"rules": ["openat", "sched_process_exec"],
		"group-by": ["args.pathname", "container.id"],
		"timespan": "5m",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_selected_events contains {"source": "tracee", "name": "sched_process_exec"}

tracee_match if startswith(helpers.get_tracee_argument("pathname"), "/tmp/")
