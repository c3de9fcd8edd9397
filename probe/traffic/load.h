// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Carries out one phase: keeps as many requests on their way as it may, sends none twice. One
// thread; blocks until the phase is over.
#pragma once

#include "probe/traffic/tally.h"

namespace assay::probe {

Tally carry_out(const Phase& phase);

}  // namespace assay::probe
