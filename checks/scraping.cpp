// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/scraping.h"

#include "engine/metrics_query.h"

namespace assay {

Scraping scraping_of(Scenario& s) {
    Scraping result;
    for (const Component* one : s.components("metrics")) {
        const auto adapter = metrics_adapter(*one);
        if (!adapter) {
            s.give_up(adapter.error());
        }
        if (adapter->pod_monitors) {
            result.by_operator = s.serves(monitors_api, "PodMonitor");
        } else if (result.annotations.empty()) {
            result.annotations = adapter->annotations;
        }
    }
    if (result.annotations.empty() && !result.by_operator) {
        s.give_up("not installed: no monitoring that scrapes pods is known here");
    }
    return result;
}

kube::Json labels_of_monitors(Scenario& s, const std::string& space) {
    const Observed<ObjectList> servers =
        s.objects({.api_version = std::string(monitors_api), .kind = "Prometheus", .space = space});
    if (!servers.value) {
        s.give_up(servers.value.error().reason);
    }
    for (const ObjectState& one : servers.value->items) {
        const kube::Json& selector = kube::object(one.tree, {"spec", "podMonitorSelector"});
        kube::Json labels = kube::object(selector, {"matchLabels"});
        for (const kube::Json& expression : kube::array(selector, {"matchExpressions"})) {
            const kube::Json& values = kube::array(expression, {"values"});
            if (kube::text(expression, {"operator"}) == "In" && !values.empty()) {
                labels[kube::text(expression, {"key"})] = values[0];
            }
        }
        return labels;
    }
    return kube::Json::object();
}

}  // namespace assay
