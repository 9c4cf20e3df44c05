/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Stands for the machine's own header, so that one include path serves every target. */
#include <asm-generic/types.h>
