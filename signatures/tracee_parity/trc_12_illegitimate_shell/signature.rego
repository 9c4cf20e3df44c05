package weir.tracee_parity.trc_12

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-12",
	"version": "0.1.0",
	"name": "Illegitimate Shell",
	"eventName": "illegitimate_shell",
	"description": "A web server started a shell, which it hardly ever does unless somebody exploits it.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 2,
		"MITRE ATT&CK": "Initial Access: Exploit Public-Facing Application",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_bprm_check", "origin": "*"}

tracee_match if {
	input.eventName == "security_bprm_check"
	input.processName in {"apache", "apache2", "httpd", "httpd-foregroun", "lighttpd", "nginx"}
	path := helpers.get_tracee_argument("pathname")
	some shell in ["/ash", "/bash", "/csh", "/dash", "/ksh", "/sh", "/tcsh", "/zsh"]
	endswith(path, shell)
}
