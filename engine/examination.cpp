// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/examination.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/digest.h"
#include "kube/json.h"

namespace assay {

namespace {

using kube::Json;

// No node has more; what claims so is none of the probe's.
constexpr std::size_t most_accelerators = 256;
constexpr std::size_t most_measures = 32;
constexpr std::size_t most_samples = 1000;
constexpr std::size_t most_reasons = 1024;
constexpr std::size_t longest_text = 256;

std::string short_text(const Json& object, std::string_view key) {
    return kube::text(object, {key}).substr(0, longest_text);
}

PartVerdict verdict_in(const Json& object, std::string_view key) {
    const std::string word = kube::text(object, {key});
    for (const PartVerdict one :
         {PartVerdict::passed, PartVerdict::failed, PartVerdict::inconclusive}) {
        if (word == to_string(one)) {
            return one;
        }
    }
    return PartVerdict::absent;
}

std::vector<std::vector<double>> samples_in(const Json& object) {
    std::vector<std::vector<double>> result;
    for (const Json& list : kube::array(object, {"samples"})) {
        std::vector<double>& samples = result.emplace_back();
        if (!list.is_array()) {
            continue;
        }
        for (const Json& one : list) {
            if (one.is_number() && std::isfinite(one.get<double>()) &&
                samples.size() < most_samples) {
                samples.push_back(one.get<double>());
            }
        }
    }
    return result;
}

ExaminedAccelerator accelerator_in(const Json& object) {
    return {.index = static_cast<int>(kube::integer(object, {"index"}, -1)),
            .uuid = short_text(object, "uuid"),
            .name = short_text(object, "name"),
            .shown_as = short_text(object, "shown_as"),
            .facts = verdict_in(object, "facts"),
            .gemm = verdict_in(object, "gemm"),
            .hbm = verdict_in(object, "hbm"),
            .link = verdict_in(object, "link"),
            .others = static_cast<int>(kube::integer(object, {"others"})),
            .samples = samples_in(object)};
}

ExaminedReason reason_in(const Json& object) {
    return {.accelerator = static_cast<int>(kube::integer(object, {"accelerator"}, -1)),
            .part = short_text(object, "part"),
            .verdict = verdict_in(object, "verdict"),
            .code = short_text(object, "code"),
            .message = short_text(object, "message")};
}

void read_lists(const Json& document, Examination& into) {
    for (const Json& one : kube::array(document, {"measures"})) {
        into.measures.push_back({short_text(one, "name"), short_text(one, "unit")});
    }
    for (const Json& one : kube::array(document, {"accelerators"})) {
        into.accelerators.push_back(accelerator_in(one));
    }
    for (const Json& one : kube::array(document, {"reasons"})) {
        into.reasons.push_back(reason_in(one));
    }
}

bool counted(const Json& document, std::string_view key, std::size_t listed) {
    return kube::integer(document, {"counts", key}, -1) == static_cast<std::int64_t>(listed);
}

// Each once, in their order, and with samples of each measure.
bool in_order(const Examination& examination) {
    int expected = 0;
    return std::ranges::all_of(examination.accelerators, [&](const ExaminedAccelerator& one) {
        return one.index == expected++ && one.samples.size() == examination.measures.size();
    });
}

}  // namespace

std::string_view to_string(PartVerdict verdict) {
    constexpr std::array<std::string_view, 4> words{"passed", "failed", "inconclusive", "absent"};
    return words.at(static_cast<std::size_t>(verdict));
}

std::string ExaminedAccelerator::describe() const {
    const std::string& id = uuid.empty() ? shown_as : uuid;
    return id.empty() ? fmt::format("accelerator {}", index)
                      : fmt::format("accelerator {} ({})", index, id);
}

std::string Examination::describe() const {
    return fmt::format("{} accelerator(s) examined on {}: {}{}", accelerators.size(),
                       backend.empty() ? "nothing" : backend, verdict,
                       injected.empty() ? "" : "; with the planted fault " + injected);
}

std::expected<Examination, std::string> parse_examination(std::string_view text) {
    const kube::Result<Json> parsed = kube::parse(text);
    if (!parsed) {
        return std::unexpected("the probe's document is not JSON: " + parsed.error().message);
    }
    const Json& document = *parsed;
    if (kube::text(document, {"schema"}) != "assay.probe/v1" ||
        kube::text(document, {"verb"}) != "examine") {
        return std::unexpected("the document is not that of the probe's verb examine");
    }
    if (kube::array(document, {"accelerators"}).size() > most_accelerators ||
        kube::array(document, {"measures"}).size() > most_measures ||
        kube::array(document, {"reasons"}).size() > most_reasons) {
        return std::unexpected("the probe's document lists more than a node can have");
    }
    Examination result;
    result.backend = short_text(document, "backend");
    result.simulated = kube::boolean(document, {"simulated"});
    result.injected = short_text(document, "injected");
    result.driver_version = short_text(document, "driver_version");
    result.verdict = short_text(document, "verdict");
    result.gpus = static_cast<int>(kube::integer(document, {"counts", "gpus"}, -1));
    result.full = kube::text(document, {"form"}) == "full";
    result.finished_at = short_text(document, "finished_at");
    result.sha256 = sha256_hex(text);
    read_lists(document, result);
    if (!in_order(result)) {
        return std::unexpected("the probe's document does not list its accelerators in order");
    }
    result.complete = counted(document, "accelerators", result.accelerators.size()) &&
                      counted(document, "reasons", result.reasons.size());
    return result;
}

}  // namespace assay
