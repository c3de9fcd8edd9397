// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Kubernetes' quantities: "141Gi", "1500m", "12e6" (k8s.io/apimachinery, resource.Quantity). Pure;
// any thread.
#pragma once

#include <optional>
#include <string_view>

namespace assay {

// nullopt for what is none.
std::optional<double> quantity_of(std::string_view text);

}  // namespace assay
