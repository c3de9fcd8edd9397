// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The lab's simulated GPUs without device nodes, which take root to make: SIMULATED_GPUS names
// those that a process has ("0,2"), SIMULATED_MEMORY the file that all share.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/lab/nvml/gpus.h"

void find_visible_gpus(struct gpu_view* view) {
    static struct nvmlDevice_st all[GPUS_PER_NODE];
    const char* chosen = getenv("SIMULATED_GPUS");
    view->count = 0;
    for (unsigned minor = 0; minor < GPUS_PER_NODE; ++minor) {
        if (chosen != NULL && strchr(chosen, (int)('0' + minor)) != NULL) {
            all[minor].minor = minor;
            snprintf(all[minor].uuid, sizeof all[minor].uuid,
                     "GPU-0000000%u-0000-4000-8000-000000000000", minor);
            view->gpus[view->count++] = &all[minor];
        }
    }
}

const char* shared_file(void) {
    return getenv("SIMULATED_MEMORY");
}
