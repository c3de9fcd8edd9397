// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How pods come to be scraped by the platform's monitoring: by annotations, or where the Prometheus
// Operator is by a PodMonitor that bears the labels which its Prometheus selects. Thread contract:
// one check's thread.
#pragma once

#include <array>
#include <map>
#include <string>

#include "engine/rights.h"
#include "engine/scenario.h"

namespace assay {

inline constexpr std::string_view monitors_api = "monitoring.coreos.com/v1";

using Annotations = std::map<std::string, std::string>;

// How pods may come to be scraped here. An annotation harms nobody; a PodMonitor comes only where
// that does not do, for what is scraped twice may be added up.
struct Scraping {
    Annotations annotations;
    bool by_operator = false;
};

// Of what adapters know and is there; ends the check where that is nothing.
Scraping scraping_of(Scenario& s);

// Of the first Prometheus object of the namespace; "" for that of any. {} where there is none, or
// it selects every PodMonitor. Ends the check where they cannot be read.
kube::Json labels_of_monitors(Scenario& s, const std::string& space);

inline constexpr std::string_view operator_only = "only where the Prometheus Operator is installed";

constexpr Right of_operator(std::string_view resource, std::string_view verb, std::string_view why,
                            Place place = Place::any) {
    return {.group = "monitoring.coreos.com",
            .resource = resource,
            .verb = verb,
            .place = place,
            .why = why,
            .without = operator_only,
            .unused_when = operator_only};
}

inline constexpr std::array monitor_rights{
    of_operator("podmonitors", "create", "have something to be scraped"),
    of_operator("podmonitors", "delete", "remove what had it scraped", Place::given_namespace),
    of_operator("podmonitors", "list", "see that it is gone", Place::given_namespace),
    of_operator("podmonitors", "watch", "see that it is gone", Place::given_namespace),
    Right{.group = "monitoring.coreos.com",
          .resource = "prometheuses",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know which labels a PodMonitor must have",
          .without = operator_only,
          .unused_when = operator_only},
};

}  // namespace assay
