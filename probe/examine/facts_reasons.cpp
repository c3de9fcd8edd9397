// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/examine/facts_reasons.h"

#include <cstdint>

namespace assay::probe::examine {

namespace {

using compute::Reason;
using compute::Verdict;

// nvmlClocksEventReasons: slowed down by the hardware, by heat (told by software or hardware), or
// because the power supply says so. That a power cap is reached (0x4) is normal under load.
constexpr std::uint64_t hw_slowdown = 0x8, sw_thermal = 0x20, hw_thermal = 0x40, power_brake = 0x80;

// More while it computes are a fault: DCGM's diagnostic has the same bound (max_pcie_replays), and
// allows no recovery of an NVLink.
constexpr std::uint64_t most_pcie_replays = 80;

const Json& member(const Json& facts, const char* group, const char* name) {
    static const Json none;
    return facts.is_object() && facts.contains(group) && facts.at(group).is_object() &&
                   facts.at(group).contains(name)
               ? facts.at(group).at(name)
               : none;
}

bool is_true(const Json& value) {
    return value.is_boolean() && value.get<bool>();
}

void add_remaps(const Json& facts, std::vector<Reason>& into) {
    if (is_true(member(facts, "remapped_rows", "failed"))) {
        into.push_back({Verdict::fail, "remap_failed",
                        "a row of its memory could not be remapped: replace it"});
    }
    if (is_true(member(facts, "remapped_rows", "pending"))) {
        into.push_back(
            {Verdict::fail, "remap_pending", "a row of its memory waits to be remapped: reset it"});
    }
}

void add_recovery(const Json& facts, std::vector<Reason>& into) {
    const Json& action = facts.is_object() && facts.contains("recovery_action")
                             ? facts.at("recovery_action")
                             : Json();
    if (action.is_string() && action != "none" && action != "unknown") {
        into.push_back(
            {Verdict::fail, "recovery_needed", "its driver asks for " + action.get<std::string>()});
    }
}

// A difference, never a count of the device's life.
void add_uncorrected(const Json& before, const Json& after, std::vector<Reason>& into) {
    const Json& was = member(before, "ecc", "uncorrected_since_driver_load");
    const Json& is = member(after, "ecc", "uncorrected_since_driver_load");
    if (was.is_number() && is.is_number() && is.get<std::uint64_t>() > was.get<std::uint64_t>()) {
        into.push_back({Verdict::fail, "uncorrected_errors",
                        std::to_string(is.get<std::uint64_t>() - was.get<std::uint64_t>()) +
                            " uncorrected memory errors while it computed"});
    }
}

std::uint64_t count_in(const Json& value) {
    return value.is_number() ? value.get<std::uint64_t>() : 0;
}

void add_replays(const Json& before, const Json& after, std::vector<Reason>& into) {
    const Json& was = member(before, "pcie", "replays");
    const Json& is = member(after, "pcie", "replays");
    if (was.is_number() && is.is_number() && count_in(is) > count_in(was) + most_pcie_replays) {
        into.push_back({Verdict::fail, "pcie_replays",
                        std::to_string(count_in(is) - count_in(was)) +
                            " packets were sent again over PCIe while it computed"});
    }
}

const Json& links_of(const Json& facts) {
    static const Json none = Json::array();
    return facts.is_object() && facts.contains("nvlink") && facts.at("nvlink").is_array()
               ? facts.at("nvlink")
               : none;
}

void judge_link(const Json& was, const Json& is, std::vector<Reason>& into) {
    const std::string link = "NVLink " + is.at("link").dump();
    if (is_true(was.at("active")) && !is_true(is.at("active"))) {
        into.push_back({Verdict::fail, "nvlink_down", link + " went down while it computed"});
    }
    if (count_in(is.at("recoveries")) > count_in(was.at("recoveries"))) {
        into.push_back({Verdict::fail, "nvlink_recoveries",
                        link + " had to be trained anew while it computed"});
    }
}

// Of the links that are told of both times.
void add_nvlink(const Json& before, const Json& after, std::vector<Reason>& into) {
    for (const Json& is : links_of(after)) {
        for (const Json& was : links_of(before)) {
            if (was.at("link") == is.at("link")) {
                judge_link(was, is, into);
            }
        }
    }
}

// Idle links lower their generation, never their width.
void add_width(const Json& facts, std::vector<Reason>& into) {
    const Json& width = member(facts, "pcie", "width");
    const Json& most = member(facts, "pcie", "width_max");
    if (width.is_number() && most.is_number() &&
        width.get<std::uint64_t>() < most.get<std::uint64_t>()) {
        into.push_back({Verdict::fail, "narrow_link",
                        "its PCIe link has " + width.dump() + " lanes of " + most.dump()});
    }
}

void add_slowdown(const Json& gemm, std::vector<Reason>& into) {
    std::uint64_t seen = 0;
    if (gemm.is_object() && gemm.contains("speed")) {
        for (const Json& one : gemm.at("speed")) {
            const Json reasons = one.value("throttle_reasons", Json());
            seen |= reasons.is_number() ? reasons.get<std::uint64_t>() : 0;
        }
    }
    if ((seen & (hw_slowdown | sw_thermal | hw_thermal | power_brake)) != 0) {
        const bool hot = (seen & (sw_thermal | hw_thermal)) != 0;
        const bool power = (seen & power_brake) != 0;
        into.push_back({Verdict::fail, "slowed_down",
                        std::string("its clocks were lowered while it computed: ") +
                            (hot     ? "it is too hot"
                             : power ? "the power supply asked for it"
                                     : "the hardware asked for it")});
    }
}

}  // namespace

bool tells_of_health(const Json& facts) {
    return !member(facts, "remapped_rows", "failed").is_null() ||
           !member(facts, "ecc", "uncorrected_since_driver_load").is_null() ||
           (facts.is_object() && facts.contains("recovery_action") &&
            !facts.at("recovery_action").is_null());
}

std::vector<Reason> reasons_in_facts(const Json& before, const Json& after, const Json& gemm) {
    std::vector<Reason> result;
    add_remaps(after, result);
    add_recovery(after, result);
    add_uncorrected(before, after, result);
    add_replays(before, after, result);
    add_nvlink(before, after, result);
    add_width(after, result);
    add_slowdown(gemm, result);
    return result;
}

}  // namespace assay::probe::examine
