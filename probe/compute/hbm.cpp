// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/hbm.h"

#include <algorithm>
#include <random>

namespace assay::probe::compute {

namespace {

constexpr std::uint64_t elements_looked_at = 1024;
constexpr unsigned pattern_passes = 2;

std::uint64_t default_stream_bytes(const Device& device) {
    // A GiB is more than four times the largest cache there is; three arrays must fit beside
    // others.
    const std::uint64_t eighth = device.facts().free_bytes.value_or(0) / 8 / mebibyte * mebibyte;
    return device.facts().simulated ? 16 * mebibyte : std::min(1024 * mebibyte, eighth);
}

std::uint64_t default_pattern_bytes(const Device& device) {
    return device.facts().simulated ? 32 * mebibyte : device.facts().free_bytes.value_or(0);
}

// The first, the last, and others all over.
std::vector<std::uint64_t> places_in(std::uint64_t elements, std::uint64_t seed) {
    std::vector<std::uint64_t> places = {0, elements - 1};
    for (std::uint64_t index = 0; index < elements_looked_at; ++index) {
        places.push_back(mix(seed, sample_stream, index) % elements);
    }
    return places;
}

float expected_at(Stream kind, std::uint64_t index) {
    const auto from = static_cast<float>(index % from_period);
    const auto other = static_cast<float>(index % other_period);
    return kind == Stream::copy ? from : from + 3 * other;
}

void run_stream(Device& device, const HbmPlan& plan, Stream kind, HbmReport& report) {
    StreamJob job{.kind = kind,
                  .bytes = plan.stream_bytes.value_or(default_stream_bytes(device)),
                  .warm_ups = plan.warm_ups,
                  .samples = plan.samples.value_or(default_samples(device.facts())),
                  .looked_at = {}};
    job.looked_at = places_in(job.bytes / sizeof(float), std::random_device{}());
    const StreamRun run = device.stream(job);
    StreamSpeed speed{.kind = kind,
                      .bytes_moved = job.bytes * (kind == Stream::copy ? 2 : 3),
                      .seconds = run.seconds,
                      .looked_at = job.looked_at.size(),
                      .wrong = 0};
    for (std::size_t index = 0; index < job.looked_at.size(); ++index) {
        const bool right = index < run.values.size() &&
                           run.values[index] == expected_at(kind, job.looked_at[index]);
        speed.wrong += right ? 0 : 1;
    }
    const std::string which = kind == Stream::copy ? "copy" : "triad";
    if (speed.wrong > 0) {
        report.judgement.against(Verdict::fail, "wrong_" + which,
                                 std::to_string(speed.wrong) + " of " +
                                     std::to_string(speed.looked_at) + " elements are wrong");
    }
    if (speed.seconds.size() < samples_least) {
        report.judgement.against(Verdict::inconclusive, "too_few_samples",
                                 which + ": " + std::to_string(speed.seconds.size()));
    }
    report.streams.push_back(std::move(speed));
    report.judgement.count_examined();
}

// A verifier that finds nothing counts only after it has found what was made wrong on purpose.
bool finds_what_is_planted(HeldMemory& memory, std::uint64_t seed, std::uint64_t already_wrong) {
    const std::uint64_t place = mix(seed, sample_stream, std::random_device{}()) % memory.words();
    const std::uint64_t right = memory.read(place);
    memory.write(place, right ^ (std::uint64_t{1} << (place % 64)));
    const HeldMemory::Verified seen = memory.verify_pattern(seed);
    memory.write(place, right);
    const bool was_right = right == mix(seed, pattern_stream, place);
    const bool named =
        std::any_of(seen.examples.begin(), seen.examples.end(),
                    [&](const HeldMemory::Wrong& wrong) { return wrong.word == place; });
    return seen.wrong == already_wrong + (was_right ? 1 : 0) &&
           (named || seen.examples.size() == wrong_examples);
}

void judge(const PatternPass& pass, unsigned number, Judgement& judgement) {
    const std::string which = "pass " + std::to_string(number) + ": ";
    if (pass.wrong > 0) {
        judgement.against(Verdict::fail, "wrong_pattern",
                          which + std::to_string(pass.wrong) + " of " + std::to_string(pass.words) +
                              " words are not what was written");
    }
    if (!pass.control_found) {
        judgement.against(Verdict::inconclusive, "control_not_found",
                          which + "a word made wrong on purpose was not found");
    }
    if (pass.checked != pass.words || pass.words == 0) {
        judgement.against(Verdict::inconclusive, "not_all_verified",
                          which + std::to_string(pass.checked) + " of " +
                              std::to_string(pass.words) + " words were read back");
    }
}

void run_patterns(Device& device, const HbmPlan& plan, HbmReport& report) {
    const std::uint64_t wanted = plan.pattern_bytes.value_or(default_pattern_bytes(device));
    const std::unique_ptr<HeldMemory> memory = device.hold_memory(wanted);
    const std::uint64_t held = memory->words() * sizeof(std::uint64_t);
    if (const std::optional<std::uint64_t> free_bytes = device.facts().free_bytes) {
        report.fraction_of_free = static_cast<double>(held) / static_cast<double>(*free_bytes);
    }
    const bool enough =
        static_cast<double>(held) >= fraction_of_free_least * static_cast<double>(wanted);
    if (!enough || held == 0) {
        report.judgement.against(Verdict::inconclusive, "too_little_memory",
                                 "of " + std::to_string(wanted) + " bytes only " +
                                     std::to_string(held) + " could be held");
    }
    for (unsigned number = 0; number < pattern_passes && held > 0; ++number) {
        PatternPass pass{.seed = plan.seed + number,
                         .words = memory->words(),
                         .checked = 0,
                         .wrong = 0,
                         .control_found = false,
                         .examples = {}};
        memory->write_pattern(pass.seed);
        const HeldMemory::Verified seen = memory->verify_pattern(pass.seed);
        pass.checked = seen.words;
        pass.wrong = seen.wrong;
        pass.examples = seen.examples;
        pass.control_found = finds_what_is_planted(*memory, pass.seed, pass.wrong);
        judge(pass, number, report.judgement);
        report.patterns.push_back(std::move(pass));
        report.judgement.count_examined();
    }
}

}  // namespace

HbmReport run_hbm(Device& device, const HbmPlan& plan) {
    HbmReport report;
    try {
        run_stream(device, plan, Stream::copy, report);
        run_stream(device, plan, Stream::triad, report);
        run_patterns(device, plan, report);
    } catch (const DeviceError& error) {
        report.judgement.against(error.hardware() ? Verdict::fail : Verdict::inconclusive,
                                 error.hardware() ? "broken_device" : "device_error", error.what());
    }
    return report;
}

}  // namespace assay::probe::compute
