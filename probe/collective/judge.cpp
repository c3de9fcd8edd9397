// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/judge.h"

#include <algorithm>
#include <cmath>

namespace assay::probe::collective {

namespace {

constexpr double us_of_a_s = 1e6;
constexpr double bytes_of_a_gb = 1e9;

const Result* result_of(const RankAccount& rank, int operation) {
    const auto found = std::ranges::find(rank.results, operation, &Result::operation);
    return found == rank.results.end() ? nullptr : &*found;
}

void add_operation(const Operation& operation, const std::vector<RankAccount>& ranks,
                   SizeAccount& size) {
    double slowest = 0;
    bool whole = true;
    for (const RankAccount& rank : ranks) {
        const Result* result = result_of(rank, operation.number);
        whole = whole && result != nullptr;
        if (result == nullptr) {
            continue;
        }
        slowest = std::max(slowest, result->time_us);
        size.wrong += result->wrong;
        if (result->first_wrong && !size.first_wrong) {
            size.first_wrong = result->first_wrong;
            size.first_wrong_rank = rank.rank;
        }
    }
    if (whole && !operation.warmup) {
        size.times_us.push_back(slowest);
    }
}

std::string in_words(const WrongElement& element) {
    const std::string actual =
        std::isnan(element.actual) ? "nothing written" : Json(element.actual).dump();
    return "element " + std::to_string(element.index) + " is " + actual + ", must be " +
           Json(element.expected).dump();
}

// The earliest step at which anyone received what was wrong, in the first operation with any.
struct Earliest {
    const RankAccount* receiver = nullptr;
    const Result* result = nullptr;
};

Earliest earliest_blame(int operation, const std::vector<RankAccount>& ranks) {
    Earliest earliest;
    for (const RankAccount& rank : ranks) {
        const Result* result = result_of(rank, operation);
        if (result != nullptr && result->blame &&
            (earliest.result == nullptr || result->blame->step < earliest.result->blame->step)) {
            earliest = {.receiver = &rank, .result = result};
        }
    }
    return earliest;
}

Reason culprit(const Earliest& earliest, const std::vector<RankAccount>& ranks) {
    const int from = earliest.result->blame->from;
    const auto sender = std::ranges::find(ranks, from, &RankAccount::rank);
    const std::string name =
        sender == ranks.end() ? "rank " + std::to_string(from) : sender->name();
    return {.code = "wrong_elements",
            .verdict = Verdict::failed,
            .rank = from,
            .text = name + " or the way from it: " + earliest.receiver->name() +
                    " received wrong elements from it first, in step " +
                    std::to_string(earliest.result->blame->step) + " of operation " +
                    std::to_string(earliest.result->operation)};
}

void add_if_new(Reason reason, std::vector<Reason>& reasons) {
    const bool known =
        std::ranges::any_of(reasons, [&](const Reason& one) { return one.rank == reason.rank; });
    if (!known) {
        reasons.push_back(std::move(reason));
    }
}

Reason witness(const RankAccount& rank, const Result& result) {
    return {.code = "wrong_elements",
            .verdict = Verdict::failed,
            .rank = rank.rank,
            .text = rank.name() + " has " + std::to_string(result.wrong) +
                    " wrong elements in operation " + std::to_string(result.operation) + ": " +
                    (result.first_wrong ? in_words(*result.first_wrong) : "")};
}

void judge_operation(int operation, const std::vector<RankAccount>& ranks,
                     std::vector<Reason>& reasons) {
    const Earliest earliest = earliest_blame(operation, ranks);
    if (earliest.result != nullptr) {
        add_if_new(culprit(earliest, ranks), reasons);
        return;
    }
    // Nobody received anything wrong, or nobody can tell: then who has it.
    for (const RankAccount& rank : ranks) {
        const Result* result = result_of(rank, operation);
        if (result != nullptr && result->wrong > 0) {
            add_if_new(witness(rank, *result), reasons);
        }
    }
}

double own_median(const RankAccount& rank, const std::vector<int>& operations) {
    std::vector<double> own;
    for (const int operation : operations) {
        if (const Result* result = result_of(rank, operation); result != nullptr) {
            own.push_back(result->own_us);
        }
    }
    return median(std::move(own));
}

std::string in_ms(double us) {
    return std::to_string(static_cast<long>(us / 1000)) + " ms";
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) {
        return 0;
    }
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double algbw_gb_per_s(std::size_t bytes, double time_us) {
    return time_us > 0 ? static_cast<double>(bytes) / time_us * us_of_a_s / bytes_of_a_gb : 0;
}

double busbw_gb_per_s(std::size_t bytes, double time_us, int ranks) {
    return algbw_gb_per_s(bytes, time_us) * 2 * (ranks - 1) / ranks;
}

std::vector<SizeAccount> by_size(const Sweep& sweep, const std::vector<RankAccount>& ranks) {
    std::vector<SizeAccount> sizes;
    for (const Operation& operation : sweep.operations()) {
        if (sizes.empty() || sizes.back().bytes != operation.bytes ||
            sizes.back().in_place != operation.in_place) {
            sizes.emplace_back();
            sizes.back().bytes = operation.bytes;
            sizes.back().in_place = operation.in_place;
        }
        add_operation(operation, ranks, sizes.back());
    }
    return sizes;
}

std::vector<Reason> wrong_reasons(const std::vector<RankAccount>& ranks) {
    std::vector<int> operations;
    for (const RankAccount& rank : ranks) {
        for (const Result& result : rank.results) {
            if (result.wrong > 0 || result.blame) {
                operations.push_back(result.operation);
            }
        }
    }
    std::ranges::sort(operations);
    operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
    std::vector<Reason> reasons;
    for (const int operation : operations) {
        judge_operation(operation, ranks, reasons);
    }
    return reasons;
}

std::vector<Reason> slow_reasons(const Sweep& sweep, const std::vector<RankAccount>& ranks) {
    if (ranks.size() < 2) {
        return {};  // nobody to hold up
    }
    const std::size_t largest = sweep.sizes().back();
    std::vector<int> operations;
    for (const Operation& operation : sweep.operations()) {
        if (operation.bytes == largest && !operation.warmup) {
            operations.push_back(operation.number);
        }
    }
    std::vector<double> times;
    for (const SizeAccount& size : by_size(sweep, ranks)) {
        if (size.bytes == largest) {
            times.insert(times.end(), size.times_us.begin(), size.times_us.end());
        }
    }
    std::vector<Reason> reasons;
    for (const RankAccount& rank : ranks) {
        std::vector<double> of_others;
        for (const RankAccount& other : ranks) {
            if (other.rank != rank.rank) {
                of_others.push_back(own_median(other, operations));
            }
        }
        const double own = own_median(rank, operations);
        const double others = median(of_others);
        if (own > slow_factor * others && own - others > median(times) / 2 &&
            own - others > slow_least_us) {
            reasons.push_back(
                {.code = "slow_rank",
                 .verdict = Verdict::failed,
                 .rank = rank.rank,
                 .text = rank.name() + " holds the others up: of " + std::to_string(largest) +
                         " bytes in " + in_ms(median(times)) + ", " + in_ms(own) +
                         " are its own time, " + in_ms(others) + " the others' (medians)"});
        }
    }
    return reasons;
}

std::vector<Reason> transport_reasons(const std::vector<std::string>& expected,
                                      const std::vector<RankAccount>& ranks) {
    Transport all;
    for (const RankAccount& rank : ranks) {
        all.add(rank.transport);
    }
    if (expected.empty() || ranks.size() < 2) {
        return {};  // one rank has nobody to be connected to
    }
    if (all.edges.empty()) {
        return {{.code = "transport_unknown",
                 .verdict = Verdict::inconclusive,
                 .rank = no_rank,
                 .text = "NCCL's log names no transport"}};
    }
    std::vector<Reason> reasons;
    if (const std::string wrong = unexpected(all, expected); !wrong.empty()) {
        reasons.push_back(
            {.code = "transport", .verdict = Verdict::failed, .rank = no_rank, .text = wrong});
    }
    return reasons;
}

}  // namespace assay::probe::collective
