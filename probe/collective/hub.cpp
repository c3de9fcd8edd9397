// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/hub.h"

#include <algorithm>

#include "probe/collective/judge.h"
#include "probe/collective/watchdog.h"

namespace assay::probe::collective {

namespace {

constexpr int tick_ms = 50;  // the watchdog looks so often
constexpr std::chrono::seconds goodbye_limit{2};

Clock::duration seconds_long(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

double seconds_since(Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
}

}  // namespace

Hub::Hub(HubSettings settings, int listener)
    : settings_(std::move(settings)), reception_(listener, settings_.secret) {
    seats_.resize(static_cast<std::size_t>(settings_.ranks));
    for (int rank = 0; rank < settings_.ranks; ++rank) {
        seats_[static_cast<std::size_t>(rank)].account.rank = rank;
    }
    Guest own;
    own.channel = std::make_unique<Channel>(settings_.own_descriptor, known_limit);
    own.hello = settings_.own;
    seat(std::move(own));
}

HubReport Hub::run() {
    deadline_ = Clock::now() + seconds_long(settings_.join_s);
    while (!decision_) {
        wait_and_pump();
        seat_guests();
        if (!started_) {
            free_empty_seats();
            if (all_joined()) {
                start();
            } else if (Clock::now() > deadline_) {
                decide(decided_by(missing()));
            }
        } else {
            release_barrier();
            watch();
        }
    }
    say_goodbye();
    return {.decision = *decision_,
            .ranks = accounts(),
            .refused = reception_.refused(),
            .refused_count = reception_.refused_count()};
}

void Hub::wait_and_pump() {
    std::vector<pollfd> polled;
    reception_.add_to(polled);
    for (const Seat& seat : seats_) {
        if (seat.channel && seat.ended.empty()) {
            polled.push_back(
                {.fd = seat.channel->descriptor(), .events = seat.channel->events(), .revents = 0});
        }
    }
    ::poll(polled.data(), polled.size(), tick_ms);
    reception_.pump();
    for (Seat& seat : seats_) {
        if (seat.channel && seat.ended.empty()) {
            listen_to(seat);
        }
    }
    if (Clock::now() - alive_said_ > alive_period) {
        alive_said_ = Clock::now();
        send_to_all({{"is", "alive"}});
    }
}

void Hub::seat_guests() {
    while (std::optional<Guest> guest = reception_.next()) {
        if (const std::string why = objection(*guest); !why.empty()) {
            reception_.refuse(std::move(*guest), why);
        } else {
            Reception::welcome(*guest);
            seat(std::move(*guest));
        }
    }
}

std::string Hub::objection(const Guest& guest) const {
    const Hello& hello = guest.hello;
    if (hello.purpose != "control") {
        return "it comes for \"" + hello.purpose + "\", this is the rendezvous";
    }
    if (hello.ranks != settings_.ranks) {
        return "it says the run has " + std::to_string(hello.ranks) + " ranks; it has " +
               std::to_string(settings_.ranks);
    }
    if (hello.rank < 0 || hello.rank >= settings_.ranks) {
        return "rank " + std::to_string(hello.rank) + " is out of range, 0 to " +
               std::to_string(settings_.ranks - 1);
    }
    const Seat& seat = seats_[static_cast<std::size_t>(hello.rank)];
    if (seat.channel) {
        return "rank " + std::to_string(hello.rank) + " is taken by " + seat.account.name();
    }
    if (hello.plan != settings_.plan) {
        return "its options differ from rank 0's: " + hello.plan.dump() + ", here " +
               settings_.plan.dump();
    }
    return "";
}

void Hub::seat(Guest guest) {
    Seat& seat = seats_[static_cast<std::size_t>(guest.hello.rank)];
    if (!guest.local_host.empty()) {
        own_host_ = guest.local_host;
    }
    seat.channel = std::move(guest.channel);
    seat.heard = Clock::now();
    seat.ended.clear();
    seat.account.joined = true;
    seat.account.host = guest.hello.host;
    seat.account.node = guest.hello.node;
    seat.account.address = guest.address;
    seat.peer = {.rank = guest.hello.rank,
                 .host = guest.hello.host,
                 .node = guest.hello.node,
                 .ip = guest.host,
                 .ring_port = guest.hello.ring_port};
}

void Hub::listen_to(Seat& seat) {
    seat.channel->pump();
    while (const std::optional<std::string> message = seat.channel->next()) {
        seat.heard = Clock::now();
        try {
            take(seat, *message);
        } catch (const Json::exception&) {
            seat.ended = "it sent an unknown message";
            return;
        }
    }
    seat.ended = seat.channel->ended();
}

void Hub::take(Seat& seat, const std::string& message) {
    const Json json = Json::parse(message);
    const std::string is = json.at("is");
    if (is == "beat") {
        seat.account.standing = Standing::from(json.at("standing"));
    } else if (is == "arrive") {
        seat.arrived = json.at("operation");
        seat.account.standing = {
            .operation = seat.arrived, .step = 0, .waits_for = no_rank, .idle_s = 0};
    } else if (is == "result") {
        seat.account.results.push_back(Result::from(json.at("result")));
        seat.account.standing = Standing::from(json.at("standing"));
    } else if (is == "trouble") {
        seat.trouble = Reason::from(json.at("reason"));
        seat.trouble_since = Clock::now();
        seat.account.standing = Standing::from(json.at("standing"));
    } else if (is == "finished") {
        seat.account.transport = transport_from(json.at("transport"));
        seat.account.init_s = json.at("init_s");
        seat.finished = true;
    } else {
        seat.ended = "it sent an unknown message";
    }
}

// Before the start a rank may go and come again: its seat is free then.
void Hub::free_empty_seats() {
    for (Seat& seat : seats_) {
        if (!seat.ended.empty()) {
            seat.channel.reset();
            seat.account.joined = false;
            seat.account.standing = {};
            seat.ended.clear();
        }
    }
}

bool Hub::all_joined() const {
    return std::ranges::all_of(seats_, [](const Seat& seat) { return seat.channel != nullptr; });
}

void Hub::start() {
    started_ = true;
    deadline_ = Clock::now() + seconds_long(settings_.limit_s);
    Seat& own = seats_.front();
    own.peer.ip = own_host_;
    own.account.address = own_host_;
    Start start{.peers = {}, .id = settings_.id};
    for (Seat& seat : seats_) {
        seat.heard = Clock::now();
        start.peers.push_back(seat.peer);
    }
    send_to_all(start.json());
}

void Hub::release_barrier() {
    const int arrived = std::ranges::min_element(seats_, {}, &Seat::arrived)->arrived;
    if (arrived > released_) {
        released_ = arrived;
        send_to_all({{"is", "go"}, {"operation", arrived}});
    }
}

void Hub::watch() {
    if (std::ranges::all_of(seats_, &Seat::finished)) {
        decide(final_decision());
        return;
    }
    std::vector<Watched> watched;
    for (const Seat& seat : seats_) {
        watched.push_back({.account = &seat.account,
                           .ended = seat.ended,
                           .silent_s = seconds_since(seat.heard),
                           .trouble = seat.trouble,
                           .trouble_age_s = seat.trouble ? seconds_since(seat.trouble_since) : 0});
    }
    if (std::vector<Reason> reasons = troubles(watched, settings_.hang_s); !reasons.empty()) {
        // What was wrong before may be why.
        std::vector<Reason> wrong = wrong_reasons(accounts());
        reasons.insert(reasons.end(), wrong.begin(), wrong.end());
        decide(decided_by(std::move(reasons)));
    } else if (Clock::now() > deadline_) {
        const auto behind = std::ranges::min_element(
            watched, {}, [](const Watched& one) { return one.account->standing.operation; });
        decide(
            decided_by({{.code = "over_limit",
                         .verdict = Verdict::inconclusive,
                         .rank = no_rank,
                         .text = "the run took longer than its limit; " + behind->account->name() +
                                 " " + behind->account->standing.text()}}));
    }
}

std::vector<RankAccount> Hub::accounts() const {
    std::vector<RankAccount> accounts;
    for (const Seat& seat : seats_) {
        accounts.push_back(seat.account);
    }
    return accounts;
}

Decision Hub::final_decision() const {
    const std::vector<RankAccount> ranks = accounts();
    std::vector<Reason> reasons = wrong_reasons(ranks);
    for (const std::vector<Reason>& more :
         {slow_reasons(settings_.sweep, ranks),
          transport_reasons(settings_.expected_transport, ranks)}) {
        reasons.insert(reasons.end(), more.begin(), more.end());
    }
    return decided_by(std::move(reasons));
}

std::vector<Reason> Hub::missing() const {
    std::vector<Reason> reasons;
    for (const Seat& seat : seats_) {
        if (seat.channel) {
            continue;
        }
        std::string text =
            seat.account.name() + " did not join within " + Json(settings_.join_s).dump() + " s";
        for (const Refused& one : reception_.refused()) {
            if (one.rank == seat.account.rank) {
                text +=
                    "; " + one.address + ", which said it is this rank, was refused: " + one.reason;
                break;
            }
        }
        reasons.push_back({.code = "rank_missing",
                           .verdict = Verdict::inconclusive,
                           .rank = seat.account.rank,
                           .text = text});
    }
    return reasons;
}

void Hub::decide(Decision decision) {
    decision_ = std::move(decision);
    send_to_all(decision_json(*decision_));
}

void Hub::send_to_all(const Json& message) {
    for (Seat& seat : seats_) {
        if (seat.channel && seat.ended.empty()) {
            seat.channel->send(message);
            seat.channel->flush();
        }
    }
}

// Each closes its end once it has read the decision; closing first might take it from them.
void Hub::say_goodbye() {
    const Clock::time_point until = Clock::now() + goodbye_limit;
    const auto open = [](const Seat& seat) { return seat.channel && seat.ended.empty(); };
    while (std::ranges::any_of(seats_, open) && Clock::now() < until) {
        wait_and_pump();
    }
}

}  // namespace assay::probe::collective
