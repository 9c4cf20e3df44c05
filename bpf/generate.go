package bpf

// The three objects are one source for three ages of kernels; headers/tier.h
// says what differs. The types are the same in all.
//
//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -cc clang-14 -strip llvm-strip-14 -target amd64,arm64 -type weir_hdr -type weir_counts -type weir_row -type weir_scope -type weir_bucket -type weir_inspected -type scope_text -type scope_id -type scope_prefix fast weir.bpf.c -- -DTIER_FAST -Wall -Werror -Iheaders
//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -cc clang-14 -strip llvm-strip-14 -target amd64,arm64 typed weir.bpf.c -- -DTIER_TYPED -Wall -Werror -Iheaders
//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -cc clang-14 -strip llvm-strip-14 -target amd64,arm64 compat weir.bpf.c -- -DTIER_COMPAT -Wall -Werror -Iheaders
