// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Every check, in report order, by hand. A test compares the list with the folder and the profiles.
#pragma once

#include <span>
#include <string_view>

#include "engine/check.h"

namespace assay {

extern const Check accelerator_compute;
extern const Check accelerator_metrics;
extern const Check ai_inference;
extern const Check ai_service_metrics;
extern const Check all_reduce;
extern const Check cluster_autoscaling;
extern const Check dra_support;
extern const Check gang_scheduling;
extern const Check pod_autoscaling;
extern const Check robust_controller;
extern const Check secure_accelerator_access;

std::span<const Check* const> catalog();
const Check* check_of(std::string_view requirement);

}  // namespace assay
