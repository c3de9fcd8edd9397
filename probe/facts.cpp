// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/facts.h"

#include <sys/utsname.h>

#include "probe/gpu_facts.h"

namespace assay::probe {

namespace {

Json running_kernel() {
    struct utsname names{};
    if (::uname(&names) != 0) {
        return {};
    }
    return {{"release", names.release}, {"version", names.version}, {"machine", names.machine}};
}

Json facts_head(const Facts& facts, const std::string& form) {
    Json head = opening("facts", form);
    head["kernel"] = facts.kernel;
    head["nvml"] = facts.nvml;
    head["driver_version"] = facts.driver_version ? Json(*facts.driver_version) : Json();
    head["cuda_driver_version"] =
        facts.cuda_driver_version ? Json(*facts.cuda_driver_version) : Json();
    head["counts"] = {{"gpus", facts.gpus.size()}};
    return head;
}

}  // namespace

Facts gather_facts(const Nvml& nvml, const std::string& dev_root, const KernelCalls& kernel) {
    Facts facts{.kernel = running_kernel(),
                .gpus = {},
                .nvml = nvml.status(),
                .driver_version = nvml.driver_version(),
                .cuda_driver_version = nvml.cuda_driver_version()};
    for (const GpuIdentity& gpu : nvml.gpus(dev_root, kernel)) {
        facts.gpus.push_back(gpu_facts(nvml, gpu));
    }
    return facts;
}

std::string facts_full(const Facts& facts) {
    return fit(facts_head(facts, "full"),
               {{.key = "gpus", .items = facts.gpus, .named = false, .names = {}}}, full_limit);
}

std::string facts_summary(const Facts& facts, const std::string& full, std::size_t limit) {
    Json head = facts_head(facts, "summary");
    head["document_sha256"] = sha256_hex(full);
    List gpus{.key = "gpus", .items = {}, .named = false, .names = {}};
    for (const Json& gpu : facts.gpus) {
        gpus.items.push_back(gpu_facts_in_short(gpu));
    }
    return fit(std::move(head), {gpus}, limit);
}

}  // namespace assay::probe
