// Package datasource has the keys and results of the data sources that Weir
// answers itself, in the namespace "tracee": what to give to DataSource.Get of
// signatures/sdk, and what its results hold.
//
//	source        key                                result key: type
//	containers    string, the whole container id     see ContainerKeys
//	process_tree  ProcKey, by value                  process_info: TimeRelevant[ProcessInfo]
//	              ThreadKey, by value                thread_info: TimeRelevant[ThreadInfo]
//	              LineageKey, by value               process_lineage: ProcessLineage
//	dns           string, a name or an address       ip_addresses, dns_queries []string; dns_root string
//
// It must not look anything up: it has types only.
package datasource
