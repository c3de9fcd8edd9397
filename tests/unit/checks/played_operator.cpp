// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/checks/played_operator.h"

#include <array>

#include "checks/catalog.h"
#include "engine/runner.h"

namespace assay {

using kube::Json;

namespace {

const kube::Resource groups{"jobset.x-k8s.io", "v1alpha2", "jobsets", "JobSet", true};
const kube::Resource jobs{"batch", "v1", "jobs", "Job", true};
const kube::Resource deployments{"apps", "v1", "deployments", "Deployment", true};
const kube::Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
const kube::Resource definitions{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                 "CustomResourceDefinition", false};
const kube::Resource webhooks{"admissionregistration.k8s.io", "v1",
                              "validatingwebhookconfigurations", "ValidatingWebhookConfiguration",
                              false};
constexpr const char* space = "jobset-system";
constexpr int children = 2;

class Silent : public RunObserver {
    void check_started(const std::string&) override {}
    void progressed(const std::string&, const std::string&) override {}
    void check_settled(const RequirementResult&) override {}
};

kube::Result<kube::Response> refused(int status, const std::string& message) {
    kube::Response response;
    response.status = status;
    response.body = Json{{"kind", "Status"}, {"code", status}, {"message", message}}.dump();
    return response;
}

Json labels() {
    return {{"app.kubernetes.io/name", "jobset"}, {"control-plane", "controller-manager"}};
}

}  // namespace

PlayedOperator::PlayedOperator(Wrong wrong) : wrong_(wrong) {
    server_.update(kube::namespaces, {{"metadata", {{"name", "kube-system"}}}});
    server_.on_created(kube::namespaces, [](kube::FakeApiServer& server, const Json& made) {
        server.update(accounts,
                      {{"metadata", {{"name", "default"}, {"namespace", kube::name_of(made)}}}});
    });
    for (const kube::Resource* one : {&groups, &jobs, &deployments, &definitions, &webhooks}) {
        server_.serve_group({.name = one->group, .versions = {one->version}, .kinds = {*one}});
    }
    install();
    server_.on_request([this](const kube::Request& request) { return admission(request); });
    server_.on_created(groups,
                       [this](kube::FakeApiServer&, const Json& group) { reconcile(group); });
    server_.on_patched(groups, [this](kube::FakeApiServer& server, const Json& group) {
        for (Json job : server.stored(jobs)) {
            job["spec"]["suspend"] = !wrong_.ignores_scale && group["spec"].value("suspend", false);
            server.update(jobs, job);
        }
    });
    server_.on_removed(jobs, [this](kube::FakeApiServer& server, const Json& job) {
        for (const Json& group : server.stored(groups)) {
            if (!wrong_.never_heals) {
                make_child(group, job["spec"]["index"].get<int>());
            }
        }
    });
    server_.on_removed(groups, [this](kube::FakeApiServer& server, const Json&) {
        for (const Json& job : server.stored(jobs)) {
            if (!wrong_.leaves_orphans) {
                server.erase(jobs, kube::namespace_of(job), kube::name_of(job));
            }
        }
    });
    server_.on_removed(kube::pods, [this](kube::FakeApiServer& server, const Json&) {
        server.update(kube::pods, own_pod("controller-again"));
    });
}

void PlayedOperator::install() {
    server_.update(definitions,
                   {{"metadata", {{"name", "jobsets.jobset.x-k8s.io"}}},
                    {"status",
                     {{"conditions",
                       Json::array({{{"type", "Established"},
                                     {"status", wrong_.not_established ? "False" : "True"}}})}}}});
    const int replicas = wrong_.no_replica ? 0 : 1;
    server_.update(deployments,
                   {{"metadata",
                     {{"name", "controller"},
                      {"namespace", space},
                      {"generation", 1},
                      {"labels", wrong_.not_labelled ? Json::object() : labels()}}},
                    {"spec", {{"replicas", replicas}, {"selector", {{"matchLabels", labels()}}}}},
                    {"status", {{"readyReplicas", replicas}, {"observedGeneration", 1}}}});
    server_.update(kube::pods, own_pod("controller"));
    if (!wrong_.not_registered) {
        register_webhook();
    }
}

void PlayedOperator::register_webhook() {
    const Json rule{{"apiGroups", {"jobset.x-k8s.io"}}, {"resources", {"jobsets"}}};
    server_.update(
        webhooks,
        {{"metadata", {{"name", "jobset"}}},
         {"webhooks",
          Json::array({{{"name", "vjobset.kb.io"},
                        {"failurePolicy", wrong_.fails_open ? "Ignore" : "Fail"},
                        {"clientConfig", {{"service", {{"namespace", space}, {"name", "hook"}}}}},
                        {"rules", Json::array({rule})}}})}});
}

std::optional<kube::Result<kube::Response>> PlayedOperator::admission(
    const kube::Request& request) const {
    if (request.method != "POST" || request.path.find("/jobsets") == std::string::npos) {
        return std::nullopt;
    }
    if (wrong_.unreachable) {
        return refused(500,
                       "Internal error occurred: failed calling webhook \"vjobset.kb.io\": "
                       "x509: certificate signed by unknown authority");
    }
    if (wrong_.accepts_invalid || wrong_.not_registered ||
        request.body.find("no-such-job") == std::string::npos) {
        return std::nullopt;
    }
    if (wrong_.only_schema) {
        return refused(422, "JobSet is invalid: spec.successPolicy: Too many: 1");
    }
    return refused(403, std::string("admission webhook \"") +
                            (wrong_.denied_by_another ? "policy.example.com" : "vjobset.kb.io") +
                            "\" denied the request: no such job");
}

Json PlayedOperator::own_pod(const std::string& name) {
    return {{"metadata",
             {{"name", name}, {"namespace", space}, {"labels", labels()}, {"uid", next_uid()}}}};
}

void PlayedOperator::reconcile(const Json& group) {
    if (wrong_.never_reconciles) {
        return;
    }
    for (int index = 0; index < (wrong_.makes_one_child ? 1 : children); ++index) {
        make_child(group, index);
    }
    Json done = group;
    done["status"]["replicatedJobsStatus"] = Json::array({{{"name", "w"}, {"ready", children}}});
    server_.update(groups, done);
}

void PlayedOperator::make_child(const Json& group, int index) {
    const Json owner{
        {"kind", "JobSet"}, {"name", kube::name_of(group)}, {"uid", kube::uid_of(group)}};
    server_.update(jobs, {{"metadata",
                           {{"name", kube::name_of(group) + "-w-" + std::to_string(index)},
                            {"namespace", kube::namespace_of(group)},
                            {"uid", next_uid()},
                            {"ownerReferences", Json::array({owner})}}},
                          {"spec", {{"index", index}}}});
}

RunResult PlayedOperator::run(Changes allowed, std::vector<Component> components) {
    static const std::vector<Adapter> adapters = *load_adapters();
    const kube::Client client(server_);
    const auto inventory =
        *take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)));
    RunPlan plan;
    plan.profile = *load_profile("k8s-ai-1.37");
    plan.profile.observe_s = 1;
    plan.select = {"robust_controller"};
    static constexpr std::array catalog{&robust_controller};
    plan.catalog = catalog;
    plan.images = {{"core", "r/core"}};
    plan.allowed = std::move(allowed);
    plan.components = std::move(components);
    Silent observer;
    return Runner(client, inventory, nullptr, observer).run(plan, "r2d2", {});
}

}  // namespace assay
