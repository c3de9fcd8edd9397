// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The documents of gemm, hbm, link and selftest. Units are in the keys. The summary has every
// verdict, reason and median; the full document every sample, too. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "probe/compute/gemm.h"
#include "probe/compute/hbm.h"
#include "probe/compute/link.h"
#include "probe/document.h"

namespace assay::probe::compute {

struct ComputeDocument {
    std::string full;
    std::string summary;
};

// What was computed on. Without a device: no document but of reasons.
struct Computed {
    std::string verb;
    DeviceFacts device;
    std::string fault;                                    // that was planted; "" if none was
    std::optional<std::vector<unsigned long long>> xids;  // that the driver reported meanwhile
};

ComputeDocument gemm_document(const Computed& on, const GemmReport& report, std::size_t limit);
ComputeDocument hbm_document(const Computed& on, const HbmReport& report, std::size_t limit);
ComputeDocument link_document(const Computed& on, const LinkReport& report, std::size_t limit);

// Of a planted fault, or of none ("clean").
struct SelfTested {
    std::string fault;
    std::string verb;
    Verdict expected = Verdict::fail;
    std::string code;  // of the reason that must be given; "" for clean
    Verdict verdict = Verdict::inconclusive;
    std::vector<std::string> codes;  // that were given

    bool found() const;
};

ComputeDocument selftest_document(const Computed& on, const std::vector<SelfTested>& tested,
                                  const Judgement& judgement, std::size_t limit);

// No device could be used: the document is the reasons alone.
ComputeDocument no_device_document(const Computed& on, const Judgement& judgement,
                                   std::size_t limit);

}  // namespace assay::probe::compute
