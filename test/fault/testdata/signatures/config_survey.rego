package fault.config_survey

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "config_survey",
	"version": "1.0.0",
	"name": "Many files of the configuration read",
	"eventName": "config_survey",
	"description": "A process read six different files below /etc.",
	"properties": {"Severity": 2},
	"correlation": {
		"type": "value_count",
		"group-by": ["processEntityId"],
		"timespan": "5m",
		"condition": {"field": "args.pathname", "gte": 6},
	},
}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match if startswith(helpers.get_tracee_argument("pathname"), "/etc/")
