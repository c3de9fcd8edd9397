// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Memory that errs, for the planted faults. One thread.
#pragma once

#include <memory>
#include <string_view>

#include "probe/compute/device.h"

namespace assay::probe::compute {

// The memory as it is, where the fault of this name is none of memory.
std::unique_ptr<HeldMemory> with_memory_fault(std::unique_ptr<HeldMemory> memory,
                                              std::string_view fault);

}  // namespace assay::probe::compute
