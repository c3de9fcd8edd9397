// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The facts document: the kernel and each GPU. One thread.
#pragma once

#include <string>

#include "probe/document.h"

namespace assay::probe {

struct Facts {
    Json kernel;
    std::vector<Json> gpus;
    std::string nvml;
    std::optional<std::string> driver_version;
    std::optional<int> cuda_driver_version;
};

Facts gather_facts(const Nvml& nvml, const std::string& dev_root, const KernelCalls& kernel);

std::string facts_full(const Facts& facts);
std::string facts_summary(const Facts& facts, const std::string& full, std::size_t limit);

}  // namespace assay::probe
