// Package cri asks a container runtime about containers and pods through the
// Kubernetes Container Runtime Interface, version v1, which containerd and
// CRI-O serve.
//
// It must not change anything in the runtime: it lists, asks for the status and
// listens. What it returns is bounded by package facts.
package cri
