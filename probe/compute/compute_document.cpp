// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/compute_document.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace assay::probe::compute {

namespace {

constexpr double a_million = 1e6;
constexpr double a_thousand = 1e3;

// To four digits: a measure has no more, and a summary has room for no more.
double rounded(double value) {
    if (value == 0 || !std::isfinite(value)) {
        return 0;
    }
    const double scale = std::pow(10.0, 3 - std::floor(std::log10(std::fabs(value))));
    return std::round(value * scale) / scale;
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json();
}

Json median_or_null(const std::vector<unsigned>& values) {
    const std::optional<double> middle = median({values.begin(), values.end()});
    return middle ? Json(*middle) : Json();
}

List list_of(const char* key, std::vector<Json> items) {
    return {.key = key, .items = std::move(items), .named = false, .names = {}};
}

Json head_of(const Computed& on, const Judgement& judgement, const std::string& form) {
    const DeviceFacts& device = on.device;
    Json head = opening(on.verb, form);
    head["verdict"] = name_of(judgement.verdict());
    head["backend"] = device.backend;
    head["simulated"] = device.simulated;
    head["injected"] = on.fault.empty() ? Json() : Json(on.fault);
    head["device"] = {{"name", device.name.substr(0, 64)},
                      {"uuid", device.uuid},
                      {"pci_bus_id", device.pci_bus_id},
                      {"units", device.units},
                      {"compute_capability", device.compute_capability}};
    head["xids"] = on.xids ? Json(*on.xids) : Json();
    head["counts"] = {{"examined", judgement.examined()}, {"reasons", judgement.reasons().size()}};
    return head;
}

List reasons_list(const Judgement& judgement) {
    std::vector<Json> items;
    for (const Reason& reason : judgement.reasons()) {
        items.push_back({{"verdict", name_of(reason.verdict)},
                         {"code", reason.code},
                         {"message", reason.message}});
    }
    return list_of("reasons", std::move(items));
}

// Both forms: what differs between them comes from `lists(full)`.
template <typename Lists>
ComputeDocument both_forms(const Computed& on, const Judgement& judgement, const Json& more,
                           const Lists& lists, std::size_t limit) {
    Json head = head_of(on, judgement, "full");
    head.update(more);
    ComputeDocument document{.full = fit(head, lists(true), full_limit), .summary = {}};
    head["form"] = "summary";
    head["document_sha256"] = sha256_hex(document.full);
    document.summary = fit(std::move(head), lists(false), limit);
    return document;
}

// `amount` per sample; the result's unit is in the keys: NAME_best, NAME_median.
void add_rates(Json& item, const std::vector<double>& seconds, double amount,
               const std::string& name, bool full) {
    item["samples"] = seconds.size();
    const std::optional<double> middle = median(seconds);
    const double best = seconds.empty() ? 0 : *std::min_element(seconds.begin(), seconds.end());
    item[name + "_median"] = middle && *middle > 0 ? Json(rounded(amount / *middle)) : Json();
    item[name + "_best"] = best > 0 ? Json(rounded(amount / best)) : Json();
    if (full) {
        Json samples = Json::array();
        for (const double one : seconds) {
            samples.push_back(rounded(one * a_million));
        }
        item["samples_us"] = std::move(samples);
    }
}

Json exact_json(const ExactPass& pass, bool full) {
    const Verification& found = pass.found;
    Json item = {{"type", name_of(pass.type)},
                 {"pass", pass.pass},
                 {"right", found.right() && !pass.digest_differs()},
                 {"digest", found.digest},
                 {"golden", !pass.golden            ? "unknown"
                            : pass.digest_differs() ? "different"
                                                    : "equal"}};
    if (full) {
        item.update({{"kernel", pass.kernel},
                     {"m", pass.shape.m},
                     {"n", pass.shape.n},
                     {"k", pass.shape.k},
                     {"largest", pass.largest},
                     {"seed", pass.seed},
                     {"rotation", pass.rotation},
                     {"milliseconds", rounded(pass.seconds * a_thousand)},
                     {"written", found.written},
                     {"whole", found.whole},
                     {"rows", found.rows},
                     {"columns", found.columns},
                     {"wrong_rows", found.wrong_rows},
                     {"wrong_columns", found.wrong_columns}});
    }
    return item;
}

Json unit_json(std::uint32_t unit) {
    return unit == no_unit ? Json() : Json(unit);
}

List wrong_tiles_list(const std::vector<ExactPass>& passes) {
    std::vector<Json> items;
    for (const ExactPass& pass : passes) {
        for (const WrongTile& tile : pass.found.tiles) {
            items.push_back({{"type", name_of(pass.type)},
                             {"pass", pass.pass},
                             {"row", tile.row},
                             {"column", tile.column},
                             {"unit", unit_json(tile.unit)},
                             {"looked_at", tile.looked_at},
                             {"wrong", tile.wrong}});
        }
    }
    return list_of("wrong_tiles", std::move(items));
}

List wrong_elements_list(const std::vector<ExactPass>& passes) {
    std::vector<Json> items;
    for (const ExactPass& pass : passes) {
        for (const WrongElement& element : pass.found.examples) {
            items.push_back({{"type", name_of(pass.type)},
                             {"pass", pass.pass},
                             {"row", element.row},
                             {"column", element.column},
                             {"expected", element.expected},
                             {"found", element.found}});
        }
    }
    return list_of("wrong_elements", std::move(items));
}

double tera_operations(const Shape& shape) {
    return 2.0 * shape.m * shape.n * shape.k / 1e12;
}

Json reference_json(const std::optional<ReferenceSpeed>& reference, const Shape& shape) {
    if (!reference) {
        return {};
    }
    const ReferenceRun& run = reference->run;
    Json item = Json::object();
    if (!run.version.empty()) {
        item["version"] = run.version;
    }
    if (!run.left_out.empty() || !run.missing.empty()) {
        item[run.left_out.empty() ? "missing" : "left_out"] =
            run.left_out.empty() ? run.missing : run.left_out;
    } else {
        add_rates(item, run.timed.seconds, tera_operations(shape), "tera_operations_per_s", true);
        item["workspace_bytes"] = run.workspace_bytes;
    }
    if (reference->looked_at > 0) {
        item["looked_at"] = reference->looked_at;
        item["wrong"] = reference->wrong;
    }
    return item;
}

// Of the reference's speed; null unless both products were right.
Json fraction_of_reference(const SpeedOfType& speed) {
    const bool both = speed.wrong == 0 && speed.reference && speed.reference->run.missing.empty() &&
                      speed.reference->run.left_out.empty();
    const std::optional<double> own = median(speed.seconds);
    const std::optional<double> other =
        both ? median(speed.reference->run.timed.seconds) : std::nullopt;
    return own && other && *own > 0 ? Json(rounded(*other / *own)) : Json();
}

Json speed_json(const SpeedOfType& speed, bool full) {
    const Shape& shape = speed.shape;
    const Observed& seen = speed.observed;
    Json item = {{"type", name_of(speed.type)}, {"kernel", speed.kernel}};
    add_rates(item, speed.seconds, tera_operations(shape), "tera_operations_per_s", full);
    const Json mhz = median_or_null(seen.sm_mhz);
    const Json& rate = item["tera_operations_per_s_median"];
    item["tera_operations_per_s_at_1ghz"] =
        mhz.is_null() || rate.is_null() || mhz == 0
            ? Json()
            : Json(rounded(rate.get<double>() * a_thousand / mhz.get<double>()));
    item["sm_mhz_median"] = mhz;
    item["power_mw_median"] = median_or_null(seen.power_mw);
    item["throttle_reasons"] = or_null(seen.throttle_reasons);
    item["wrong"] = speed.wrong;
    item["fraction_of_cublaslt"] = fraction_of_reference(speed);
    if (full) {
        item["cublaslt"] = reference_json(speed.reference, shape);
        item.update({{"m", shape.m},
                     {"n", shape.n},
                     {"k", shape.k},
                     {"input_kind", "random"},
                     {"looked_at", speed.looked_at},
                     {"celsius_median", median_or_null(seen.celsius)}});
    }
    return item;
}

std::vector<Json> suspects_json(const std::vector<Suspect>& suspects) {
    std::vector<Json> items;
    for (const Suspect& suspect : suspects) {
        items.push_back({{"type", name_of(suspect.type)},
                         {"kind", suspect.kind},
                         {"unit", or_null(suspect.unit)}});
    }
    return items;
}

std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(value));
    return text;
}

Json stream_json(const StreamSpeed& speed, bool full) {
    Json item = {{"kind", speed.kind == Stream::copy ? "copy" : "triad"},
                 {"bytes_moved", speed.bytes_moved}};
    add_rates(item, speed.seconds, static_cast<double>(speed.bytes_moved) / 1e9, "gb_per_s", full);
    item["looked_at"] = speed.looked_at;
    item["wrong"] = speed.wrong;
    return item;
}

Json pattern_json(const PatternPass& pass, bool full) {
    Json item = {{"seed", pass.seed},
                 {"bytes", pass.words * sizeof(std::uint64_t)},
                 {"bytes_verified", pass.checked * sizeof(std::uint64_t)},
                 {"wrong_words", pass.wrong},
                 {"control_found", pass.control_found}};
    if (full) {
        Json examples = Json::array();
        for (const HeldMemory::Wrong& wrong : pass.examples) {
            examples.push_back({{"byte", wrong.word * sizeof(std::uint64_t)},
                                {"expected", hex(wrong.expected)},
                                {"found", hex(wrong.found)}});
        }
        item["wrong"] = std::move(examples);
    }
    return item;
}

Json transfer_json(const TransferSpeed& speed, bool full) {
    Json item = {{"way", speed.way}};
    if (speed.peer) {
        item["peer"] = *speed.peer;
        item["reachable"] = speed.reachable;
    }
    item["bytes_moved"] = speed.bytes_moved;
    add_rates(item, speed.seconds, static_cast<double>(speed.bytes_moved) / 1e9, "gb_per_s", full);
    item["words"] = speed.words;
    item["wrong_words"] = speed.wrong;
    return item;
}

template <typename Items, typename ToJson>
std::vector<Json> each(const Items& items, const ToJson& to_json, bool full) {
    std::vector<Json> all;
    for (const auto& item : items) {
        all.push_back(to_json(item, full));
    }
    return all;
}

}  // namespace

ComputeDocument gemm_document(const Computed& on, const GemmReport& report, std::size_t limit) {
    const auto lists = [&](bool full) -> std::vector<List> {
        return {reasons_list(report.judgement),
                list_of("suspects", suspects_json(report.suspects)),
                list_of("exact", each(report.exact, exact_json, full)),
                list_of("speed", each(report.speed, speed_json, full)),
                wrong_tiles_list(report.exact),
                wrong_elements_list(report.exact)};
    };
    return both_forms(on, report.judgement, Json::object(), lists, limit);
}

ComputeDocument hbm_document(const Computed& on, const HbmReport& report, std::size_t limit) {
    const auto lists = [&](bool full) -> std::vector<List> {
        return {reasons_list(report.judgement),
                list_of("streams", each(report.streams, stream_json, full)),
                list_of("patterns", each(report.patterns, pattern_json, full))};
    };
    const Json more = {{"fraction_of_free", report.fraction_of_free
                                                ? Json(rounded(*report.fraction_of_free))
                                                : Json()}};
    return both_forms(on, report.judgement, more, lists, limit);
}

ComputeDocument link_document(const Computed& on, const LinkReport& report, std::size_t limit) {
    const auto lists = [&](bool full) -> std::vector<List> {
        return {reasons_list(report.judgement),
                list_of("transfers", each(report.transfers, transfer_json, full))};
    };
    const Json more = {{"numa_node", or_null(on.device.numa_node)},
                       {"host_memory_is_local", or_null(on.device.host_memory_is_local)}};
    return both_forms(on, report.judgement, more, lists, limit);
}

bool SelfTested::found() const {
    return verdict == expected &&
           (code.empty() ? codes.empty()
                         : std::find(codes.begin(), codes.end(), code) != codes.end());
}

ComputeDocument selftest_document(const Computed& on, const std::vector<SelfTested>& tested,
                                  const Judgement& judgement, std::size_t limit) {
    const auto to_json = [](const SelfTested& one, bool full) {
        Json item = {{"fault", one.fault}, {"found", one.found()}};
        if (full) {
            item.update({{"examined", one.verb},
                         {"verdict", name_of(one.verdict)},
                         {"expected", name_of(one.expected)},
                         {"expected_code", one.code},
                         {"codes", one.codes}});
        }
        return item;
    };
    const auto lists = [&](bool full) -> std::vector<List> {
        return {reasons_list(judgement), list_of("faults", each(tested, to_json, full))};
    };
    return both_forms(on, judgement, Json::object(), lists, limit);
}

ComputeDocument no_device_document(const Computed& on, const Judgement& judgement,
                                   std::size_t limit) {
    const auto lists = [&](bool) -> std::vector<List> { return {reasons_list(judgement)}; };
    return both_forms(on, judgement, Json::object(), lists, limit);
}

}  // namespace assay::probe::compute
