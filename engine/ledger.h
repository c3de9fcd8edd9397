// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Keeps what one check finds and holds every finding to the rules: a negative counts only beside a
// control that held on the same node with the same image and is still there; a finding without an
// observation is inconclusive. The check's good will is not needed. Used by the check's thread
// only.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/assertion.h"
#include "engine/observed.h"
#include "engine/result.h"

namespace assay {

// An observation held against a matcher.
struct Judgement {
    std::expected<bool, NoAnswer> held;
    std::string expected;
    std::string actual;
    Provenance provenance;
    std::shared_ptr<const Testimony> testimony;
};

class Ledger {
public:
    // Where the container of a control is at this moment.
    enum class Whereabouts { running, ended, gone };

    Ledger(std::string requirement, std::span<const Assertion* const> assertions,
           std::function<Whereabouts(const Provenance&)> whereabouts);

    Outcome record(const Assertion& assertion, const Judgement& judgement);
    void not_applicable(const Assertion& assertion, std::string why);
    void inconclusive(const Assertion& assertion, std::string why);

    // Every assertion in the table's order; those never asked are inconclusive because of reason.
    std::vector<AssertionResult> close(const std::string& reason);
    std::vector<EvidenceFile> take_evidence() { return std::move(evidence_); }

private:
    AssertionResult& entry(const Assertion& assertion);
    Finding finding_of(const Assertion& assertion, const Judgement& judgement) const;
    std::string missing_control(const Assertion& assertion, const Provenance& negative) const;
    void keep(const Assertion& assertion, const Judgement& judgement, Finding& finding);

    std::string requirement_;
    std::function<Whereabouts(const Provenance&)> whereabouts_;
    std::vector<AssertionResult> results_;
    std::map<std::string, std::vector<Provenance>> held_controls_;  // by assertion id
    std::vector<EvidenceFile> evidence_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace assay
