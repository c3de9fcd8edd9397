// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/member.h"

namespace assay::probe::collective {

Member::Member(std::unique_ptr<Channel> channel, int rank, double hang_s)
    : channel_(std::move(channel)), rank_(rank), hang_s_(hang_s), heard_(Clock::now()) {}

void Member::rendezvous_lost(const std::string& how) const {
    throw Stopped(
        decided_by({{.code = "lost_rank",
                     .verdict = Verdict::failed,
                     .rank = 0,
                     .text = "rank 0, which keeps the rendezvous, is gone: " + how + "; rank " +
                             std::to_string(rank_) + " " + standing_.text()}}));
}

void Member::take(const std::string& message) {
    const Json json = Json::parse(message);
    const std::string is = json.at("is");
    if (is == "start") {
        start_ = Start::from(json);
    } else if (is == "go") {
        released_ = json.at("operation");
    } else if (is == "decision") {
        throw Stopped(decision_from(json));
    } else if (is != "alive") {
        rendezvous_lost("it sent an unknown message");
    }
}

void Member::take_what_is_there() {
    channel_->pump();
    while (const std::optional<std::string> message = channel_->next()) {
        heard_ = Clock::now();
        try {
            take(*message);
        } catch (const Json::exception&) {
            rendezvous_lost("it sent an unknown message");
        }
    }
    if (const std::string ended = channel_->ended(); !ended.empty()) {
        rendezvous_lost(ended);
    }
    const std::chrono::duration<double> silent = Clock::now() - heard_;
    if (silent.count() > hang_s_) {
        rendezvous_lost("it has said nothing for " + Json(hang_s_).dump() + " s");
    }
}

void Member::wait_and_take() {
    const auto period = static_cast<int>(beat_period(hang_s_).count());
    wait_for({{channel_->descriptor(), channel_->events()}}, period);
    beat(standing_);
}

void Member::beat(const Standing& standing) {
    standing_ = standing;
    if (Clock::now() - told_ >= beat_period(hang_s_)) {
        told_ = Clock::now();
        channel_->send(Json({{"is", "beat"}, {"standing", standing.json()}}));
    }
    take_what_is_there();
}

Start Member::wait_for_start() {
    take_what_is_there();  // it may have come with the welcome
    while (!start_) {
        wait_and_take();
    }
    return *start_;
}

void Member::arrive(int operation) {
    standing_ = {.operation = operation, .step = 0, .waits_for = no_rank, .idle_s = 0};
    channel_->send(Json({{"is", "arrive"}, {"operation", operation}}));
    channel_->flush();
    while (released_ < operation) {
        wait_and_take();
    }
}

void Member::tell(const Result& result, const Standing& standing) {
    standing_ = standing;
    channel_->send(
        Json({{"is", "result"}, {"result", result.json()}, {"standing", standing.json()}}));
    channel_->flush();
}

void Member::tell(const Reason& trouble) {
    standing_.idle_s = 0;  // it waits for nobody any more
    channel_->send(
        Json({{"is", "trouble"}, {"reason", trouble.json()}, {"standing", standing_.json()}}));
    channel_->flush();
}

void Member::tell_finished(const Transport& transport, double init_s) {
    standing_.idle_s = 0;
    channel_->send(Json({{"is", "finished"}, {"transport", transport.json()}, {"init_s", init_s}}));
    channel_->flush();
}

Decision Member::wait_for_decision() {
    try {
        for (;;) {
            wait_and_take();
        }
    } catch (const Stopped& stopped) {
        return stopped.decision();
    }
}

}  // namespace assay::probe::collective
