// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Waiting for the end, as PID 1 must: the kernel gives PID 1 no default for a signal, so without
// handlers SIGTERM would be lost and the kubelet would wait out its grace period. Process-wide
// state; install once, before anything else, in the main thread.
#pragma once

namespace assay::probe {

// From now on SIGTERM and SIGINT end the process with 0 at once, whatever it is doing.
void end_on_signals();

// Returns at the first SIGTERM or SIGINT.
void wait_for_end();

}  // namespace assay::probe
