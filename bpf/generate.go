package bpf

//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -cc clang-14 -strip llvm-strip-14 -target amd64,arm64 -type weir_hdr -type weir_counts -type weir_row weir weir.bpf.c -- -Wall -Werror -Iheaders
