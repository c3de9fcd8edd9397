// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/messages.h"

namespace assay::probe::collective {

Json Peer::json() const {
    return {{"rank", rank}, {"host", host}, {"node", node}, {"ip", ip}, {"ring_port", ring_port}};
}

Peer Peer::from(const Json& json) {
    return {.rank = json.at("rank"),
            .host = json.at("host"),
            .node = json.at("node"),
            .ip = json.at("ip"),
            .ring_port = json.at("ring_port")};
}

Json Start::json() const {
    Json listed = Json::array();
    for (const Peer& peer : peers) {
        listed.push_back(peer.json());
    }
    return {{"is", "start"}, {"peers", listed}, {"id", id}};
}

Start Start::from(const Json& json) {
    Start start{.peers = {}, .id = json.at("id")};
    for (const Json& peer : json.at("peers")) {
        start.peers.push_back(Peer::from(peer));
    }
    return start;
}

Json decision_json(const Decision& decision) {
    Json reasons = Json::array();
    for (const Reason& reason : decision.reasons) {
        reasons.push_back(reason.json());
    }
    return {{"is", "decision"}, {"verdict", verdict_name(decision.verdict)}, {"reasons", reasons}};
}

Decision decision_from(const Json& json) {
    Decision decision{.verdict = verdict_named(json.at("verdict")), .reasons = {}};
    for (const Json& reason : json.at("reasons")) {
        decision.reasons.push_back(Reason::from(reason));
    }
    return decision;
}

}  // namespace assay::probe::collective
