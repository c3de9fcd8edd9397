// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Guessing: a device number needs no node under /dev to be reached, a process with CAP_MKNOD makes
// its own. The nodes are made in a new directory of the probe's own, which is removed at the end.
// A mknod(2) that is refused says nothing about the device: not_tried. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/attempts.h"
#include "probe/kernel_calls.h"
#include "probe/never_open.h"

namespace assay::probe {

struct NumberRange {
    unsigned major = 0;
    unsigned first = 0;  // minors, both ends included
    unsigned last = 0;
};

// "c:195:0" or "c:195:0-15"; `error` gets a sentence when it is neither.
std::optional<NumberRange> parse_number_range(std::string_view text, std::string& error);

inline constexpr unsigned guesses_at_most = 4096;  // of one run

// `directories`: where to make nodes, the first that is writable and not mounted nodev.
void guess(const std::vector<NumberRange>& ranges, const std::vector<std::string>& directories,
           const NeverOpen& never, const KernelCalls& kernel, Attempts& attempts);

}  // namespace assay::probe
