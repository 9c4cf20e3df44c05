package weir.tracee_parity.trc_10

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-10",
	"version": "0.1.0",
	"name": "K8S TLS Certificate Theft Detected",
	"eventName": "k8s_cert_theft",
	"description": "A process that is no part of Kubernetes read a file of its certificates and keys.",
	"tags": ["linux", "container"],
	"properties": {
		"Severity": 3,
		"MITRE ATT&CK": "Credential Access: Steal Application Access Token",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open", "origin": "*"}

tracee_match if {
	input.eventName == "security_file_open"
	startswith(helpers.get_tracee_argument("pathname"), "/etc/kubernetes/pki/")
	helpers.is_file_read(helpers.get_tracee_argument("flags"))
	not input.processName in owners
}

# Those that the certificates are for.
owners := {"etcd", "kube-apiserver", "kube-controller", "kubelet"}
