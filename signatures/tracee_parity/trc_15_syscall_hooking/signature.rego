package weir.tracee_parity.trc_15

__rego_metadoc__ := {
	"id": "TRC-15",
	"version": "0.1.0",
	"name": "Hooking system calls by overriding the system call table entries",
	"eventName": "syscall_hooking",
	"description": "An entry of the table of system calls points to code that is not the kernel's own.",
	"tags": ["linux"],
	"properties": {
		"Severity": 4,
		"MITRE ATT&CK": "Persistence: Hooking system calls entries in the system-call table",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "hooked_syscall"}

tracee_match if input.eventName == "hooked_syscall"
