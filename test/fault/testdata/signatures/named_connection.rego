package fault.named_connection

__rego_metadoc__ := {
	"id": "named_connection",
	"version": "1.0.0",
	"name": "Connection to an address that had a name",
	"eventName": "named_connection",
	"description": "A process connected to an address; the finding has the names that it was told.",
	"properties": {"Severity": 1},
}

tracee_selected_events contains {"source": "tracee", "name": "security_socket_connect"}

tracee_match := {"process": input.processName}
