// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the ranks tell of a run and what is made of it. Values; any thread. Times in microseconds
// (_us) or seconds (_s). The functions that read JSON throw Json::exception where it is not theirs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/collective/pattern.h"
#include "probe/collective/transport.h"
#include "probe/document.h"

namespace assay::probe::collective {

// Failed outweighs inconclusive, which outweighs passed.
enum class Verdict { passed, inconclusive, failed };

const char* verdict_name(Verdict verdict);
Verdict verdict_named(const std::string& name);  // what it does not know is inconclusive

inline constexpr int no_rank = -1;

// Why a verdict is what it is. Codes: docs/probe.md.
struct Reason {
    std::string code;
    Verdict verdict = Verdict::failed;
    int rank = no_rank;  // whom it is about
    std::string text;

    Json json() const;
    static Reason from(const Json& json);
};

struct Decision {
    Verdict verdict = Verdict::passed;
    std::vector<Reason> reasons;
};

// The gravest of the reasons; passed without any.
Decision decided_by(std::vector<Reason> reasons);

// Where in the ring data was wrong first: what this rank received in that step, from that rank.
struct Blame {
    int step = 0;
    int from = no_rank;
};

// Of one rank and one operation.
struct Result {
    int operation = 0;
    double time_us = 0;
    double own_us = 0;  // of it, the time in which this rank waited for no other
    std::uint64_t wrong = 0;
    std::optional<WrongElement> first_wrong;
    std::optional<Blame> blame;

    Json json() const;
    static Result from(const Json& json);
};

// What a rank is at.
struct Standing {
    int operation = no_rank;  // the one it is in or has finished last; none yet: -1
    int step = 0;             // steps of it that are finished
    int waits_for = no_rank;  // a neighbour; or nobody
    double idle_s = 0;        // since data last moved, while it waits for a neighbour

    std::string text() const;  // "finished 3 steps of operation 4, waits for rank 1"
    Json json() const;
    static Standing from(const Json& json);
};

// All that is known of a rank.
struct RankAccount {
    int rank = 0;
    bool joined = false;
    std::string host;
    std::string node;
    std::string address;  // in figures, with the port it came from; "" if it did not join
    Standing standing;
    std::vector<Result> results;  // in the order of the operations
    Transport transport;
    double init_s = 0;  // from all have joined to ready for the first operation

    std::uint64_t wrong() const;
    std::string name() const;  // "rank 2 (host, node, address)"
};

// A peer that was sent away.
struct Refused {
    std::string address;
    int rank = no_rank;  // the rank it said it has
    std::string reason;
};

}  // namespace assay::probe::collective
