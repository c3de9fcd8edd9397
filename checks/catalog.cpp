// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/catalog.h"

#include <algorithm>
#include <array>

namespace assay {

std::span<const Check* const> catalog() {
    static constexpr std::array checks{&accelerator_compute,
                                       &accelerator_metrics,
                                       &ai_inference,
                                       &ai_service_metrics,
                                       &all_reduce,
                                       &cluster_autoscaling,
                                       &dra_support,
                                       &gang_scheduling,
                                       &pod_autoscaling,
                                       &robust_controller,
                                       &secure_accelerator_access};
    return checks;
}

const Check* check_of(std::string_view requirement) {
    const auto found =
        std::ranges::find(catalog(), requirement, [](const Check* check) { return check->id; });
    return found == catalog().end() ? nullptr : *found;
}

}  // namespace assay
