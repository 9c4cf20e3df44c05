package event

// protections are what a memory mapping allows.
var protections = flagTable(
	sym("PROT_NONE", 0x0), sym("PROT_READ", 0x1), sym("PROT_WRITE", 0x2), sym("PROT_EXEC", 0x4),
	sym("PROT_SEM", 0x8), sym("PROT_GROWSDOWN", 0x1000000), sym("PROT_GROWSUP", 0x2000000),
)

// mappingFlags are the flags of mmap.
var mappingFlags = flagTable(
	part("MAP_SHARED", 0x1, 0xf), part("MAP_PRIVATE", 0x2, 0xf), part("MAP_SHARED_VALIDATE", 0x3, 0xf),
	sym("MAP_FIXED", 0x10), sym("MAP_ANONYMOUS", 0x20), sym("MAP_32BIT", 0x40), sym("MAP_GROWSDOWN", 0x100),
	sym("MAP_DENYWRITE", 0x800), sym("MAP_EXECUTABLE", 0x1000), sym("MAP_LOCKED", 0x2000),
	sym("MAP_NORESERVE", 0x4000), sym("MAP_POPULATE", 0x8000), sym("MAP_NONBLOCK", 0x10000),
	sym("MAP_STACK", 0x20000), sym("MAP_HUGETLB", 0x40000), sym("MAP_SYNC", 0x80000),
	sym("MAP_FIXED_NOREPLACE", 0x100000),
)

// protectionAlerts are what mem_prot_alert says.
var protectionAlerts = numbered(1, "",
	"Mmaped region with W+E permissions!", "Protection changed to Executable!",
	"Protection changed from E to W+E!", "Protection changed from W to E!",
)

// bpfCommands are the commands of bpf.
var bpfCommands = numbered(0, "BPF_",
	"MAP_CREATE", "MAP_LOOKUP_ELEM", "MAP_UPDATE_ELEM", "MAP_DELETE_ELEM", "MAP_GET_NEXT_KEY",
	"PROG_LOAD", "OBJ_PIN", "OBJ_GET", "PROG_ATTACH", "PROG_DETACH", "PROG_TEST_RUN", "PROG_GET_NEXT_ID",
	"MAP_GET_NEXT_ID", "PROG_GET_FD_BY_ID", "MAP_GET_FD_BY_ID", "OBJ_GET_INFO_BY_FD", "PROG_QUERY",
	"RAW_TRACEPOINT_OPEN", "BTF_LOAD", "BTF_GET_FD_BY_ID", "TASK_FD_QUERY", "MAP_LOOKUP_AND_DELETE_ELEM",
	"MAP_FREEZE", "BTF_GET_NEXT_ID", "MAP_LOOKUP_BATCH", "MAP_LOOKUP_AND_DELETE_BATCH",
	"MAP_UPDATE_BATCH", "MAP_DELETE_BATCH", "LINK_CREATE", "LINK_UPDATE", "LINK_GET_FD_BY_ID",
	"LINK_GET_NEXT_ID", "ENABLE_STATS", "ITER_CREATE", "LINK_DETACH", "PROG_BIND_MAP", "TOKEN_CREATE",
	"PROG_STREAM_READ_BY_FD",
)
