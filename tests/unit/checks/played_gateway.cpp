// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "checks/catalog.h"
#include "engine/runner.h"
#include "tests/unit/checks/played_objects.h"

namespace assay {

namespace {

using kube::Json;
using played::accounts;
using played::named;
using played::Silent;
using std::chrono::seconds;

constexpr const char* group = "gateway.networking.k8s.io";
constexpr const char* node = "node-0";
const kube::Resource gateway_classes{group, "v1", "gatewayclasses", "GatewayClass", false};
const kube::Resource gateways{group, "v1", "gateways", "Gateway", true};
const kube::Resource http_routes{group, "v1", "httproutes", "HTTPRoute", true};
const kube::Resource grpc_routes{group, "v1", "grpcroutes", "GRPCRoute", true};
const kube::Resource services{"", "v1", "services", "Service", true};

Json condition(const char* type, bool holds, const std::string& reason) {
    return {{"type", type}, {"status", holds ? "True" : "False"}, {"reason", reason}};
}

std::string path_of(const Json& asked) {
    const std::string url = kube::text(asked, {"url"});
    const std::size_t at = url.find('/', std::string("http://").size());
    return at == std::string::npos ? "/" : url.substr(at);
}

bool has_headers(const Json& match, const Json& asked, std::size_t most) {
    const Json& wanted = kube::array(match, {"headers"});
    for (std::size_t i = 0; i < std::min(most, wanted.size()); ++i) {
        const std::string value =
            kube::text(asked, {"headers", kube::text(wanted[i], {"name"})}, "?");
        if (value != kube::text(wanted[i], {"value"})) {
            return false;
        }
    }
    return true;
}

std::string method_of(const Json& asked) {
    const std::string kind = kube::text(asked, {"kind"});
    return kind == "grpc" ? "Say" : kind == "grpc-stream" ? "Stream" : "";
}

// "backend-b-r2d2" is b.
std::string letter_of(const Json& reference) {
    const std::string name = kube::text(reference, {"name"});
    return name.starts_with("backend-") ? name.substr(8, 1) : "";
}

std::string state_of(const Json& pod, const Json& spec) {
    return kube::name_of(pod) + "/" + kube::text(spec, {"name"});
}

}  // namespace

PlayedGateway::PlayedGateway(Wrong wrong) : wrong_(std::move(wrong)) {
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_created(gateways,
                       [this](kube::FakeApiServer&, const Json& one) { gateway_created(one); });
    for (const kube::Resource* kind : {&http_routes, &grpc_routes}) {
        server_.on_created(*kind, [this, kind](kube::FakeApiServer&, const Json& one) {
            route_created(*kind, one);
        });
    }
    server_.on_patched(http_routes,
                       [this](kube::FakeApiServer&, const Json&) { finish(waiting_); });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_created(pod); });
    kube::ApiGroup served{group, {"v1"}};
    served.kinds = {gateway_classes, gateways, http_routes};
    if (!wrong_.no_grpc) {
        served.kinds.push_back(grpc_routes);
    }
    server_.serve_group(served);
}

void PlayedGateway::publish() {
    server_.update(kube::namespaces, named("kube-system"));
    server_.update(kube::nodes, named(node));
    Json one = named("some-class");
    one["spec"]["controllerName"] = "example.com/gateway";
    one["status"]["conditions"] = Json::array({condition("Accepted", !wrong_.no_class, "Said")});
    server_.update(gateway_classes, one);
}

// --- the controller ---

void PlayedGateway::gateway_created(const Json& created) {
    Json gateway = created;
    gateway["status"]["conditions"] =
        Json::array({condition("Accepted", !wrong_.not_accepted, "Said"),
                     condition("Programmed", !wrong_.no_address,
                               wrong_.no_address ? "AddressNotAssigned" : "Programmed")});
    if (!wrong_.no_address) {
        gateway["status"]["addresses"] =
            Json::array({{{"type", "IPAddress"}, {"value", "10.96.0.7"}}});
    } else {
        Json service = named("its-service", "gateway-system");
        service["metadata"]["labels"]["gateway.networking.k8s.io/gateway-name"] =
            kube::name_of(gateway);
        service["spec"] = {{"clusterIP", "10.96.0.8"}, {"ports", Json::array({{{"port", 80}}})}};
        server_.update(services, service);
    }
    server_.update(gateways, gateway);
}

void PlayedGateway::route_created(const kube::Resource& kind, const Json& created) {
    Json route = created;
    std::string reason = "ResolvedRefs";
    for (const Json& rule : kube::array(route, {"spec", "rules"})) {
        for (const Json& one : kube::array(rule, {"backendRefs"})) {
            if (kube::find(one, {"namespace"}) != nullptr && !wrong_.ignores_grants) {
                reason = "RefNotPermitted";
            } else if (letter_of(one).empty() && kube::find(one, {"namespace"}) == nullptr) {
                reason = "BackendNotFound";
            }
        }
    }
    if (wrong_.not_resolved && kube::name_of(route).starts_with("route-models")) {
        reason = "BackendNotFound";
    }
    const bool resolved =
        reason == "ResolvedRefs" || (wrong_.hides_unknown && reason == "BackendNotFound");
    const Json said = Json::array(
        {condition("Accepted", true, "Accepted"), condition("ResolvedRefs", resolved, reason)});
    route["status"]["parents"] = Json::array({{{"conditions", said}}});
    server_.update(kind, route);
}

// --- the data plane ---

PlayedGateway::Hit PlayedGateway::served(const Json& rule) const {
    Hit result{.status = wrong_.status_without_backend, .backend = {}, .config = {}, .shares = {}};
    for (const Json& filter : kube::array(rule, {"filters"})) {
        for (const Json& one : kube::array(filter, {"requestHeaderModifier", "set"})) {
            result.config = kube::text(one, {"value"});
        }
    }
    for (const Json& one : kube::array(rule, {"backendRefs"})) {
        const bool foreign = kube::find(one, {"namespace"}) != nullptr;
        if (foreign && wrong_.ignores_grants) {
            return {.status = 400, .backend = {}, .config = {}, .shares = {}};
        }
        if (!letter_of(one).empty() && !foreign) {
            result.status = 200;
            result.backend = letter_of(one);
            result.shares[result.backend] = static_cast<int>(kube::integer(one, {"weight"}, 1));
        }
    }
    return result;
}

PlayedGateway::Hit PlayedGateway::hit(const Json& asked) const {
    const std::string host = kube::text(asked, {"host"});
    const std::string path = path_of(asked);
    const std::string method = method_of(asked);
    std::optional<std::pair<std::size_t, std::size_t>> best;  // path and headers of the match
    Hit result{
        .status = wrong_.serves_by_default ? 200 : 404, .backend = {}, .config = {}, .shares = {}};
    for (const Json& route : server_.stored(method.empty() ? http_routes : grpc_routes)) {
        if (kube::array(route, {"spec", "hostnames"}) != Json::array({host})) {
            continue;
        }
        for (const Json& rule : kube::array(route, {"spec", "rules"})) {
            const Json& matches = kube::array(rule, {"matches"});
            const Json match = matches.empty() ? Json::object() : matches.front();
            const std::string prefix = kube::text(match, {"path", "value"}, "/");
            const std::size_t headers = kube::array(match, {"headers"}).size();
            const bool fits = method.empty()
                                  ? path.starts_with(prefix) &&
                                        has_headers(match, asked, wrong_.one_header_only ? 1 : 9)
                                  : kube::text(match, {"method", "method"}) == method;
            const std::pair rank{wrong_.first_rule_wins ? 1 : prefix.size(),
                                 wrong_.first_rule_wins || wrong_.one_header_only
                                     ? std::min<std::size_t>(headers, 1)
                                     : headers};
            if (fits && (!best || rank > *best)) {
                best = rank;
                result = served(rule);
            }
        }
    }
    return result;
}

// --- the probe ---

void PlayedGateway::stream(const Json& asked, Json& phase, Json& document) const {
    const bool idle = path_of(asked).starts_with("/sse/idle");
    const bool chat = path_of(asked).starts_with("/v1/chat");
    const int events = idle ? (wrong_.ends_silence ? 1 : 2) : 4;
    phase["events"] = events;
    for (int i = 0; i < events; ++i) {
        const double sent = 1000.0 * i;
        Json data{{"event", i}, {"sent_ms", sent}};
        document["events"].push_back({{"phase", phase["name"]},
                                      {"request", 0},
                                      {"event", i},
                                      {"at_ms", wrong_.buffers ? 0.0 : sent + 3},
                                      {"data", chat && i == 3 ? "[DONE]" : data.dump()}});
    }
    if (idle && wrong_.ends_silence) {
        phase["answered"] = 0;
        phase["failures"] = {{"closed", 1}};
    }
    if (!method_of(asked).empty()) {
        phase["messages"] = events;
    }
}

Json PlayedGateway::phase(const Json& asked, Json& document) const {
    const std::string until = kube::text(asked, {"until_marker"});
    const std::int64_t requests = until.empty() ? kube::integer(asked, {"requests"}, 1) : 1;
    Hit one = hit(asked);
    if (wrong_.cuts_bodies && kube::find(asked, {"body"}) != nullptr) {
        one.status = 400;
    }
    const std::int64_t answered =
        until.empty() ? std::max<std::int64_t>(requests - wrong_.lost, 0) : requests;
    Json result{{"name", kube::text(asked, {"name"})},
                {"requests", requests},
                {"answered", answered},
                {"statuses", {{std::to_string(one.status), answered}}}};
    if (!until.empty()) {
        const bool late = wrong_.never_live || (wrong_.rules_of_b_never_live &&
                                                one.backend == "b" && one.shares.size() != 2);
        result["until"] = {{"live", one.config == until && !late}, {"after_ms", 12.5}};
        return result;
    }
    if (one.backend.empty()) {
        result["unnamed"] = answered;
        return result;
    }
    std::int64_t first = answered;  // answers by the only backend, or by a of a split
    if (one.shares.size() == 2) {
        const int all = one.shares["a"] + one.shares["b"];
        first = answered * wrong_.weight_of_a.value_or(one.shares["a"] * 100 / all) / 100;
        one.backend = "a";
    } else if (wrong_.of_two_replicas_know == 1 && asked.contains("headers")) {
        first = answered / 2;
    }
    result["by_backend"] = {{one.backend, first}};
    if (first != answered) {
        result["by_backend"][one.backend == "a" ? "b" : "a"] = answered - first;
    }
    const std::string marker = kube::text(asked, {"marker"});
    const bool by_config = kube::text(asked, {"marker_header"}) == "x-assay-config";
    const bool right = !by_config || one.config == marker;
    result["markers"] = {{right ? "right" : "wrong", answered}};
    if (!method_of(asked).empty()) {
        result["grpc"] = {{wrong_.no_http2 ? "14" : "0", answered}};
    }
    if (asked.contains("sample")) {
        document["samples"].push_back(
            {{"phase", result["name"]},
             {"body", R"({"object":"chat.completion","content":"echo: count to three"})"}});
    }
    const std::string kind = kube::text(asked, {"kind"});
    if (kind == "sse" || kind == "grpc-stream") {
        stream(asked, result, document);
    }
    return result;
}

std::string PlayedGateway::document(const Json& spec) const {
    const Json& arguments = kube::array(spec, {"args"});
    Json result{{"schema", "assay.probe/v1"},
                {"verb", arguments.front()},
                {"complete", true},
                {"uid", 65532},
                {"phases", Json::array()}};
    const auto plan = std::ranges::find(arguments, Json("--plan"));
    if (plan != arguments.end()) {
        for (const Json& asked : Json::parse((plan + 1)->get<std::string>())) {
            result["phases"].push_back(phase(asked, result));
        }
    }
    return result.dump();
}

void PlayedGateway::start(Json& pod, const Json& spec) {
    Json status{{"name", kube::text(spec, {"name"})}, {"imageID", kube::text(spec, {"image"})}};
    const bool serves = kube::array(spec, {"args"}).front() == "serve";
    const bool goes_on = kube::text(spec, {"name"}) == "client" && waiting_.empty();
    if (wrong_.silent == state_of(pod, spec).substr(0, wrong_.silent.size()) &&
        !wrong_.silent.empty()) {
        status["state"] = {{"terminated", {{"exitCode", 1}, {"message", ""}}}};
    } else if (serves) {
        server_.set_log(kube::namespace_of(pod), kube::name_of(pod), kube::text(spec, {"name"}),
                        document(spec) + "\n");
        status["state"] = {{"running", Json::object()}};
    } else if (goes_on) {
        waiting_ = kube::name_of(pod);
        space_ = kube::namespace_of(pod);
        status["state"] = {{"running", Json::object()}};
    } else {
        status["state"] = {{"terminated", {{"exitCode", 0}, {"message", document(spec)}}}};
    }
    pod["status"]["containerStatuses"].push_back(std::move(status));
}

void PlayedGateway::pod_created(const Json& created) {
    Json pod = created;
    pod["spec"]["nodeName"] = node;
    pod["status"]["phase"] = "Running";
    for (const Json& spec : kube::array(created, {"spec", "containers"})) {
        start(pod, spec);
    }
    server_.update(kube::pods, pod);
}

// The client that saw the old configuration sees what has become of it.
void PlayedGateway::finish(const std::string& name) {
    const auto stored = server_.stored(kube::pods, space_, name);
    if (!stored) {
        return;
    }
    Json pod = *stored;
    Json says = Json::parse(document(kube::array(pod, {"spec", "containers"}).front()));
    for (Json& phase : says["phases"]) {
        if (phase["name"] == "old") {
            phase["until"]["live"] = true;
        }
        if (wrong_.keeps_old_routes && phase["name"] == "new") {
            phase["until"] = {{"live", false}, {"after_ms", nullptr}};
        }
        if (wrong_.keeps_old_routes && phase["name"] == "settled") {
            phase["markers"] = {{"wrong", phase["answered"]}};
            phase["by_backend"] = {{"a", 1400}, {"b", 600}};
        }
    }
    pod["status"]["containerStatuses"][0]["state"] = {
        {"terminated", {{"exitCode", 0}, {"message", says.dump()}}}};
    server_.update(kube::pods, pod);
}

RunResult PlayedGateway::run() {
    publish();
    const kube::Client client(server_);
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory = take_inventory(client, adapters, kube::Limit::of(seconds(10)));
    if (!inventory) {
        throw std::runtime_error(inventory.error().message);
    }
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.37");
    plan.profile.observe_s = 1;
    plan.select = {"ai_inference"};
    plan.catalog = catalog();
    plan.images = {{"core", "r/core"}};
    plan.timeout = seconds(20);
    plan.namespace_name = namespace_name;
    plan.components = *load_components();
    Silent silent;
    return Runner(client, *inventory, nullptr, silent).run(plan, "r2d2", {});
}

void PlayedGateway::make_given_namespace() {
    server_.update(kube::namespaces, named(namespace_name));
    server_.update(accounts, named("default", namespace_name));
}

}  // namespace assay
