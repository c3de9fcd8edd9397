// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/take_part.h"

#include <chrono>
#include <cstdio>

namespace assay::probe::collective {

namespace {

class Worker {
public:
    Worker(const Request& request, Backend& backend, Member& member)
        : request_(request), backend_(backend), member_(member) {
        part_.own.rank = request.rank;
        part_.own.joined = true;
    }

    Part work() {
        try {
            work_through();
        } catch (const Stopped& stopped) {
            part_.decision = stopped.decision();
            return std::move(part_);
        } catch (const Broken& broken) {
            if (!broken.reason().code.empty()) {
                member_.tell(broken.reason());
            }
        }
        part_.decision = member_.wait_for_decision();
        return std::move(part_);
    }

private:
    void work_through() {
        const Start start = member_.wait_for_start();
        std::fprintf(stderr, "assay-probe: all %d ranks have joined\n", request_.ranks);
        part_.peers = start.peers;
        const auto from = std::chrono::steady_clock::now();
        const std::size_t largest = request_.sweep.sizes().back() / element_size;
        input_.resize(largest);
        output_.resize(largest);
        backend_.start(start, request_.sweep, member_);
        part_.own.init_s =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
        for (const Operation& operation : request_.sweep.operations()) {
            carry_out(operation);
        }
        part_.own.transport = backend_.transport();
        member_.tell_finished(part_.own.transport, part_.own.init_s);
    }

    void carry_out(const Operation& operation) {
        const StillThere still_there = [this] { member_.beat(member_.standing()); };
        const std::span<float> output = std::span(output_).first(operation.elements());
        const std::span<float> input =
            operation.in_place ? output : std::span(input_).first(operation.elements());
        put_in(operation, input, still_there);
        if (!operation.in_place) {
            poison(output);
        }
        backend_.prepare(operation, input, output);
        member_.arrive(operation.number);
        const Timing timing = backend_.run(operation, member_);
        backend_.fetch(operation);
        const Checked checked = check(output, 0, operation.seed(), request_.ranks,
                                      weight(0, request_.ranks, request_.ranks), still_there);
        Result result{.operation = operation.number,
                      .time_us = timing.time_us,
                      .own_us = timing.own_us,
                      .wrong = checked.wrong,
                      .first_wrong = checked.first,
                      .blame = backend_.blame(operation, member_)};
        const Standing standing{.operation = operation.number,
                                .step = member_.standing().step + 1,
                                .waits_for = no_rank,
                                .idle_s = 0};
        member_.tell(result, standing);
        part_.own.standing = standing;
        part_.own.results.push_back(std::move(result));
    }

    void put_in(const Operation& operation, std::span<float> input,
                const StillThere& still_there) const {
        const auto strikes = [&](Fault fault) {
            return request_.injection.strikes(fault, request_.rank, operation.number);
        };
        const std::uint32_t seed =
            strikes(Fault::stale_buffer) ? operation.seed() - 1 : operation.seed();
        const int right = request_.rank + 1;
        const int times = strikes(Fault::wrong_rank) ? right + 1 : right;
        fill(input, 0, seed, request_.ranks, static_cast<std::uint32_t>(times), still_there);
    }

    const Request& request_;
    Backend& backend_;
    Member& member_;
    std::vector<float> input_;
    std::vector<float> output_;
    Part part_;
};

}  // namespace

Part take_part(const Request& request, Backend& backend, Member& member) {
    return Worker(request, backend, member).work();
}

}  // namespace assay::probe::collective
