// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What NVML knows of one GPU, as JSON for the facts document. Units are in the keys; what the
// driver does not answer is null. Counters are as they stand: whoever compares takes differences.
// One thread.
#pragma once

#include "probe/document.h"
#include "probe/nvml.h"

namespace assay::probe {

Json gpu_facts(const Nvml& nvml, const GpuIdentity& gpu);

// What a summary says of it: identity, and what decides whether the GPU must be taken out.
Json gpu_facts_in_short(const Json& facts);

}  // namespace assay::probe
