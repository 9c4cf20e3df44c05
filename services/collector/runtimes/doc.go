// Package runtimes is the source of what the container runtimes of the machine
// know of their containers: names, images, labels, pods. It asks them on the
// node, so that nothing behind the collector needs access to nodes.
//
// Each runtime is followed by a goroutine of its own: it waits for the socket,
// connects, lists what is there (existing_container), then tells what happens
// (container_create, container_remove). existing_container is told again where
// the facts of a container have changed, such as by its start or a new name, and
// of all that run when a runtime is reached again and every ten minutes: whoever
// was told may have had to forget.
// Runtimes that tell of changes are listened to, and asked for their list once
// a minute all the same; the others are asked every second. A container whose
// cgroup appears before its runtime has told is asked for at once.
//
// It must not hold up kernel events: what it cannot hand over is dropped and
// counted, and told with the next list. It must not change anything in a
// runtime, nor know cgroups but for the id in the path of a new one.
package runtimes
