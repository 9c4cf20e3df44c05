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
var protectionAlerts = symbols{list: []symbol{
	{"Mmaped region with W+E permissions!", 1, 0},
	{"Protection changed to Executable!", 2, 0},
	{"Protection changed from E to W+E!", 3, 0},
	{"Protection changed from W to E!", 4, 0},
}}

// bpfCommands are the commands of bpf.
var bpfCommands = symbols{list: []symbol{
	{"BPF_MAP_CREATE", 0, 0},
	{"BPF_MAP_LOOKUP_ELEM", 1, 0},
	{"BPF_MAP_UPDATE_ELEM", 2, 0},
	{"BPF_MAP_DELETE_ELEM", 3, 0},
	{"BPF_MAP_GET_NEXT_KEY", 4, 0},
	{"BPF_PROG_LOAD", 5, 0},
	{"BPF_OBJ_PIN", 6, 0},
	{"BPF_OBJ_GET", 7, 0},
	{"BPF_PROG_ATTACH", 8, 0},
	{"BPF_PROG_DETACH", 9, 0},
	{"BPF_PROG_TEST_RUN", 10, 0},
	{"BPF_PROG_GET_NEXT_ID", 11, 0},
	{"BPF_MAP_GET_NEXT_ID", 12, 0},
	{"BPF_PROG_GET_FD_BY_ID", 13, 0},
	{"BPF_MAP_GET_FD_BY_ID", 14, 0},
	{"BPF_OBJ_GET_INFO_BY_FD", 15, 0},
	{"BPF_PROG_QUERY", 16, 0},
	{"BPF_RAW_TRACEPOINT_OPEN", 17, 0},
	{"BPF_BTF_LOAD", 18, 0},
	{"BPF_BTF_GET_FD_BY_ID", 19, 0},
	{"BPF_TASK_FD_QUERY", 20, 0},
	{"BPF_MAP_LOOKUP_AND_DELETE_ELEM", 21, 0},
	{"BPF_MAP_FREEZE", 22, 0},
	{"BPF_BTF_GET_NEXT_ID", 23, 0},
	{"BPF_MAP_LOOKUP_BATCH", 24, 0},
	{"BPF_MAP_LOOKUP_AND_DELETE_BATCH", 25, 0},
	{"BPF_MAP_UPDATE_BATCH", 26, 0},
	{"BPF_MAP_DELETE_BATCH", 27, 0},
	{"BPF_LINK_CREATE", 28, 0},
	{"BPF_LINK_UPDATE", 29, 0},
	{"BPF_LINK_GET_FD_BY_ID", 30, 0},
	{"BPF_LINK_GET_NEXT_ID", 31, 0},
	{"BPF_ENABLE_STATS", 32, 0},
	{"BPF_ITER_CREATE", 33, 0},
	{"BPF_LINK_DETACH", 34, 0},
	{"BPF_PROG_BIND_MAP", 35, 0},
	{"BPF_TOKEN_CREATE", 36, 0},
}}
