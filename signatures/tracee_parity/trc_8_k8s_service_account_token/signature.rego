package weir.tracee_parity.trc_8

import data.tracee.helpers

__rego_metadoc__ := {
	"id": "TRC-8",
	"version": "0.1.0",
	"name": "K8S Service Account Token Use Detected",
	"eventName": "k8s_service_account_token",
	"description": "A process in a container read the token of its Kubernetes service account, which gives access to the API server.",
	"tags": ["container"],
	"properties": {
		"Severity": 0,
		"MITRE ATT&CK": "Credential Access: Credentials from Password Stores",
	},
}

tracee_selected_events contains {"source": "tracee", "name": "security_file_open", "origin": "container"}

tracee_match if {
	input.eventName == "security_file_open"
	path := helpers.get_tracee_argument("pathname")
	contains(path, "secrets/kubernetes.io/serviceaccount")
	endswith(path, "token")
	helpers.is_file_read(helpers.get_tracee_argument("flags"))
	not input.processName in expected
}

# The programs of Kubernetes that use the token all day.
expected := {"coredns", "etcd", "flanneld", "kube-apiserver", "kube-controller", "kube-proxy", "kubectl"}
