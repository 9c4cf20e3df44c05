package fault.key_reads

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "key_reads",
	"version": "1.0.0",
	"name": "Keys read again and again",
	"eventName": "key_reads",
	"description": "Private keys were read four times in one container.",
	"properties": {"Severity": 3},
	"correlation": {
		"type": "event_count",
		"group-by": ["container.id"],
		"timespan": "5m",
		"condition": {"gte": 4},
	},
}

tracee_selected_events contains {"source": "tracee", "name": "openat"}

tracee_match if endswith(helpers.get_tracee_argument("pathname"), ".key")
