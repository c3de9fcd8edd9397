// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's image, as the linker sees it. ASSAY_PROBE_IMAGE is the path of the tar.
    .section .rodata
    .balign 16
    .global assay_probe_image_begin
    .global assay_probe_image_end
assay_probe_image_begin:
    .incbin ASSAY_PROBE_IMAGE
assay_probe_image_end:
    .byte 0

    .section .note.GNU-stack, "", %progbits
