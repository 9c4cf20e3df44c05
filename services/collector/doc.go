// Package collector turns the records of a Source into batches and publishes
// them to WEIR_RAW, in order, counting exactly what it could not keep.
//
// Records are copied as they are and never decoded here. Between the source and
// the broker lies a queue bounded in bytes, and behind it a spool on disk, where
// there is one: batches that the broker does not take in time go there, with
// all behind them, and are published from there in order. When both are full,
// records of the bulk class are shed and counted, the least important first;
// those of the priority class (processes, cgroups) wait, and after them the
// kernel's own ring counts.
//
// A batch is published again with the same message id. Where it is unknown
// whether the broker has it, the broker is asked for the node's last message
// before: ids are forgotten after minutes, outages are longer.
//
// Sequence numbers begin at the nanoseconds since boot at which the collector
// started, plus one for each event: a collector that is started again on the
// same boot never uses a number twice, as it cannot have published an event per
// nanosecond. A batch without events, made only to report a loss, takes one
// number too, so that its id is its own.
//
// The package must not know where records come from (probe, snapshot and
// replay do), nor NATS (the Publisher does), nor what records mean.
package collector
