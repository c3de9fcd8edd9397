// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The greeting of two processes of one run, in four messages:
//
//   dialer    hello      {"assay_allreduce":1, "purpose", "rank", "ranks", "nonce", …}
//   listener  challenge  {"nonce", "proof"}       proof: HMAC of "listener", the hello, the nonce
//   dialer    answer     {"proof"}                proof: HMAC of "dialer", the same
//   listener  welcome    {"welcome":true} or {"refused":"why"}
//
// Each side proves that it knows the secret over a nonce of the other's, so that neither can be
// played back; the two labels keep one side's proof from serving as the other's. All that the hello
// says is under the proof. Either side may send {"refused":"why"} instead and end. Pure state
// machines without sockets; one thread each.
#pragma once

#include <optional>
#include <string>

#include "probe/document.h"

namespace assay::probe::collective {

inline constexpr int greeting_version = 1;
inline constexpr int ranks_most = 1024;

// What a dialer says of itself.
struct Hello {
    std::string purpose;  // "control" or "ring"
    int rank = 0;         // 0 to ranks - 1 if it tells the truth
    int ranks = 0;
    std::uint16_t ring_port = 0;  // where it listens for its neighbour; 0: nowhere
    std::string host;
    std::string node;
    Json plan = Json::object();  // the run it means to do
};

// How far a side of a greeting has come.
enum class Greeted { waiting, welcome, refused };

class Listener {
public:
    // `secret`: outlives it.
    explicit Listener(const std::string& secret) : secret_(secret) {}

    // Takes a message and returns the answer to send, "" for none. Once who() is there the peer has
    // shown the secret, and it is the caller who sends `welcome` or `refusal`.
    std::string take(const std::string& message);

    Greeted state() const { return state_; }
    const std::string& reason() const { return reason_; }  // of a refusal
    const std::optional<Hello>& who() const { return who_; }
    // The rank it says it has, shown or not; -1 if it has said none.
    int claimed_rank() const { return claimed_rank_; }

    static std::string welcome();
    static std::string refusal(const std::string& why);

private:
    std::string refuse(const std::string& why);
    std::string challenge(const std::string& message);

    const std::string& secret_;
    Greeted state_ = Greeted::waiting;
    std::string reason_;
    std::string hello_text_;
    std::string nonce_;
    std::optional<Hello> hello_;
    std::optional<Hello> who_;
    int claimed_rank_ = -1;
};

class Dialer {
public:
    // `secret`: outlives it. Throws std::runtime_error where there is no randomness.
    Dialer(const std::string& secret, const Hello& hello);

    const std::string& hello() const { return hello_text_; }
    // Takes a message and returns the answer to send, "" for none.
    std::string take(const std::string& message);

    Greeted state() const { return state_; }
    const std::string& reason() const { return reason_; }

private:
    std::string refuse(const std::string& why);

    const std::string& secret_;
    std::string hello_text_;
    Greeted state_ = Greeted::waiting;
    bool answered_ = false;
    std::string reason_;
};

}  // namespace assay::probe::collective
