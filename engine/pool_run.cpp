// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/pool_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <thread>

#include "engine/pod_conditions.h"
#include "engine/pool_pods.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

using kube::Json;
using std::chrono::seconds;
using std::chrono::steady_clock;

// At least so many in flight keep an API server busy (5,000 pods on 5,000 nodes in 21 s, where the
// scheduler is what takes the time).
constexpr std::size_t creates_at_a_time = 32;
constexpr int unread_logs_at_most = 3;
constexpr seconds tick{1};
constexpr seconds told_every{5};
// A document has at most 64 KiB; the rest is for what its parts complain of.
constexpr std::size_t max_log_bytes = 128u * 1024;

class PoolRun {
public:
    PoolRun(ScenarioState& state, const PodManifest& manifest, const std::vector<NodeShare>& shares,
            std::optional<int> most)
        : state_(state), manifest_(manifest), most_(most), pods_(shares) {
        for (PoolPod& pod : pods_.all()) {
            pod.name = own_name(manifest_for(pod.share).name(), state_.setting().placement);
        }
        pods_.index();
    }

    void carry_out(const std::string& too_many, const ToldOfNode& told) {
        make_claim_templates();
        for (std::size_t i = 0; i < pods_.all().size(); ++i) {
            if (most_ && pods_.all()[i].share.accelerators > *most_) {
                pods_.end(i, {.closed = false, .reason = too_many});
            }
        }
        const std::jthread watch([this](const std::stop_token& stop) { follow(stop); });
        std::vector<std::jthread> creators;
        for (std::size_t i = 0; i < std::min(creates_at_a_time, pods_.all().size()); ++i) {
            creators.emplace_back([this](const std::stop_token& stop) { create_some(stop); });
        }
        tell_all(told);
    }

private:
    const ScenarioState::Setting& setting() const { return state_.setting(); }

    // A pod is called by its node; a name may be as long as a pod's may, and there is more to it.
    PodManifest manifest_for(const NodeShare& share) const {
        constexpr std::size_t longest = 200;
        std::vector<std::string> arguments{"--accelerators", std::to_string(share.accelerators)};
        if (const std::string& prefix = setting().placement.device_variables; !prefix.empty()) {
            arguments.insert(arguments.end(), {"--name-variables", prefix});
        }
        // A processor stands in for an accelerator only where everything is simulated: elsewhere a
        // driver that is not there is no answer, and never a pass.
        const Adapter* adapter = setting().kind->adapter;
        if (adapter != nullptr && !state_.simulated_on(share.node)) {
            arguments.insert(arguments.end(), {"--backend", adapter->compute});
        }
        return manifest_.named(share.node.substr(0, longest))
            .on(share.node)
            .arguments(pool_container, arguments);
    }

    Placement placement_for(const NodeShare& share) const {
        Placement placement = setting().placement;
        placement.devices = share.accelerators;
        // The template for one is there from the start.
        placement.claim_suffix =
            share.accelerators == 1 ? "" : fmt::format("-{}", share.accelerators);
        return placement;
    }

    // One for each number of accelerators that a node has.
    void make_claim_templates() {
        std::set<int> made{1};
        for (const PoolPod& pod : pods_.all()) {
            if (made.insert(pod.share.accelerators).second) {
                const auto created = state_.create_claim_templates(placement_for(pod.share));
                if (!created) {
                    throw CheckEnded{"a ResourceClaimTemplate could not be created: " +
                                     created.error().message};
                }
            }
        }
    }

    void follow(const std::stop_token& stop) {
        pods_.follow_until(stop);
        const kube::Selection selection{
            .labels = fmt::format("app.kubernetes.io/instance={},app.kubernetes.io/component={}",
                                  setting().placement.run_id, setting().placement.requirement),
            .fields = {}};
        const auto ended =
            kube::follow(*setting().client, kube::pods, setting().placement.namespace_name,
                         selection, pods_, {setting().limit.deadline, stop});
        if (!ended && ended.error().kind != kube::Error::Kind::cancelled) {
            pods_.fail("the pods could not be watched: " + ended.error().message);
        }
    }

    void create_some(const std::stop_token& stop) {
        while (const auto index = pods_.next(most_, stop)) {
            const NodeShare share = pods_.share(*index);
            Json tree = placed_pod(manifest_for(share), placement_for(share));
            const auto created =
                setting().creator->create(kube::pods, setting().placement.namespace_name,
                                          std::move(tree), {setting().limit.deadline, stop});
            if (!created) {
                pods_.end(*index,
                          {.closed = false,
                           .reason = "the pod could not be created: " + created.error().message});
            }
        }
    }

    void tell_all(const ToldOfNode& told) {
        const kube::Limit& limit = setting().limit;
        auto last_told = steady_clock::now();
        std::size_t done = 0;
        while (done < pods_.all().size()) {
            for (PoolEnding& ending :
                 pods_.ended_by(std::min(limit.deadline, steady_clock::now() + tick), limit.stop)) {
                ++done;
                told(report_of(std::move(ending)));
            }
            if (limit.stop.stop_requested()) {
                throw CheckEnded{"the run was interrupted"};
            }
            if (steady_clock::now() >= limit.deadline) {
                return;
            }
            pods_.give_up_overdue(setting().observe);
            if (steady_clock::now() - last_told >= told_every) {
                last_told = steady_clock::now();
                setting().progress(
                    fmt::format("{} of {} nodes have answered", done, pods_.all().size()));
            }
        }
    }

    NodeReport report_of(PoolEnding ending) {
        const PoolPod& pod = pods_.all()[ending.index];
        Provenance provenance;
        provenance.namespace_name = setting().placement.namespace_name;
        provenance.pod = pod.name;
        provenance.container = pool_container;
        provenance.pod_uid = kube::uid_of(ending.pod);
        provenance.node = pod.share.node;
        provenance.image = image_of(ending.pod);
        provenance.simulated = state_.simulated_on(pod.share.node);
        NodeReport report{.asked = pod.share,
                          .examination = {.value = std::unexpected(NoAnswer{}),
                                          .provenance = std::move(provenance),
                                          .testimony = {}}};
        Observed<Examination>& seen = report.examination;
        if (!ending.message) {
            seen.value = std::unexpected(ending.message.error());
            keep(seen, ending.pod, {});
            return report;
        }
        std::string document = *ending.message;
        seen.value = examined(document, pod);
        if (!seen.value || seen.value->verdict != "passed" || !seen.value->complete) {
            // What did not pass is looked at whole; what only has no room in a summary, too. Where
            // kubelets do not answer, a summary that is complete does without.
            const bool dispensable = seen.value && seen.value->complete;
            const bool futile = dispensable && unread_logs_ >= unread_logs_at_most;
            if (auto whole = futile ? std::nullopt : whole_document(pod.name)) {
                document = *std::move(whole);
                seen.value = examined(document, pod);
            }
            keep(seen, ending.pod, document);
        }
        if (seen.value) {
            seen.provenance.simulated = seen.provenance.simulated || seen.value->simulated;
            seen.provenance.observed_at = seen.value->finished_at;
            seen.provenance.document_sha256 = seen.value->sha256;
        }
        return report;
    }

    static void keep(Observed<Examination>& seen, const Json& pod, const std::string& document) {
        seen.testimony = std::make_shared<Testimony>(Testimony{
            .pod = pod.is_null() ? "" : pod.dump(-1, ' ', false, Json::error_handler_t::replace),
            .document = document,
            .objects = {}});
    }

    static std::expected<Examination, NoAnswer> examined(const std::string& document,
                                                         const PoolPod& pod) {
        auto parsed = parse_examination(document);
        if (!parsed) {
            return std::unexpected(NoAnswer{.closed = false, .reason = parsed.error()});
        }
        const auto count = static_cast<std::size_t>(pod.share.accelerators);
        if (parsed->accelerators.size() > count) {
            return std::unexpected(NoAnswer{
                .closed = false,
                .reason = fmt::format("the probe tells of {} accelerators and was to examine {}",
                                      parsed->accelerators.size(), count)});
        }
        return *std::move(parsed);
    }

    // From its beginning: a kubelet that is asked for the last line of a log counts the parts of 16
    // KiB that the runtime cuts a line into.
    std::optional<std::string> whole_document(const std::string& pod) {
        const auto log =
            setting().client->log(setting().placement.namespace_name, pod, pool_container,
                                  max_log_bytes, state_.within(setting().observe));
        unread_logs_ = log ? 0 : unread_logs_ + 1;
        std::istringstream lines(log ? *log : std::string());
        for (std::string line; std::getline(lines, line);) {
            if (looks_like_probe_document(line)) {
                return line;
            }
        }
        return std::nullopt;
    }

    ScenarioState& state_;
    const PodManifest& manifest_;
    std::optional<int> most_;
    PoolPods pods_;
    int unread_logs_ = 0;  // in a row
};

}  // namespace

void examine_nodes(ScenarioState& state, const PodManifest& manifest,
                   const std::vector<NodeShare>& shares, std::optional<int> most,
                   const std::string& too_many, const ToldOfNode& told) {
    PoolRun(state, manifest, shares, most).carry_out(too_many, told);
}

}  // namespace assay
