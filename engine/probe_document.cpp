// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/probe_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/digest.h"
#include "kube/json.h"

namespace assay {

namespace {

using kube::Json;

constexpr std::size_t longest_path = 4096;  // PATH_MAX of Linux, with its end

std::vector<Opened> opened_in(const Json& document, std::string_view list) {
    std::vector<Opened> result;
    for (const Json& one : kube::array(document, {list})) {
        result.push_back({.number = kube::text(one, {"number"}),
                          .path = kube::text(one, {"path"}),
                          .by = kube::text(one, {"by"}),
                          .error = kube::text(one, {"errno"})});
    }
    return result;
}

std::vector<VisibleGpu> gpus_in(const Json& document) {
    std::vector<VisibleGpu> result;
    for (const Json& one : kube::array(document, {"gpus"})) {
        result.push_back({.uuid = kube::text(one, {"uuid"}),
                          .number = kube::text(one, {"number"}),
                          .pci_bus_id = kube::text(one, {"pci_bus_id"}),
                          .name = kube::text(one, {"name"})});
    }
    return result;
}

// A document that claims to be complete lists what it counts.
std::string contradiction(const ProbeDocument& document) {
    const auto listed = static_cast<std::int64_t>(document.reachable.size());
    if (document.verb != "isolate" || !document.complete || document.reachable_count == listed) {
        return {};
    }
    return fmt::format("the probe's document counts {} reachable devices and lists {}",
                       document.reachable_count, listed);
}

// What is longer names no device node, and would be matched against an adapter's expressions at a
// depth of its length.
bool names_a_node(const Opened& one) {
    return one.path.size() < longest_path && one.number.size() < longest_path;
}

bool all_name_nodes(const ProbeDocument& document) {
    return std::ranges::all_of(document.reachable, names_a_node) &&
           std::ranges::all_of(document.unclear, names_a_node) &&
           std::ranges::all_of(document.not_tried, names_a_node);
}

OpenedHandle opened_handle_in(const kube::Json& opened) {
    return {.answer = kube::text(opened, {"answer"}),
            .words = kube::text(opened, {"words"}),
            .begins = kube::text(opened, {"begins"})};
}

void take_memory(const kube::Json& document, ProbeDocument& result) {
    if (const kube::Json* shared = kube::find(document, {"shared_memory"})) {
        result.shared_memory = {
            .uuid = kube::text(*shared, {"uuid"}),
            .marked_bytes = kube::integer(*shared, {"marked_bytes"}),
            .handle = kube::text(*shared, {"handle"}),
            .second_process = opened_handle_in(kube::object(*shared, {"second_process"})),
            .why = kube::text(*shared, {"why"})};
    }
    if (const kube::Json* searched = kube::find(document, {"searched_memory"})) {
        result.searched_memory = {.uuid = kube::text(*searched, {"uuid"}),
                                  .total_bytes = kube::integer(*searched, {"total_bytes"}),
                                  .searched_bytes = kube::integer(*searched, {"searched_bytes"}),
                                  .found_bytes = kube::integer(*searched, {"found_bytes"}),
                                  .why = kube::text(*searched, {"why"})};
    }
    if (const kube::Json* opened = kube::find(document, {"opened_handle"})) {
        result.opened_handle = opened_handle_in(*opened);
    }
}

}  // namespace

std::string ProbeLoad::describe() const {
    return fmt::format("{} bytes of memory and products of matrices, on {}", memory_bytes, backend);
}

std::string OpenedHandle::describe() const {
    return fmt::format("{}{}{}{}{}", answer, words.empty() ? "" : ": ", words,
                       begins.empty() ? "" : ", and read: ", begins);
}

std::string SearchedMemory::describe() const {
    return fmt::format("{} bytes of it in {} searched of {}", found_bytes, searched_bytes,
                       total_bytes);
}

bool looks_like_probe_document(std::string_view line) {
    return line.starts_with('{') && line.find("\"assay.probe/v1\"") != std::string_view::npos;
}

std::expected<ProbeDocument, std::string> parse_probe_document(std::string_view text) {
    const kube::Result<Json> parsed = kube::parse(text);
    if (!parsed) {
        return std::unexpected("the probe's document is not JSON: " + parsed.error().message);
    }
    const Json& document = *parsed;
    if (kube::text(document, {"schema"}) != "assay.probe/v1") {
        return std::unexpected("the document is not the probe's (schema is not assay.probe/v1)");
    }
    if (kube::text(document, {"verb"}) == "isolate" &&
        kube::find(document, {"counts", "reachable"}) == nullptr) {
        return std::unexpected("the probe's document lacks its counts");
    }
    ProbeDocument result;
    result.verb = kube::text(document, {"verb"});
    result.probe_version = kube::text(document, {"probe_version"});
    result.full = kube::text(document, {"form"}) == "full";
    result.complete = kube::boolean(document, {"complete"});
    result.uid = kube::integer(document, {"uid"}, -1);
    result.finished_at = kube::text(document, {"finished_at"});
    result.reachable_count = kube::integer(document, {"counts", "reachable"}, -1);
    result.unclear_count = kube::integer(document, {"counts", "unclear"}, -1);
    result.reachable = opened_in(document, "reachable");
    result.unclear = opened_in(document, "unclear");
    result.not_tried = opened_in(document, "not_tried");
    if (!all_name_nodes(result)) {
        return std::unexpected("the probe's document has a device path longer than Linux has any");
    }
    result.gpus = gpus_in(document);
    for (const auto& [name, value] : kube::object(document, {"environment"}).items()) {
        if (value.is_string()) {
            result.environment.emplace_back(name, value.get<std::string>());
        }
    }
    result.traffic = traffic_in(document);
    if (kube::find(document, {"load"}) != nullptr) {
        result.load = {.backend = kube::text(document, {"load", "backend"}),
                       .memory_bytes = kube::integer(document, {"load", "memory_bytes"}),
                       .why = kube::text(document, {"load", "why"})};
    }
    take_memory(document, result);
    if (result.verb == "allreduce") {
        result.all_reduced = all_reduced_in(document);
    }
    result.nvml = kube::text(document, {"nvml"});
    result.driver_version = kube::text(document, {"driver_version"});
    result.sha256 = sha256_hex(text);
    if (auto why = contradiction(result); !why.empty()) {
        return std::unexpected(std::move(why));
    }
    return result;
}

}  // namespace assay
