// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Pure conditions on a pod, for NamespaceView::wait_for. Each says what it waits for, in the
// cluster's own words, and knows when waiting is pointless.
#pragma once

#include <string>
#include <vector>

#include "engine/namespace_view.h"

namespace assay {

PodCondition pod_is_bound();
PodCondition container_is_running(std::string container);
PodCondition container_has_ended(std::string container);
PodCondition pod_is_gone();

// What keeps the pod from going on, in the cluster's own words; "" while nothing does.
std::string obstacle(const kube::Json& pod, const std::vector<PodWarning>& warnings);

// True when the words of a refused create say that there is no room just now: a ResourceQuota is
// used up, which tells nothing of what the cluster would allow.
bool is_shortage(const std::string& words);

// The scheduler's reason not to place the pod ("Unschedulable: …"), "" if it gave none.
std::string refusal_of_scheduler(const kube::Json& pod);

// The kubelet's last words about a driver that did not prepare the pod's claim, "" if there are
// none.
std::string preparation_failure(const std::vector<PodWarning>& warnings);

// True when the words say that the node or the cluster refuses to run such a pod at all.
bool is_refusal(const std::string& words);

}  // namespace assay
