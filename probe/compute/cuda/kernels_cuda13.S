// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The fat binaries. ASSAY_PRODUCT_KERNELS and ASSAY_MEMORY_KERNELS are their paths.
        .section .rodata
        .balign 64
        .global assay_cuda13_product
assay_cuda13_product:
        .incbin ASSAY_PRODUCT_KERNELS
        .balign 64
        .global assay_cuda13_memory
assay_cuda13_memory:
        .incbin ASSAY_MEMORY_KERNELS
        .section .note.GNU-stack, "", %progbits
