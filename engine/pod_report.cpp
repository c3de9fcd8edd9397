// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>

#include "engine/pod_conditions.h"
#include "engine/scenario.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

using kube::Json;
using std::chrono::seconds;

constexpr std::size_t max_document_bytes = 64u * 1024;

NoAnswer no_answer(const kube::Error& error, std::string_view what) {
    if (error.kind == kube::Error::Kind::cancelled) {
        throw CheckEnded{"the run was interrupted"};
    }
    return {.closed = false, .reason = fmt::format("{}: {}", what, error.message)};
}

const Json* container_status(const Json& pod, std::string_view container) {
    for (const char* list :
         {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"}) {
        for (const Json& status : kube::array(pod, {"status", list})) {
            if (kube::text(status, {"name"}) == container) {
                return &status;
            }
        }
    }
    return nullptr;
}

std::string without_managed_fields(Json pod) {
    if (pod.contains("metadata")) {
        pod["metadata"].erase("managedFields");
    }
    return pod.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::expected<Json, NoAnswer> waited(const kube::Result<PodWait>& wait, std::string_view what) {
    if (!wait) {
        return std::unexpected(no_answer(wait.error(), what));
    }
    if (wait->verdict.progress == kube::Progress::impossible) {
        return std::unexpected(
            NoAnswer{.closed = is_refusal(wait->verdict.reason), .reason = wait->verdict.reason});
    }
    return wait->pod.value_or(Json());
}

// Waits for one container of one pod until its document is there.
class DocumentWait {
public:
    DocumentWait(ScenarioState& state, std::string pod, std::string container)
        : state_(&state), pod_(std::move(pod)), container_(std::move(container)) {}

    // The document's text; last_seen is the pod it came with.
    std::expected<std::string, NoAnswer> text(bool holds) {
        auto bound =
            waited(state_->view().wait_for(pod_, pod_is_bound(),
                                           state_->within(state_->setting().observe)),
                   fmt::format("not scheduled within {} s", state_->setting().observe.count()));
        return bound ? (holds ? from_log() : from_message()) : std::unexpected(bound.error());
    }

    std::optional<Json> last_seen() const { return state_->view().pod(pod_); }

private:
    std::expected<std::string, NoAnswer> from_message() {
        const auto pod = waited(state_->view().wait_for(pod_, container_has_ended(container_),
                                                        state_->within(start_limit)),
                                fmt::format("no document within {} s", start_limit.count()));
        if (!pod) {
            return std::unexpected(pod.error());
        }
        const Json* status = container_status(*pod, container_);
        const Json& ended = kube::object(*status, {"state", "terminated"});
        std::string message = kube::text(ended, {"message"});
        if (looks_like_probe_document(message)) {
            return message;
        }
        // The runtime says here why it would not start the container.
        const std::string words =
            fmt::format("the container ended with exit code {} ({}) and without a document: {}",
                        kube::integer(ended, {"exitCode"}), kube::text(ended, {"reason"}), message);
        return std::unexpected(NoAnswer{.closed = is_refusal(words), .reason = words});
    }

    std::expected<std::string, NoAnswer> from_log() {
        const auto pod = waited(state_->view().wait_for(pod_, container_is_running(container_),
                                                        state_->within(start_limit)),
                                fmt::format("not running within {} s", start_limit.count()));
        if (!pod) {
            return std::unexpected(pod.error());
        }
        const ScenarioState::Setting& setting = state_->setting();
        auto line = setting.client->follow_log_until(
            setting.placement.namespace_name, pod_, container_, max_document_bytes,
            looks_like_probe_document, state_->within(state_->setting().observe));
        return line ? std::expected<std::string, NoAnswer>(*line)
                    : std::unexpected(no_answer(line.error(), "no document in the log"));
    }

    ScenarioState* state_;
    std::string pod_;
    std::string container_;
};

Provenance provenance_of(const std::optional<Json>& pod, const std::string& name,
                         std::string_view container, const ScenarioState& state) {
    Provenance result;
    result.namespace_name = state.setting().placement.namespace_name;
    result.pod = name;
    result.container = container;
    if (pod) {
        result.pod_uid = kube::uid_of(*pod);
        result.node = kube::text(*pod, {"spec", "nodeName"});
        result.runtime_class = kube::text(*pod, {"spec", "runtimeClassName"});
        if (const Json* status = container_status(*pod, container)) {
            result.image = kube::text(*status, {"imageID"});
        }
    }
    result.simulated = state.simulated_on(result.node);
    return result;
}

const Json& container_in(const Json& pod, std::string_view container) {
    for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
        for (const Json& one : kube::array(pod, {"spec", list})) {
            if (kube::text(one, {"name"}) == container) {
                return one;
            }
        }
    }
    return kube::object(pod, {"spec", "no such container"});
}

// Whether all that was asked is there; the API server adds its defaults.
bool includes(const Json& there, const Json& asked) {
    if (!asked.is_object()) {
        return there == asked;
    }
    return std::ranges::all_of(asked.items(), [&](const auto& member) {
        return there.contains(member.key()) && includes(there[member.key()], member.value());
    });
}

// The first of what was asked that is not there; nullptr if all is.
const Json* missing(const Json& asked, const Json& there) {
    for (const Json& one : asked) {
        if (std::ranges::none_of(there, [&](const Json& other) { return includes(other, one); })) {
            return &one;
        }
    }
    return nullptr;
}

// How the pod that ran differs from the one that was asked for, in what the question rests on; ""
// if it does not. A webhook that takes the RuntimeClass, a variable, an annotation or a volume away
// answers another question.
std::string changed_on_the_way(const Json& asked, const Json& pod, std::string_view container) {
    const std::string wanted = kube::text(asked, {"spec", "runtimeClassName"});
    const std::string got = kube::text(pod, {"spec", "runtimeClassName"});
    if (!wanted.empty() && wanted != got) {
        return fmt::format("it ran under {} instead of RuntimeClass {}: something changed the pod",
                           got.empty() ? "the default runtime" : "RuntimeClass " + got, wanted);
    }
    for (const auto& [name, value] : kube::object(asked, {"metadata", "annotations"}).items()) {
        if (kube::text(pod, {"metadata", "annotations", name}) != value.get<std::string>()) {
            return fmt::format("it ran without its annotation {}: something changed the pod", name);
        }
    }
    if (const Json* volume = missing(kube::array(asked, {"spec", "volumes"}),
                                     kube::array(pod, {"spec", "volumes"}))) {
        return fmt::format("it ran without its volume {}: something changed the pod",
                           kube::text(*volume, {"name"}));
    }
    const Json& told = container_in(asked, container);
    const Json& ran = container_in(pod, container);
    if (const Json* variable = missing(kube::array(told, {"env"}), kube::array(ran, {"env"}))) {
        return fmt::format("it ran without its variable {}: something changed the pod",
                           kube::text(*variable, {"name"}));
    }
    if (const Json* mount =
            missing(kube::array(told, {"volumeMounts"}), kube::array(ran, {"volumeMounts"}))) {
        return fmt::format("it ran without what was to be mounted at {}: something changed the pod",
                           kube::text(*mount, {"mountPath"}));
    }
    if (const Json* argument = missing(kube::array(told, {"args"}), kube::array(ran, {"args"}))) {
        return fmt::format("it ran without its argument {}: something changed the pod",
                           argument->get<std::string>());
    }
    return {};
}

std::expected<ProbeDocument, NoAnswer> judged_document(const std::string& text) {
    auto document = parse_probe_document(text);
    if (!document) {
        return std::unexpected(NoAnswer{.closed = false, .reason = document.error()});
    }
    return *document;
}

bool is_vendor_path(const Adapter* adapter, const std::string& path) {
    return adapter != nullptr &&
           std::ranges::any_of(adapter->device_nodes,
                               [&](const DeviceNode& node) { return matches(path, node.path); });
}

}  // namespace

Report::Report(std::expected<ProbeDocument, NoAnswer> document, Provenance provenance,
               std::shared_ptr<const Testimony> testimony, const ScenarioState* state)
    : document_(std::move(document)),
      provenance_(std::move(provenance)),
      testimony_(std::move(testimony)),
      state_(state) {}

Observed<Devices> Report::opened(const Counts& counts) const {
    Observed<Devices> result{
        .value = Devices{}, .provenance = provenance_, .testimony = testimony_};
    if (!document_) {
        result.value = std::unexpected(document_.error());
        return result;
    }
    if (!document_->complete) {
        result.value = std::unexpected(NoAnswer{
            .closed = false, .reason = "the probe's lists were cut to fit; not all was reported"});
        return result;
    }
    for (const Opened& one : document_->unclear) {
        if (counts(one)) {
            result.value = std::unexpected(
                NoAnswer{.closed = false,
                         .reason = fmt::format("open of {} ended with {}, which tells neither way",
                                               one.path, one.error)});
            return result;
        }
    }
    std::map<std::string, ReachedDevice> by_number;
    for (const Opened& one : document_->reachable) {
        if (counts(one)) {
            by_number[one.number] = {one.number, one.path, one.by, one.error, {}};
        }
    }
    for (const VisibleGpu& gpu : document_->gpus) {
        if (const auto found = by_number.find(gpu.number); found != by_number.end()) {
            found->second.uuid = gpu.uuid;
        }
    }
    for (auto& [number, device] : by_number) {
        result.value->reached.push_back(std::move(device));
    }
    return result;
}

Observed<Devices> Report::reachable() const {
    return opened([&](const Opened& one) {
        return one.by == "node" && state_->numbers.is_accelerator(state_->setting().kind->adapter,
                                                                  one.number, one.path);
    });
}

Observed<Devices> Report::vendor_nodes() const {
    return opened([&](const Opened& one) {
        const Adapter* adapter = state_->setting().kind->adapter;
        return one.by == "node" && (state_->numbers.is_accelerator(adapter, one.number, one.path) ||
                                    is_vendor_path(adapter, one.path));
    });
}

Observed<Devices> Report::seen() const {
    const Adapter* adapter = state_->setting().kind->adapter;
    const bool by_variable = adapter != nullptr && !adapter->device_variables.empty();
    if (!document_ || !by_variable) {
        return reachable();
    }
    Observed<Devices> result{
        .value = Devices{}, .provenance = provenance_, .testimony = testimony_};
    if (!document_->full) {
        result.value = std::unexpected(
            NoAnswer{.closed = false, .reason = "the probe's summary has no environment"});
        return result;
    }
    for (const auto& [name, value] : document_->environment) {
        const bool shows = name.starts_with(adapter->device_variables);
        if (const PublishedDevice* device = state_->published(provenance_.node, value);
            shows && device != nullptr) {
            result.value->reached.push_back({value, name, "variable", {}, device->uuid});
        }
    }
    return result;
}

Observed<Devices> Report::guessed() const {
    Observed<Devices> result = opened([](const Opened& one) { return one.by == "mknod"; });
    if (document_ && !document_->not_tried.empty() && result.value && result.value->empty()) {
        result.value = std::unexpected(
            NoAnswer{.closed = true,
                     .reason = fmt::format("the container may not make device nodes (mknod: {})",
                                           document_->not_tried.front().error)});
    }
    return result;
}

Report Pod::report(std::string_view container) const {
    for (const std::string& one : {name_, fmt::format("{}/{}", name_, container)}) {
        if (const auto refused = state_->refused.find(one); refused != state_->refused.end()) {
            return {std::unexpected(refused->second), provenance_of({}, name_, container, *state_),
                    nullptr, state_};
        }
    }
    DocumentWait wait(*state_, name_, std::string(container));
    const auto text = wait.text(manifest_.holds(container));
    const auto pod = wait.last_seen();
    Provenance provenance = provenance_of(pod, name_, container, *state_);
    auto testimony = std::make_shared<Testimony>();
    testimony->pod = pod ? without_managed_fields(*pod) : "";
    if (!text) {
        return {std::unexpected(text.error()), std::move(provenance), std::move(testimony), state_};
    }
    testimony->document = *text;
    auto document = judged_document(*text);
    if (auto why = pod ? changed_on_the_way(manifest_.tree(), *pod, container) : std::string{};
        !why.empty()) {
        document = std::unexpected(NoAnswer{.closed = false, .reason = std::move(why)});
    }
    if (document) {
        provenance.observed_at = document->finished_at;
        provenance.document_sha256 = document->sha256;
    }
    if (document && manifest_.holds(container)) {  // an owner shows what accelerators are like here
        state_->numbers.learn(state_->setting().kind->adapter, document->reachable);
    }
    return {std::move(document), std::move(provenance), std::move(testimony), state_};
}

}  // namespace assay
