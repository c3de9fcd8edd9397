// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/tcp_ring.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <thread>

#include "probe/collective/exchange.h"

namespace assay::probe::collective {

namespace {

constexpr std::chrono::milliseconds slow_rank_pause{30};  // in each step, where it is injected

double us_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double, std::micro>(to - from).count();
}

class TcpRing : public Backend {
public:
    TcpRing(TcpRingSettings settings, std::unique_ptr<Reception> reception)
        : settings_(std::move(settings)), reception_(std::move(reception)) {
        ring_.rank = settings_.rank;
        ring_.ranks = settings_.ranks;
        ring_.hang_s = settings_.hang_s;
        ring_.hello = settings_.hello;
        ring_.hello.purpose = "ring";
        ring_.hello.plan = Json::object();
    }

    void start(const Start& start, const Sweep& sweep, Member& member) override {
        received_.resize(sweep.sizes().back() / element_size);
        if (ring_.ranks == 1) {
            return;
        }
        ring_.next_peer = start.peers.at(static_cast<std::size_t>(ring_.next()));
        ring_.next_ip = ring_.next() == 0 ? settings_.rendezvous_ip : ring_.next_peer.ip;
        links_ =
            std::make_unique<Links>(connect_ring(ring_, settings_.secret, *reception_, member));
        reception_.reset();  // nobody else is to come
    }

    void prepare(const Operation& /*operation*/, std::span<const float> input,
                 std::span<float> output) override {
        input_ = input;
        output_ = output;
    }

    Timing run(const Operation& operation, Member& member) override {
        const Clock::time_point from = Clock::now();
        double waited_us = 0;
        if (ring_.ranks == 1 && !operation.in_place) {
            std::ranges::copy(input_, output_.begin());
        }
        for (int step = 0; step < steps(ring_.ranks); ++step) {
            waited_us += one_step(operation, step, member);
        }
        const double time_us = us_between(from, Clock::now());
        return {.time_us = time_us, .own_us = std::max(time_us - waited_us, 0.0)};
    }

    void fetch(const Operation& /*operation*/) override {}

    std::optional<Blame> blame(const Operation& operation, Member& member) override {
        const auto still_there = [&] { member.beat(member.standing()); };
        for (int step = 0; step < steps(ring_.ranks); ++step) {
            const Turn turn = turn_of(step, ring_.rank, ring_.ranks);
            const Chunk chunk = chunk_of(operation.elements(), ring_.ranks, turn.receive);
            const std::span<const float> where = turn.reduces ? received_ : output_;
            const std::uint32_t sum = weight(turn.summed_from, turn.summed, ring_.ranks);
            if (check(where.subspan(chunk.first, chunk.count), chunk.first, operation.seed(),
                      ring_.ranks, sum, still_there)
                    .wrong > 0) {
                return Blame{.step = step, .from = ring_.previous()};
            }
        }
        return std::nullopt;
    }

    Transport transport() override {
        Transport transport;
        if (ring_.ranks > 1) {
            transport.edges["NET/Socket"] = 1;
        }
        return transport;
    }

private:
    bool strikes(Fault fault, const Operation& operation) const {
        return settings_.injection.strikes(fault, ring_.rank, operation.number);
    }

    // What is received for the sum is kept beside it until it was checked: blame() reads it.
    double one_step(const Operation& operation, int step, Member& member) {
        if (strikes(Fault::slow_rank, operation)) {
            std::this_thread::sleep_for(slow_rank_pause);
        }
        const Turn turn = turn_of(step, ring_.rank, ring_.ranks);
        const Chunk send = chunk_of(operation.elements(), ring_.ranks, turn.send);
        const Chunk receive = chunk_of(operation.elements(), ring_.ranks, turn.receive);
        // In the first step it is the rank's own part that is sent, later what it has summed.
        const std::span<const float> from = step == 0 ? input_ : output_;
        const std::span<float> to = turn.reduces ? std::span<float>(received_) : output_;
        const Exchange what{.operation = operation.number,
                            .step = step,
                            .out = std::as_bytes(from.subspan(send.first, send.count)),
                            .in = std::as_writable_bytes(to.subspan(receive.first, receive.count)),
                            .cut = step == 0 && strikes(Fault::cut_message, operation)};
        const double waited_us = exchange(what, ring_, *links_, member);
        if (turn.reduces) {
            add(operation, receive, step);
        }
        return waited_us;
    }

    void add(const Operation& operation, const Chunk& chunk, int step) {
        const bool skipped = step == 0 && strikes(Fault::skip_chunk, operation);
        for (std::size_t at = chunk.first; at < chunk.first + chunk.count; ++at) {
            output_[at] = received_[at] + (skipped ? 0.0F : input_[at]);
        }
        if (step == 0 && chunk.count > 0 && strikes(Fault::bitflip, operation)) {
            float& hit = output_[chunk.first + chunk.count / 2];
            hit = std::bit_cast<float>(std::bit_cast<std::uint32_t>(hit) ^ (1U << 20U));
        }
    }

    TcpRingSettings settings_;
    std::unique_ptr<Reception> reception_;
    Ring ring_;
    std::unique_ptr<Links> links_;
    std::span<const float> input_;
    std::span<float> output_;
    std::vector<float> received_;
};

}  // namespace

std::unique_ptr<Backend> tcp_ring(TcpRingSettings settings, std::unique_ptr<Reception> reception) {
    return std::make_unique<TcpRing>(std::move(settings), std::move(reception));
}

}  // namespace assay::probe::collective
