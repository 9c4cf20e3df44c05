package datasource

// The sources' namespace and ids, and the version of their keys and results.
const (
	Namespace   = "tracee"
	Containers  = "containers"
	ProcessTree = "process_tree"
	DNS         = "dns"
	Version     = 1
)
