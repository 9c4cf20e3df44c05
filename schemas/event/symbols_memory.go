package event

// protections are what a memory mapping allows.
var protections = symbols{flags: true, list: []symbol{
	{"PROT_NONE", 0x0, 0},
	{"PROT_READ", 0x1, 0},
	{"PROT_WRITE", 0x2, 0},
	{"PROT_EXEC", 0x4, 0},
	{"PROT_SEM", 0x8, 0},
	{"PROT_GROWSDOWN", 0x1000000, 0},
	{"PROT_GROWSUP", 0x2000000, 0},
}}

// mappingFlags are the flags of mmap.
var mappingFlags = symbols{flags: true, list: []symbol{
	{"MAP_SHARED", 0x1, 0xf},
	{"MAP_PRIVATE", 0x2, 0xf},
	{"MAP_SHARED_VALIDATE", 0x3, 0xf},
	{"MAP_FIXED", 0x10, 0},
	{"MAP_ANONYMOUS", 0x20, 0},
	{"MAP_32BIT", 0x40, 0},
	{"MAP_GROWSDOWN", 0x100, 0},
	{"MAP_DENYWRITE", 0x800, 0},
	{"MAP_EXECUTABLE", 0x1000, 0},
	{"MAP_LOCKED", 0x2000, 0},
	{"MAP_NORESERVE", 0x4000, 0},
	{"MAP_POPULATE", 0x8000, 0},
	{"MAP_NONBLOCK", 0x10000, 0},
	{"MAP_STACK", 0x20000, 0},
	{"MAP_HUGETLB", 0x40000, 0},
	{"MAP_SYNC", 0x80000, 0},
	{"MAP_FIXED_NOREPLACE", 0x100000, 0},
}}

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
)
