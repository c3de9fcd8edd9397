// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Waiting for the end, as PID 1 must: the kernel gives PID 1 no default for a signal, so without
// handlers SIGTERM would be lost and the kubelet would wait out its grace period. Process-wide
// state; install once, before anything else, in the main thread.
#pragma once

namespace assay::probe {

// From now on SIGTERM and SIGINT end the process with 0 at once, whatever it is doing.
void end_on_signals();

// From now on they end it with this code: 0 would say that what was to be measured is right.
void end_on_signals_with(int code);

// From now on the first signal is kept for wait_for_end, so that what must follow it is not lost;
// it still interrupts a system call that waits. The second ends the process with 0 at once.
void keep_first_signal();

// Whether a kept signal has come.
bool end_asked();

// Returns once a signal was kept.
void wait_for_end();

}  // namespace assay::probe
