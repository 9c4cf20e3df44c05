// Package k8sapiconnection detects who talks to the Kubernetes API from a
// container, as Tracee's TRC-1013 does. It must not become better than that:
// who relies on Tracee's findings gets the same ones.
package k8sapiconnection

import (
	"strings"
	"time"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

const (
	// variable is how Kubernetes tells programs the address of its API.
	variable = "KUBERNETES_SERVICE_HOST="
	// servers holds that address by container id, since the last execution in
	// the container.
	servers = "servers"
	// kept is for how long: containers that execute nothing for so long are
	// rare.
	kept = 30 * 24 * time.Hour
)

// Signature fires where a container connects to the address that one of its
// programs was told to be the API's. The zero Signature is ready.
type Signature struct{}

// Metadata describes the signature.
func (Signature) Metadata() sdk.Metadata {
	return sdk.Metadata{
		ID:        "TRC-1013",
		Version:   "0.1.0",
		Name:      "Kubernetes API server connection detected",
		EventName: "k8s_api_connection",
		Description: "A process in a container connected to the API server of its Kubernetes cluster, where it could learn about " +
			"the cluster, read secrets or start containers.",
		Tags: []string{"container"},
		Properties: map[string]any{
			"Severity":     1,
			"MITRE ATT&CK": "Discovery: Cloud Service Discovery",
		},
	}
}

// Selectors select executions and connections in containers.
func (Signature) Selectors() []sdk.Selector {
	return []sdk.Selector{
		{Source: sdk.Source, Name: "sched_process_exec", Origin: event.OriginContainer},
		{Source: sdk.Source, Name: "security_socket_connect", Origin: event.OriginContainer},
	}
}

// State declares the addresses of API servers.
func (Signature) State() []sdk.StateSpec { return []sdk.StateSpec{{Name: servers, TTL: kept}} }

// OnEvent learns an address from an execution, and compares a connection with
// it.
func (Signature) OnEvent(c *sdk.Context, e *event.Event) error {
	container := e.Context.Container.ID
	if container == "" {
		return nil
	}
	switch e.Name() {
	case "sched_process_exec":
		if env, _ := e.Strings("env"); len(env) > 0 {
			if server := serverIn(env); server != "" {
				c.State(servers).Put(container, server)
			}
		}
	case "security_socket_connect":
		server, known := c.State(servers).Get(container)
		if known && server == remote(e) {
			c.Report(map[string]any{"ip": server})
		}
	}
	return nil
}

// serverIn returns the address in an environment, "" where there is none.
func serverIn(env []string) string {
	for _, entry := range env {
		if strings.Contains(entry, variable) {
			_, server, _ := strings.Cut(entry, "=")
			return strings.TrimSpace(server)
		}
	}
	return ""
}

// remote returns the address that a process connects to, "" where it is none
// of the internet's.
func remote(e *event.Event) string {
	address, _ := e.Arg("remote_addr")
	family, _ := address.Lookup("sa_family")
	var ip string
	switch family {
	case "AF_INET":
		ip, _ = address.Lookup("sin_addr")
	case "AF_INET6":
		ip, _ = address.Lookup("sin6_addr")
	}
	return ip
}
