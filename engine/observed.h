// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a probe reported, with where it comes from. A control or a negative takes only this, so that
// the engine can tell whether two observations are comparable. Values; any thread.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>

namespace assay {

struct Provenance {
    std::string namespace_name;
    std::string pod;
    std::string pod_uid;
    std::string container;
    std::string node;           // "" while the pod was never bound
    std::string image;          // imageID as the node reports it
    std::string runtime_class;  // "" is the node's default handler
    std::string observed_at;    // RFC 3339, the probe's clock
    std::string document_sha256;
    bool simulated = false;
    // What was asked about ("claim x", "pod y") where the API server or the scheduler answered and
    // not a probe on a node; "" for a probe. Such an answer is the same wherever it is asked from.
    std::string target = {};

    bool by_probe() const { return target.empty(); }
    std::string describe() const;  // "pod x, container y, node z, RuntimeClass r", or the target
};

// Why there is no value.
struct NoAnswer {
    // True when the cluster refused to run the probe at all, in its own words: an attempt to get
    // more (Assertion::forging) is then closed by policy. It is recorded as such and never stands
    // for the oracle.
    bool closed = false;
    std::string reason;
};

// What an observation rests on, as it was received; kept in the report's artifacts.
struct Testimony {
    std::string pod;           // the pod as the API server last showed it, JSON
    std::string document;      // what the probe said, byte for byte
    std::string objects = {};  // other objects it rests on, a JSON array; "" if there are none
};

template <class T>
struct Observed {
    std::expected<T, NoAnswer> value;
    Provenance provenance;
    std::shared_ptr<const Testimony> testimony;  // null if there is none
};

}  // namespace assay
