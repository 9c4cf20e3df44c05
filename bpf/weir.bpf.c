//go:build ignore

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* All of Weir's kernel programs, in one object: they share its maps. */
#include "headers/dns.h"
#include "headers/hooks.h"
#include "headers/integrity.h"
#include "headers/process.h"
#include "headers/syscall.h"
#include "headers/uring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Names the type in the object, for the test that compares it with Go's. */
const struct weir_hdr *unused_hdr __attribute__((unused));
