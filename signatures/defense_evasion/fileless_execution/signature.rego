package weir.fileless_execution

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "fileless_execution",
	"version": "1.0.0",
	"name": "Fileless execution",
	"eventName": "fileless_execution",
	"description": "A program was executed from memory instead of from a file on a disk, which leaves nothing for a scanner to find.",
	"tags": ["host", "container"],
	"properties": {
		"Severity": 3,
		"Category": "defense-evasion",
		"Technique": "Reflective Code Loading",
		"external_id": "T1620",
		"id": "attack-pattern--4933e63b-9b77-476e-ab29-761bc5b7d15a",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "sched_process_exec"}

tracee_match := {"path": path, "memory": kind} if {
	path := helpers.get_tracee_argument("pathname")
	kind := memory(path)
	not container_runtime(path)
}

# Anonymous files: the kernel shows them in its root, or without one.
memory(path) := "memfd" if startswith(trim_prefix(path, "/"), "memfd:")

memory(path) := "shm" if {
	some directory in ["/dev/shm/", "/run/shm/"]
	startswith(path, directory)
}

# runc copies itself into memory before it enters a container, so that what it
# starts cannot write to it (CVE-2019-5736).
container_runtime(path) if {
	not input.contextFlags.containerStarted
	startswith(trim_prefix(path, "/"), "memfd:runc_cloned:/proc/self/exe")
}
