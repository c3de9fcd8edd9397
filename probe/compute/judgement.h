// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's own judgement of what it computed. It is pass only where something was computed and
// nothing speaks against it. Values; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace assay::probe::compute {

enum class Verdict { pass, inconclusive, fail };  // the later one wins

inline const char* name_of(Verdict verdict) {
    return verdict == Verdict::pass   ? "passed"
           : verdict == Verdict::fail ? "failed"
                                      : "inconclusive";
}

struct Reason {
    Verdict verdict = Verdict::inconclusive;
    std::string code;     // docs/probe.md lists them
    std::string message;  // for people
};

class Judgement {
public:
    void against(Verdict verdict, const std::string& code, const std::string& message) {
        reasons_.push_back({verdict, code, message});
    }
    // One more thing was computed and looked at, whatever came of it.
    void count_examined() { ++examined_; }

    const std::vector<Reason>& reasons() const { return reasons_; }
    std::uint64_t examined() const { return examined_; }
    Verdict verdict() const {
        Verdict worst = examined_ > 0 ? Verdict::pass : Verdict::inconclusive;
        for (const Reason& reason : reasons_) {
            worst = std::max(worst, reason.verdict);
        }
        return worst;
    }

private:
    std::vector<Reason> reasons_;
    std::uint64_t examined_ = 0;
};

inline constexpr unsigned samples_least = 5;  // of every measure; fewer are inconclusive

}  // namespace assay::probe::compute
