// Package docker asks a Docker daemon about containers.
//
// It must not change anything in the daemon, pull or run anything: it lists,
// inspects and listens. What it returns is bounded by package facts.
package docker
