// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_dra.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "checks/catalog.h"
#include "engine/runner.h"
#include "tests/api/fake_api_answers.h"
#include "tests/unit/checks/played_objects.h"

namespace assay {

namespace {

using kube::Json;
using played::accounts;
using played::classes;
using played::named;
using played::Silent;
using played::slices;
using std::chrono::seconds;

const kube::Resource claims{"resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true};
const kube::Resource templates{"resource.k8s.io", "v1", "resourceclaimtemplates",
                               "ResourceClaimTemplate", true};

constexpr const char* driver = "gpu.example.com";
constexpr const char* node = "node-0";

std::string uuid_of(int device) {
    return fmt::format("uuid-{}", device);
}

std::string name_of_device(int device) {
    return fmt::format("gpu-{}", device);
}

std::string device_of(const Json& claim) {
    const Json& results = kube::array(claim, {"status", "allocation", "devices", "results"});
    return results.empty() ? "" : kube::text(results.front(), {"device"});
}

kube::Response refusal(const std::string& words) {
    const Json status{{"kind", "Status"},
                      {"status", "Failure"},
                      {"reason", "Invalid"},
                      {"code", 422},
                      {"message", words}};
    kube::Response response;
    response.status = 422;
    response.body = status.dump();
    return response;
}

bool asks_admin_access(const std::string& text) {
    return text.find(R"("adminAccess":true)") != std::string::npos;
}

}  // namespace

PlayedDra::PlayedDra(Wrong wrong) : wrong_(std::move(wrong)) {
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& space) {
        server.update(accounts, named("default", kube::name_of(space)));
    });
    server_.on_created(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_created(pod); });
    server_.on_removed(kube::pods,
                       [this](kube::FakeApiServer&, const Json& pod) { pod_removed(pod); });
    server_.on_request([this](const kube::Request& request) {
        overhears(request);
        std::optional<kube::Result<kube::Response>> answer;
        if (request.path.find("/v1/devicetaintrules") != std::string::npos) {
            answer = kube::failure(404, "NotFound", "the server serves them in v1beta2");
            return answer;
        }
        const bool asks_claim = request.method == "POST" &&
                                request.path.find("/resourceclaims?") != std::string::npos &&
                                request.body.find("expression") != std::string::npos;
        const bool invalid = request.body.find(R"("device.attributes[")") != std::string::npos;
        if (asks_claim && invalid && !wrong_.accepts_any_cel) {
            answer = refusal("spec.devices.requests[0].selectors[0]: Invalid value: Syntax error");
        }
        return answer;
    });
}

void PlayedDra::make_given_namespace() {
    server_.update(kube::namespaces, named(namespace_name));
    server_.update(accounts, named("default", namespace_name));
}

// Claims of a tenant that this run knows nothing of: every device is taken.
void PlayedDra::let_others_hold_all() {
    for (int i = 0; i < devices; ++i) {
        Json claim = named(fmt::format("theirs-{}", i), "tenant");
        claim["status"]["allocation"]["devices"]["results"] =
            Json::array({{{"driver", driver}, {"pool", node}, {"device", name_of_device(i)}}});
        server_.update(claims, claim);
    }
}

void PlayedDra::publish() {
    if (wrong_.others_hold_all) {
        let_others_hold_all();
    }
    server_.update(kube::namespaces, named("kube-system"));
    Json machine = named(node);
    if (beside_a_plugin) {
        machine["status"]["allocatable"] = {{"nvidia.com/gpu", "4"}};
    }
    server_.update(kube::nodes, machine);
    if (wrong_.serves_no_dra) {
        server_.serve_group({"resource.k8s.io", {}});
        return;
    }
    Json slice{
        {"metadata", {{"name", "slice-0"}}},
        {"spec",
         {{"driver", driver},
          {"nodeName", node},
          {"pool",
           {{"name", node}, {"generation", 7}, {"resourceSliceCount", 1 + wrong_.missing_slices}}},
          {"devices", Json::array()}}}};
    for (int i = 0; i < devices; ++i) {
        Json device{{"name", name_of_device(i)}};
        device["attributes"]["model"]["string"] = "played";
        device["attributes"]["uuid"]["string"] = uuid_of(wrong_.same_attributes ? 0 : i);
        device.update(i == 0 ? wrong_.promises : Json::object());
        slice["spec"]["devices"].push_back(std::move(device));
    }
    server_.update(slices, slice);
    Json old = slice;  // what an update left behind counts for nothing
    old["metadata"]["name"] = "slice-old";
    old["spec"]["pool"]["generation"] = 6;
    server_.update(slices, old);
    server_.update(classes,
                   {{"metadata", {{"name", driver}}}, {"spec", {{"selectors", Json::array()}}}});
}

void PlayedDra::pod_created(const Json& pod) {
    space_ = kube::namespace_of(pod);
    waiting_.push_back(kube::name_of(pod));
    schedule();
}

void PlayedDra::schedule() {
    for (const std::string& name : std::vector<std::string>(waiting_)) {
        const auto pod = server_.stored(kube::pods, space_, name);
        if (!pod || placed(*pod)) {
            std::erase(waiting_, name);
        }
    }
}

// The claim's name; made first where a template asks for it.
std::string PlayedDra::claim_for(Json& pod) {
    const Json& entry = pod["spec"]["resourceClaims"].at(0);
    if (const std::string given = kube::text(entry, {"resourceClaimName"}); !given.empty()) {
        return given;
    }
    const std::string name = kube::name_of(pod) + "-made";
    if (!server_.stored(claims, space_, name)) {
        const auto source =
            server_.stored(templates, space_, kube::text(entry, {"resourceClaimTemplateName"}));
        Json claim = named(name, space_);
        claim["spec"] = kube::object(*source, {"spec", "spec"});
        claim["metadata"]["annotations"]["of-template"] = "true";
        server_.update(claims, claim);
    }
    pod["status"]["resourceClaimStatuses"] =
        Json::array({Json{{"name", "accelerator"}, {"resourceClaimName", name}}});
    return name;
}

bool PlayedDra::fits(const Json& request, int device) const {
    const std::string wanted = request.dump();
    const bool selects = wanted.find("expression") != std::string::npos;
    return !selects || wrong_.ignores_selectors ||
           wanted.find(uuid_of(device)) != std::string::npos;
}

std::set<std::string> PlayedDra::taken() const {
    std::set<std::string> names;
    for (const Json& one : server_.stored(claims)) {
        names.insert(device_of(one));
    }
    return names;
}

bool PlayedDra::allocated(Json& claim) {
    if (!device_of(claim).empty()) {
        return true;
    }
    const Json& request = kube::array(claim, {"spec", "devices", "requests"}).front();
    std::vector<std::pair<std::string, Json>> choices{{"accelerator", request}};
    if (request.contains("firstAvailable")) {
        choices.clear();
        for (const Json& choice : request["firstAvailable"]) {
            choices.emplace_back("accelerator/" + kube::text(choice, {"name"}), choice);
        }
    }
    const std::set<std::string> gone = taken();
    for (const auto& [name, choice] : choices) {
        for (int i = 0; i < devices; ++i) {
            const std::string device = name_of_device(i);
            const bool free = wrong_.allocates_twice || asks_admin_access(choice.dump()) ||
                              !gone.contains(device);
            if (fits(choice, i) && free && !wrong_.never_allocates) {
                Json result{{"driver", driver}, {"pool", node}, {"device", device}};
                result["request"] = name;
                claim["status"]["allocation"]["devices"]["results"] = Json::array({result});
                return true;
            }
        }
    }
    return false;
}

bool PlayedDra::placed(Json pod) {
    const std::string name = claim_for(pod);
    Json claim = *server_.stored(claims, space_, name);
    if (!allocated(claim)) {
        if (!wrong_.says_nothing) {
            pod["status"]["conditions"] = Json::array(
                {{{"type", "PodScheduled"},
                  {"status", "False"},
                  {"reason", "Unschedulable"},
                  {"message", wrong_.names_no_claim ? "0/1 nodes are available: 1 cordoned"
                                                    : "cannot allocate all claims"}}});
        }
        server_.update(kube::pods, pod);
        return false;
    }
    claim["status"]["reservedFor"].push_back({{"name", kube::name_of(pod)}});
    server_.update(claims, claim);
    start(std::move(pod), claim);
    return true;
}

void PlayedDra::start(Json pod, const Json& claim) {
    pod["spec"]["nodeName"] = node;
    pod["status"]["conditions"] = Json::array();
    const int before = starts_[kube::name_of(claim)]++;
    const bool stuck = wrong_.never_prepares || (wrong_.prepares_once && before > 0);
    for (const Json& spec : pod["spec"]["containers"]) {
        const std::string container = kube::text(spec, {"name"});
        Json status{{"name", container}, {"imageID", kube::text(spec, {"image"})}};
        if (stuck) {
            status["state"]["waiting"]["reason"] = "ContainerCreating";
        } else {
            status["state"]["running"] = Json::object();
            server_.set_log(space_, kube::name_of(pod), container,
                            wrong_.silent == container ? "hello\n" : document(spec, claim) + "\n");
        }
        pod["status"]["containerStatuses"].push_back(std::move(status));
    }
    if (stuck) {
        Json event = named(kube::name_of(pod) + ".1", space_);
        event["type"] = "Warning";
        event["reason"] = "FailedPrepareDynamicResources";
        event["message"] = "NodePrepareResources failed for the claim";
        event["involvedObject"] = {{"kind", "Pod"}, {"name", kube::name_of(pod)}};
        server_.update(kube::events, event);
    }
    server_.update(kube::pods, pod);
}

std::string PlayedDra::document(const Json& container, const Json& claim) const {
    Json result{{"schema", "assay.probe/v1"}, {"verb", "isolate"}, {"form", "full"},
                {"complete", true},           {"uid", 0},          {"environment", Json::object()}};
    result["counts"] = {{"reachable", 0}, {"unclear", 0}};
    const bool granted = !kube::array(container, {"resources", "claims"}).empty();
    // The driver's variables are told of only where the probe was asked for them.
    const bool asked =
        kube::array(container, {"args"}).dump().find("GPU_DEVICE_") != std::string::npos;
    if (asked && !wrong_.shows_nothing && (granted || wrong_.shows_bystanders)) {
        result["environment"]["GPU_DEVICE_0"] =
            wrong_.shows_another ? name_of_device(devices - 1) : device_of(claim);
        result["environment"]["GPU_DEVICE_0_SHARING_STRATEGY"] = "TimeSlicing";
    }
    return result.dump();
}

void PlayedDra::pod_removed(const Json& pod) {
    std::erase(waiting_, kube::name_of(pod));
    Json copy = pod;
    const auto stored = server_.stored(claims, space_, claim_for(copy));
    if (!stored || wrong_.never_frees) {
        return;
    }
    Json claim = *stored;
    Json others = Json::array();
    for (const Json& consumer : kube::array(claim, {"status", "reservedFor"})) {
        if (kube::name_of({{"metadata", consumer}}) != kube::name_of(pod)) {
            others.push_back(consumer);
        }
    }
    const bool of_template =
        kube::find(claim, {"metadata", "annotations", "of-template"}) != nullptr;
    if (others.empty() && of_template && !wrong_.keeps_claims_of_templates) {
        server_.erase(claims, space_, kube::name_of(claim));
    } else {
        claim["status"]["reservedFor"] = others;
        if (others.empty()) {
            claim["status"] = Json::object();
        }
        server_.update(claims, claim);
    }
    schedule();
}

RunResult PlayedDra::run() {
    publish();
    const kube::Client client(server_);
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory = take_inventory(client, adapters, kube::Limit::of(seconds(10)));
    if (!inventory) {
        throw std::runtime_error(inventory.error().message);
    }
    const auto kind = chosen_kind(*inventory, accelerator);
    if (!kind) {
        throw std::runtime_error(kind.error());
    }
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.35");
    plan.profile.observe_s = 1;
    plan.select = {"dra_support"};
    plan.catalog = catalog();
    plan.images = {{"core", "r/core"}, {"visible", "r/visible"}, {"legacy", "r/legacy"}};
    plan.timeout = seconds(20);
    plan.namespace_name = namespace_name;
    Silent silent;
    return Runner(client, *inventory, *kind, silent).run(plan, "r2d2", {});
}

}  // namespace assay
