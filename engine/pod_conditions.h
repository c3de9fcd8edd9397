// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Pure conditions on a pod, for NamespaceView::wait_for. Each says what it waits for, in the
// cluster's own words, and knows when waiting is pointless.
#pragma once

#include <string>

#include "engine/namespace_view.h"

namespace assay {

PodCondition pod_is_bound();
PodCondition container_is_running(std::string container);
PodCondition container_has_ended(std::string container);
PodCondition pod_is_gone();

// True when the words say that the node or the cluster refuses to run such a pod at all.
bool is_refusal(const std::string& words);

}  // namespace assay
