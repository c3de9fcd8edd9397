// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/greeting.h"

#include "probe/collective/seal.h"

namespace assay::probe::collective {

namespace {

constexpr std::size_t longest_name = 253;  // of a host, RFC 1035
constexpr const char* secrets_differ =
    "it does not know the secret of this run, or has another (--secret-file)";

std::string proof_of(const std::string& secret, const char* side, const std::string& hello,
                     const std::string& nonce) {
    return hmac_sha256_hex(secret,
                           "assay allreduce 1 " + std::string(side) + "\n" + nonce + "\n" + hello);
}

bool is_text(const Json& json, const char* member, std::size_t longest) {
    return json.contains(member) && json[member].is_string() &&
           json[member].get_ref<const std::string&>().size() <= longest;
}

bool is_count(const Json& json, const char* member, int most) {
    return json.contains(member) && json[member].is_number_unsigned() &&
           json[member].get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
}

Json parsed(const std::string& message) {
    Json json = Json::parse(message, nullptr, false);
    return json.is_object() ? json : Json::object();
}

// What is wrong with a hello, or "".
std::string fault_of(const Json& json) {
    if (!json.contains("assay_allreduce")) {
        return "an unknown message where a hello was due";
    }
    if (json["assay_allreduce"] != greeting_version) {
        return "version " + json["assay_allreduce"].dump().substr(0, 20) +
               " of the greeting; this is version " + std::to_string(greeting_version);
    }
    const bool whole = is_text(json, "purpose", 16) && is_text(json, "nonce", 64) &&
                       json["nonce"].get_ref<const std::string&>().size() == 64 &&
                       is_text(json, "host", longest_name) && is_text(json, "node", longest_name) &&
                       is_count(json, "rank", 1'000'000) && is_count(json, "ranks", ranks_most) &&
                       is_count(json, "ring_port", 65535) && json.contains("plan") &&
                       json["plan"].is_object();
    return whole ? "" : "a hello that lacks a member or has a wrong one";
}

Hello hello_of(const Json& json) {
    return {.purpose = json["purpose"],
            .rank = json["rank"],
            .ranks = json["ranks"],
            .ring_port = json["ring_port"],
            .host = json["host"],
            .node = json["node"],
            .plan = json["plan"]};
}

std::string refusal_in(const Json& json) {
    return is_text(json, "refused", 1024) ? json["refused"].get<std::string>() : "";
}

}  // namespace

std::string Listener::welcome() {
    return Json({{"welcome", true}}).dump();
}

std::string Listener::refusal(const std::string& why) {
    return Json({{"refused", why}}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Listener::refuse(const std::string& why) {
    state_ = Greeted::refused;
    reason_ = why;
    return refusal(why);
}

std::string Listener::challenge(const std::string& message) {
    const Json json = parsed(message);
    if (is_count(json, "rank", 1'000'000)) {
        claimed_rank_ = json["rank"];
    }
    if (const std::string fault = fault_of(json); !fault.empty()) {
        return refuse(fault);
    }
    hello_ = hello_of(json);
    hello_text_ = message;
    nonce_ = fresh_nonce();
    return Json({{"nonce", nonce_}, {"proof", proof_of(secret_, "listener", message, nonce_)}})
        .dump();
}

std::string Listener::take(const std::string& message) {
    if (state_ != Greeted::waiting) {
        return "";
    }
    if (!hello_) {
        return challenge(message);
    }
    const Json json = parsed(message);
    if (const std::string why = refusal_in(json); !why.empty()) {
        state_ = Greeted::refused;
        reason_ = "it ended the greeting: " + why;
        return "";
    }
    if (!is_text(json, "proof", 64)) {
        return refuse("an unknown message where a proof was due");
    }
    if (!same_seal(json["proof"].get_ref<const std::string&>(),
                   proof_of(secret_, "dialer", hello_text_, nonce_))) {
        return refuse(secrets_differ);
    }
    state_ = Greeted::welcome;
    who_ = hello_;
    return "";
}

Dialer::Dialer(const std::string& secret, const Hello& hello) : secret_(secret) {
    hello_text_ = Json({{"assay_allreduce", greeting_version},
                        {"purpose", hello.purpose},
                        {"rank", hello.rank},
                        {"ranks", hello.ranks},
                        {"nonce", fresh_nonce()},
                        {"ring_port", hello.ring_port},
                        {"host", hello.host.substr(0, longest_name)},
                        {"node", hello.node.substr(0, longest_name)},
                        {"plan", hello.plan}})
                      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Dialer::refuse(const std::string& why) {
    state_ = Greeted::refused;
    reason_ = why;
    return Listener::refusal(why);
}

std::string Dialer::take(const std::string& message) {
    if (state_ != Greeted::waiting) {
        return "";
    }
    const Json json = parsed(message);
    if (const std::string why = refusal_in(json); !why.empty()) {
        state_ = Greeted::refused;
        reason_ = "it refused this rank: " + why;
        return "";
    }
    if (answered_) {
        if (!json.contains("welcome")) {
            return refuse("an unknown message where a welcome was due");
        }
        state_ = Greeted::welcome;
        return "";
    }
    if (!is_text(json, "nonce", 64) || !is_text(json, "proof", 64)) {
        return refuse("an unknown message where a challenge was due");
    }
    const std::string nonce = json["nonce"];
    if (!same_seal(json["proof"].get_ref<const std::string&>(),
                   proof_of(secret_, "listener", hello_text_, nonce))) {
        return refuse(secrets_differ);
    }
    answered_ = true;
    return Json({{"proof", proof_of(secret_, "dialer", hello_text_, nonce)}}).dump();
}

}  // namespace assay::probe::collective
