// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// accelerator_metrics under a load that is known: what rises, by how much, whose it is said to be,
// what stays as it was, and that it falls again.
#pragma once

#include <array>
#include <map>
#include <string>

#include "checks/accelerator_exporters.h"
#include "engine/assertion.h"

namespace assay {

// Without a load, too.
constexpr Assertion values_are_in_range{
    .id = "values_are_in_range",
    .sentence = "utilization is between 0 and 100 %, and no more memory is in use than there is",
    .next_step = "look at the exporter's version and at its list of fields"};
constexpr Assertion load_shows{
    .id = "load_shows",
    .kind = Kind::control,
    .sentence = "a pod that computes on an accelerator raises the utilization of that accelerator",
    .next_step = "compare with the vendor's own tool on the node: is the exporter's value stale?"};
constexpr Assertion memory_shows{
    .id = "memory_shows",
    .sentence = "the memory that the pod takes shows as that much more in use",
    .next_step = "look for a wrong unit, and for a value that is not renewed"};
constexpr Assertion attributed_to_the_pod{
    .id = "attributed_to_the_pod",
    .sentence = "the series of its accelerator name the pod and its namespace",
    .next_step =
        "let the exporter read the kubelet's pod resources: mount "
        "/var/lib/kubelet/pod-resources and switch its Kubernetes mode on"};
constexpr Assertion other_accelerators_stay{
    .id = "other_accelerators_stay",
    .kind = Kind::negative,
    .control = &load_shows,
    .sentence = "accelerators beside it that nobody uses stay as they were",
    .next_step = "compare the exporter's order of devices with the vendor's own tool"};
constexpr Assertion falls_after_the_load{
    .id = "falls_after_the_load",
    .sentence = "after the pod's end utilization and memory are as before, and name it no more",
    .next_step = "look for values and labels that the exporter keeps"};

// Puts a load on an accelerator that is free and judges the assertions above; before: what the
// exporters said without it, by node.
void ask_by_load(Scenario& s, const Exporters& exporters,
                 const std::map<std::string, Readings>& before);

}  // namespace assay
