// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The path and query of a container's log. Internal to kube/. Pure.
#pragma once

#include <string>
#include <string_view>

#include "kube/client.h"
#include "kube/query.h"

namespace assay::kube {

inline std::string log_path(std::string_view ns, std::string_view pod, std::string_view container) {
    return path_of(pods, ns, pod) + "/log?container=" + query_encoded(container);
}

}  // namespace assay::kube
