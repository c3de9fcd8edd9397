// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The kernels as both toolkits compiled them; kernels.cmake says in which folder the files are.
        .section .rodata
        .macro image symbol, file
        .balign 64
        .global \symbol
\symbol:
        .incbin "\file"
        .endm

        image assay_cuda13_product, product.fatbin
        image assay_cuda13_memory, memory.fatbin
        image assay_cuda13_wgmma, wgmma.fatbin

        .irp architecture, 75, 80, 86, 89, 90
        image assay_cuda12_product_\architecture, product.sm_\architecture\().cubin
        image assay_cuda12_memory_\architecture, memory.sm_\architecture\().cubin
        .endr
        image assay_cuda12_wgmma_90a, wgmma.sm_90a.cubin
        .section .note.GNU-stack, "", %progbits
