// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the probe's verb examine says of the accelerators of a node (docs/probe.md), parsed once
// into typed values. The text is hostile: caps are kube::parse's and those below. Values; any
// thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct ExaminedMeasure {
    std::string name;  // "hbm_copy"
    std::string unit;  // "gb_per_s"

    bool operator==(const ExaminedMeasure&) const = default;
};

enum class PartVerdict { passed, failed, inconclusive, absent };
std::string_view to_string(PartVerdict verdict);

struct ExaminedAccelerator {
    int index = 0;
    std::string uuid;  // "" where no library names it
    std::string name;  // of the model, as its driver has it; of a processor in its place likewise
    std::string shown_as;  // by a variable of its driver; "" if it has a uuid
    PartVerdict facts = PartVerdict::absent;
    PartVerdict gemm = PartVerdict::absent;
    PartVerdict hbm = PartVerdict::absent;
    PartVerdict link = PartVerdict::absent;
    int others = 0;                            // processes that computed on it before
    std::vector<std::vector<double>> samples;  // by measure of the examination

    // "accelerator 3 (GPU-…)"
    std::string describe() const;
};

struct ExaminedReason {
    int accelerator = 0;
    std::string part;  // "facts", "gemm", "hbm", "link"
    PartVerdict verdict = PartVerdict::inconclusive;
    std::string code;
    std::string message;
};

struct Examination {
    std::string backend;  // "cuda", "cpu"
    bool simulated = false;
    std::string injected;  // a fault that was planted; ""
    std::string driver_version;
    std::string verdict;
    bool full = false;
    int gpus = -1;          // that the vendor's library shows; -1 where there is none
    bool complete = false;  // every accelerator and every reason it counts is listed
    std::vector<ExaminedMeasure> measures;
    std::vector<ExaminedAccelerator> accelerators;
    std::vector<ExaminedReason> reasons;
    std::string finished_at;
    std::string sha256;  // of the text parsed

    std::string describe() const;
};

// The error is a sentence: what is wrong with the document.
std::expected<Examination, std::string> parse_examination(std::string_view text);

}  // namespace assay
