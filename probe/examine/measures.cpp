// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/examine/measures.h"

#include <algorithm>
#include <cmath>

namespace assay::probe::examine {

namespace {

const Json& list_in(const Json& document, const char* key) {
    static const Json none = Json::array();
    return document.is_object() && document.contains(key) ? document.at(key) : none;
}

// To four digits, as the documents have it.
double rounded(double value) {
    if (value <= 0 || !std::isfinite(value)) {
        return 0;
    }
    const double scale = std::pow(10.0, 3 - std::floor(std::log10(value)));
    return std::round(value * scale) / scale;
}

// `amount` of work per sample, a million times of which is one in a second.
std::vector<double> rates(const Json& item, double amount) {
    std::vector<double> result;
    for (const Json& us : list_in(item, "samples_us")) {
        if (us.is_number() && us.get<double>() > 0) {
            result.push_back(rounded(amount / us.get<double>()));
        }
    }
    return result;
}

// A profile's floor names the type, so it is always the same one: bf16, and fp16 where a device
// (sm_75) has no bf16.
void add_gemm(const Json& document, std::vector<Measure>& into) {
    for (const char* type : {"bf16", "fp16"}) {
        for (const Json& one : list_in(document, "speed")) {
            if (one.at("type") == type) {
                const double operations = 2.0 * one.at("m").get<double>() *
                                          one.at("n").get<double>() * one.at("k").get<double>();
                into.push_back({std::string("gemm_") + type, "tera_operations_per_s",
                                rates(one, operations / 1e6)});
                return;
            }
        }
    }
}

std::vector<double> gb_per_s(const Json& item) {
    return rates(item, item.at("bytes_moved").get<double>() / 1e3);
}

double middle_of(std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    return samples.empty() ? 0 : samples[samples.size() / 2];
}

// Of several peers the slowest: the one that an all-reduce waits for.
void add_link(const Json& document, std::vector<Measure>& into) {
    Measure slowest{.name = "slowest_peer", .unit = "gb_per_s", .samples = {}};
    for (const Json& one : list_in(document, "transfers")) {
        const std::string way = one.at("way");
        std::vector<double> samples = gb_per_s(one);
        if (way == "host_to_device" || way == "device_to_host") {
            into.push_back({way, "gb_per_s", std::move(samples)});
        } else if (way == "peer" && one.value("reachable", false) &&
                   (slowest.samples.empty() || middle_of(samples) < middle_of(slowest.samples))) {
            slowest.samples = std::move(samples);
        }
    }
    if (!slowest.samples.empty()) {
        into.push_back(std::move(slowest));
    }
}

}  // namespace

std::vector<Measure> measures_of(const Json& gemm, const Json& hbm, const Json& link) {
    std::vector<Measure> result;
    add_gemm(gemm, result);
    for (const Json& one : list_in(hbm, "streams")) {
        result.push_back({"hbm_" + one.at("kind").get<std::string>(), "gb_per_s", gb_per_s(one)});
    }
    add_link(link, result);
    return result;
}

std::vector<double> some_of(const std::vector<double>& samples) {
    if (samples.size() <= samples_in_summary) {
        return samples;
    }
    std::vector<double> result;
    for (std::size_t i = 0; i < samples_in_summary; ++i) {
        result.push_back(samples[i * (samples.size() - 1) / (samples_in_summary - 1)]);
    }
    return result;
}

}  // namespace assay::probe::examine
