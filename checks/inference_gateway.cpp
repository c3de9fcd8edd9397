// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/inference_gateway.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "engine/gateway_adapter.h"

namespace assay {
namespace {

using kube::Json;

constexpr int address_waits = 4;  // each of the profile's observe_s
constexpr std::int64_t port = 80;
const std::string gateway_label = "gateway.networking.k8s.io/gateway-name";
constexpr std::string_view api = "gateway.networking.k8s.io/v1";

bool is_accepted(const ObjectState& one) {
    return one.condition("Accepted").status == "True";
}

std::string url(const std::string& host) {
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

bool serves_the_listener(const ObjectState& service) {
    const std::string address = service.text("/spec/clusterIP");
    return !address.empty() && address != "None" &&
           std::ranges::any_of(kube::array(service.tree, {"spec", "ports"}), [](const Json& one) {
               return kube::integer(one, {"port"}) == port;
           });
}

// Of the class that an adapter knows first, else the first by name.
std::size_t preferred(const Scenario& s, const std::vector<ObjectState>& classes,
                      FoundClass& found) {
    for (const Component* component : s.components("gateway")) {
        const GatewayAdapter adapter = gateway_adapter_of(*component);
        const auto known = std::ranges::find_if(classes, [&](const ObjectState& one) {
            return one.text("/spec/controllerName") == adapter.controller;
        });
        if (known != classes.end()) {
            found.product = component->name;
            found.service_label = adapter.service_label;
            return static_cast<std::size_t>(known - classes.begin());
        }
    }
    return 0;
}

// Of the Gateway's Services the one with its port; empty if there is none.
Reached service_of(const Scenario& s, const std::string& label, const std::string& gateway) {
    if (label.empty()) {
        return {};
    }
    const Observed<ObjectList> services = s.objects({.api_version = "v1",
                                                     .kind = "Service",
                                                     .labels = label + "=" + gateway,
                                                     .space = std::string()});
    if (!services.value) {
        return {};
    }
    const auto found = std::ranges::find_if(services.value->items, serves_the_listener);
    if (found == services.value->items.end()) {
        return {};
    }
    const std::string address = found->text("/spec/clusterIP");
    return {url(address),
            fmt::format("Service {} ({}), as the Gateway has no address", found->name(), address)};
}

std::string says(std::string_view type, const ObjectCondition& condition) {
    if (condition.status.empty()) {
        return fmt::format("{} not said", type);
    }
    return fmt::format("{}={} ({}: {})", type, condition.status, condition.reason,
                       condition.message);
}

}  // namespace

bool has_address(const ObjectState& gateway) {
    return gateway.condition("Programmed").status == "True" &&
           !gateway.text("/status/addresses/0/value").empty();
}

Observed<ObjectState> programmed(const Object& gateway) {
    Observed<ObjectState> seen = gateway.when(has_address);
    for (int i = 1; i < address_waits && seen.value && !has_address(*seen.value); ++i) {
        seen = gateway.when(has_address);
    }
    return seen;
}

std::string FoundClass::describe() const {
    return fmt::format("GatewayClass {} ({}){}", name, product.empty() ? controller : product,
                       others.empty() ? "" : "; not examined: " + others);
}

FoundClass gateway_class(const Scenario& s) {
    const Observed<ObjectList> all = s.objects(
        {.api_version = std::string(api), .kind = "GatewayClass", .space = std::string()});
    if (!all.value) {
        throw CheckEnded{"GatewayClasses cannot be read: " + all.value.error().reason};
    }
    std::vector<ObjectState> classes;
    std::ranges::copy_if(all.value->items, std::back_inserter(classes), is_accepted);
    if (classes.empty()) {
        throw CheckEnded{fmt::format("no GatewayClass is accepted by a controller (found {})",
                                     all.value->describe())};
    }
    FoundClass found;
    const std::size_t chosen = preferred(s, classes, found);
    found.name = classes[chosen].name();
    found.controller = classes[chosen].text("/spec/controllerName");
    std::vector<std::string> others;
    for (const ObjectState& one : classes) {
        if (one.name() != found.name) {
            others.push_back(one.name());
        }
    }
    found.others = fmt::format("{}", fmt::join(others, ", "));
    return found;
}

Reached reached(const Scenario& s, const Object& gateway, const FoundClass& of) {
    const Observed<ObjectState> now =
        gateway.when([](const ObjectState& one) { return one.exists; });
    if (now.value && has_address(*now.value)) {
        const std::string address = now.value->text("/status/addresses/0/value");
        const std::string type = now.value->text("/status/addresses/0/type");
        return {url(address), fmt::format("status.addresses ({} {})", type, address)};
    }
    for (const std::string& label : {gateway_label, of.service_label}) {
        if (auto service = service_of(s, label, gateway.object_name()); !service.base.empty()) {
            return service;
        }
    }
    throw CheckEnded{fmt::format(
        "no way to the Gateway: {}; no Service of it with the label {} and port {}",
        now.value ? now.value->describe() : now.value.error().reason, gateway_label, port)};
}

std::string RouteStatus::describe() const {
    return says("Accepted", accepted) + ", " + says("ResolvedRefs", resolved);
}

RouteStatus route_status_of(const ObjectState& route) {
    RouteStatus result;
    const std::size_t parents = kube::array(route.tree, {"status", "parents"}).size();
    for (std::size_t i = 0; i < parents; ++i) {
        const std::string at = fmt::format("/status/parents/{}/conditions", i);
        if (const ObjectCondition one = route.condition("Accepted", at); !one.status.empty()) {
            result = {.accepted = one, .resolved = route.condition("ResolvedRefs", at)};
        }
    }
    return result;
}

Observed<RouteStatus> route_status(const Object& route) {
    const Observed<ObjectState> seen = route.when([](const ObjectState& one) {
        const RouteStatus status = route_status_of(one);
        return !status.accepted.status.empty() && !status.resolved.status.empty();
    });
    Observed<RouteStatus> result{
        .value = RouteStatus{}, .provenance = seen.provenance, .testimony = seen.testimony};
    if (seen.value) {
        result.value = route_status_of(*seen.value);
    } else {
        result.value = std::unexpected(seen.value.error());
    }
    return result;
}

}  // namespace assay
