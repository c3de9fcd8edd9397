// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The wait before something is asked again. Internal to kube/. Thread contract: any thread.
#pragma once

#include <chrono>

#include "kube/transport.h"

namespace assay::kube {

// Returns false, at once, when the limit would end the wait first, and as soon as it is stopped.
bool pause(std::chrono::milliseconds duration, const Limit& limit);

}  // namespace assay::kube
