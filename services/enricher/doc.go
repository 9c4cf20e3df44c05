// Package enricher turns the kernel's records (WEIR_RAW) into events that stand
// on their own (WEIR_EVENTS): ordered by kernel time, with the process and its
// ancestors, the container and the pod, and with secrets masked.
//
// What it knows comes from the events of the node alone, kept for each node and
// boot and bounded by bytes. It must not ask nodes, container runtimes or the
// clock what an event means: the same messages give the same events, whenever
// they are handled. (The stamps in the envelope tell real times and differ.)
//
// Events of a container that no runtime has told of yet are held until one has,
// or half a second of event time is over: whatever the container does first has
// its name. They leave with the message that releases them, before its events.
// Where the node falls silent, its collector says so by messages without events.
//
// One raw message becomes one message for each partition that its events belong
// to (by node and container). Header "Weir-Part: i/n" numbers them. What was
// lost before or in the raw message concerns all of its events, so the losses
// stand in the first message of each partition: who judges evidence reads them
// in its partition, and who adds up losses counts those of part 0 only.
package enricher
