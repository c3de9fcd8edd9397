// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The fat binaries; the compiler is given their folder with -I.
        .section .rodata
        .balign 64
        .global assay_cuda13_product
assay_cuda13_product:
        .incbin "product.fatbin"
        .balign 64
        .global assay_cuda13_memory
assay_cuda13_memory:
        .incbin "memory.fatbin"
        .section .note.GNU-stack, "", %progbits
