// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verb `allreduce`. One thread, and on rank 0 another for the rendezvous.
#pragma once

#include "probe/collective/report.h"

namespace assay::probe::collective {

// Takes part in a run from its beginning to its end. Whatever comes of it is in the report; throws
// std::runtime_error where the kernel gives no random bytes, std::bad_alloc without memory for
// three times the largest size.
RunReport run_allreduce(const Request& request);

int exit_code_of(Verdict verdict);

}  // namespace assay::probe::collective
