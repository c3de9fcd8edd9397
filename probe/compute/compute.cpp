// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/compute.h"

#include <stdexcept>

#include "probe/compute/device_choice.h"
#include "probe/compute/xid.h"

namespace assay::probe::compute {

namespace {

const char* name_of(ComputeVerb verb) {
    switch (verb) {
        case ComputeVerb::gemm:
            return "gemm";
        case ComputeVerb::hbm:
            return "hbm";
        case ComputeVerb::link:
            return "link";
        case ComputeVerb::selftest:
            return "selftest";
    }
    return "";
}

const char* name_of(Examined examined) {
    return examined == Examined::gemm ? "gemm" : examined == Examined::hbm ? "hbm" : "link";
}

// The fault of the options; null if none was named.
const Fault* fault_of(ComputeVerb verb, const ComputeOptions& options) {
    if (options.fault.empty()) {
        return nullptr;
    }
    const Fault* fault = fault_named(options.fault);
    if (fault == nullptr) {
        throw std::invalid_argument("there is no fault " + options.fault);
    }
    if (verb != ComputeVerb::selftest && name_of(fault->verb) != std::string(name_of(verb))) {
        throw std::invalid_argument("the fault " + options.fault + " is for " +
                                    name_of(fault->verb));
    }
    if (verb != ComputeVerb::selftest && (options.gemm.shape || options.gemm.speed_shape)) {
        throw std::invalid_argument("a fault is planted in the default shapes alone");
    }
    return fault;
}

ComputeResult refusal(const Computed& on, const Reason& why, std::size_t limit) {
    Judgement judgement;
    judgement.against(why.verdict, why.code, why.message);
    return {.document = no_device_document(on, judgement, limit), .verdict = judgement.verdict()};
}

LinkPlan link_plan(const ComputeOptions& options, const ChosenDevice& chosen) {
    LinkPlan plan = options.link;
    plan.devices = chosen.devices;
    plan.index = options.device;
    return plan;
}

// What the driver reported meanwhile.
std::optional<Xids> against(Judgement& judgement, const XidWatch& watch) {
    const std::optional<Xids> xids = watch.take();
    for (const unsigned long long xid : xids.value_or(Xids())) {
        if (const auto reason = reason_of_xid(xid)) {
            judgement.against(reason->verdict, reason->code, reason->message);
        }
    }
    return xids;
}

ComputeResult examine(ComputeVerb verb, const ComputeOptions& options, std::size_t limit) {
    const Fault* fault = fault_of(verb, options);
    ChosenDevice chosen = choose_device(options.backend, options.device, options.kernel);
    Computed on{.verb = name_of(verb), .device = {}, .fault = options.fault, .xids = {}};
    if (!chosen.device) {
        on.device.backend = chosen.backend;
        return refusal(on, chosen.why, limit);
    }
    on.device = chosen.device->facts();
    GemmPlan gemm = options.gemm;
    gemm.other_operands = options.fault == other_operands_fault;
    gemm.reference = gemm.reference || options.fault == wrong_reference_fault;
    Device& device =
        *(chosen.device = fault == nullptr ? std::move(chosen.device)
                                           : with_fault(std::move(chosen.device), *fault));
    const std::optional<Nvml> nvml =
        on.device.simulated ? std::nullopt : std::optional<Nvml>(std::in_place);
    const XidWatch watch(nvml ? &*nvml : nullptr, on.device.uuid);
    if (verb == ComputeVerb::gemm) {
        GemmReport report = run_gemm(device, gemm, nvml ? &*nvml : nullptr);
        on.xids = against(report.judgement, watch);
        return {gemm_document(on, report, limit), report.judgement.verdict()};
    }
    if (verb == ComputeVerb::hbm) {
        HbmReport report = run_hbm(device, options.hbm);
        on.xids = against(report.judgement, watch);
        return {hbm_document(on, report, limit), report.judgement.verdict()};
    }
    LinkReport report = run_link(device, link_plan(options, chosen));
    on.xids = against(report.judgement, watch);
    return {link_document(on, report, limit), report.judgement.verdict()};
}

// What a verb says with the fault planted (null: with none).
SelfTested try_fault(const ComputeOptions& options, Examined verb, const Fault* fault) {
    SelfTested tested{.fault = fault == nullptr ? "none" : std::string(fault->name),
                      .verb = name_of(verb),
                      .expected = fault == nullptr ? Verdict::pass : fault->verdict,
                      .code = fault == nullptr ? "" : std::string(fault->code),
                      .verdict = Verdict::inconclusive,
                      .codes = {}};
    ComputeOptions one = options;
    one.gemm.warm_ups = one.hbm.warm_ups = one.link.warm_ups = 0;
    one.gemm.samples = one.hbm.samples = one.link.samples = samples_least;
    one.hbm.stream_bytes = one.hbm.pattern_bytes = one.link.bytes = mebibyte;
    one.fault = fault == nullptr ? "" : tested.fault;
    const ComputeVerb asked = verb == Examined::gemm  ? ComputeVerb::gemm
                              : verb == Examined::hbm ? ComputeVerb::hbm
                                                      : ComputeVerb::link;
    const ComputeResult result = examine(asked, one, full_limit);
    tested.verdict = result.verdict;
    const Json document = Json::parse(result.document.full);
    for (const Json& reason : document.at("reasons")) {
        tested.codes.push_back(reason.at("code"));
    }
    return tested;
}

Judgement judgement_of(const std::vector<SelfTested>& tested) {
    Judgement judgement;
    for (const SelfTested& one : tested) {
        judgement.count_examined();
        if (!one.found()) {
            judgement.against(
                Verdict::fail, one.code.empty() ? "false_alarm" : "not_found",
                one.verb + " with the fault " + one.fault + ": " + compute::name_of(one.verdict));
        }
    }
    return judgement;
}

ComputeResult selftest(const ComputeOptions& options, std::size_t limit) {
    const Fault* only = fault_of(ComputeVerb::selftest, options);
    ChosenDevice chosen = choose_device(options.backend, options.device, options.kernel);
    Computed on{.verb = "selftest", .device = {}, .fault = options.fault, .xids = {}};
    if (!chosen.device) {
        on.device.backend = chosen.backend;
        return refusal(on, chosen.why, limit);
    }
    on.device = chosen.device->facts();
    chosen.device.reset();
    ComputeOptions tried = options;
    if (!on.device.simulated) {
        // The default shapes are large there, and what finds a fault is the same for every type.
        tried.gemm.types = {NumberType::int8, NumberType::bf16};
    }
    std::vector<SelfTested> tested;
    for (const Examined verb : {Examined::gemm, Examined::hbm, Examined::link}) {
        if (only == nullptr || only->verb == verb) {
            tested.push_back(try_fault(tried, verb, nullptr));
        }
    }
    for (const Fault& fault : faults()) {
        if (only == nullptr || only == &fault) {
            tested.push_back(try_fault(tried, fault.verb, &fault));
        }
    }
    const Judgement judgement = judgement_of(tested);
    return {selftest_document(on, tested, judgement, limit), judgement.verdict()};
}

}  // namespace

ComputeResult run_compute(ComputeVerb verb, const ComputeOptions& options,
                          std::size_t summary_limit) {
    return verb == ComputeVerb::selftest ? selftest(options, summary_limit)
                                         : examine(verb, options, summary_limit);
}

}  // namespace assay::probe::compute
