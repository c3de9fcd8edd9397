// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/watchdog.h"

#include <algorithm>
#include <tuple>

namespace assay::probe::collective {

namespace {

constexpr std::size_t ranks_told = 8;

std::string seconds(double value) {
    return Json(static_cast<double>(static_cast<long>(value * 10)) / 10).dump() + " s";
}

Reason about(const Watched& rank, const char* code, const std::string& what) {
    return {.code = code,
            .verdict = Verdict::failed,
            .rank = rank.account->rank,
            .text = rank.account->name() + " " + what + "; it " + rank.account->standing.text()};
}

std::vector<Reason> gone(const std::vector<Watched>& ranks) {
    std::vector<Reason> reasons;
    for (const Watched& rank : ranks) {
        if (!rank.ended.empty()) {
            reasons.push_back(
                rank.trouble ? *rank.trouble
                             : about(rank, "lost_rank", "is gone in the midst: " + rank.ended));
        }
    }
    return reasons;
}

std::vector<Reason> silent_for(const std::vector<Watched>& ranks, double limit_s) {
    std::vector<Reason> reasons;
    for (const Watched& rank : ranks) {
        if (rank.silent_s > limit_s) {
            reasons.push_back(
                about(rank, "silent_rank", "has said nothing for " + seconds(rank.silent_s)));
        }
    }
    return reasons;
}

std::vector<Reason> told(const std::vector<Watched>& ranks) {
    std::vector<Reason> reasons;
    const bool ripe = std::ranges::any_of(ranks, [](const Watched& rank) {
        return rank.trouble &&
               (rank.trouble_age_s > trouble_grace_s || rank.trouble->rank == rank.account->rank);
    });
    for (const Watched& rank : ranks) {
        const bool known =
            !ripe || !rank.trouble || std::ranges::any_of(reasons, [&](const Reason& reason) {
                return reason.code == rank.trouble->code && reason.rank == rank.trouble->rank;
            });
        if (!known) {
            reasons.push_back(*rank.trouble);
        }
    }
    return reasons;
}

using Place = std::tuple<int, int>;

Place place_of(const Watched& rank) {
    return {rank.account->standing.operation, rank.account->standing.step};
}

// Whom the one that is furthest behind waits for, else itself where it alone is behind.
int suspect(const std::vector<Watched>& ranks, const Watched& behind) {
    const Standing& standing = behind.account->standing;
    if (standing.waits_for != no_rank) {
        return standing.waits_for;
    }
    const auto level = std::ranges::count(ranks, place_of(behind), place_of);
    return level == 1 ? behind.account->rank : no_rank;
}

Reason stuck(const std::vector<Watched>& ranks) {
    const auto behind = std::ranges::min_element(ranks, {}, [](const Watched& rank) {
        const Standing& standing = rank.account->standing;
        return std::tuple(standing.operation, standing.step, -standing.idle_s);
    });
    const Standing& standing = behind->account->standing;
    std::string text = "no data moves although every rank speaks; behind is " +
                       behind->account->name() + ", which " + standing.text();
    std::size_t left = ranks_told;
    for (const Watched& rank : ranks) {
        if (rank.account != behind->account && left-- > 0) {
            text += "; rank " + std::to_string(rank.account->rank) + " " +
                    rank.account->standing.text();
        }
        if (left == 0) {
            break;
        }
    }
    return {
        .code = "hang", .verdict = Verdict::failed, .rank = suspect(ranks, *behind), .text = text};
}

}  // namespace

std::vector<Reason> troubles(const std::vector<Watched>& ranks, double hang_s) {
    if (std::vector<Reason> reasons = gone(ranks); !reasons.empty()) {
        return reasons;
    }
    if (std::vector<Reason> reasons = silent_for(ranks, hang_s); !reasons.empty()) {
        return reasons;
    }
    if (std::vector<Reason> reasons = told(ranks); !reasons.empty()) {
        return reasons;
    }
    const bool idle = std::ranges::any_of(
        ranks, [&](const Watched& rank) { return rank.account->standing.idle_s > hang_s; });
    if (!idle) {
        return {};
    }
    // The others wait for one that fell silent at about the time at which data stopped moving.
    std::vector<Reason> reasons = silent_for(ranks, hang_s / 2);
    return reasons.empty() ? std::vector<Reason>{stuck(ranks)} : reasons;
}

}  // namespace assay::probe::collective
