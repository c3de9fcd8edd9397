// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A ResourceClaim of this run, what the API server shows of it, and what the scheduler and the
// server answer a pod or a claim. Each is an Observed<T> whose provenance names what was asked
// about. Thread contract: one check's thread; every wait ends at the check's deadline or when the
// run is stopped. Units: none.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/devices.h"
#include "engine/observed.h"
#include "kube/json.h"

namespace assay {

class ScenarioState;

struct ClaimState {
    bool exists = false;
    std::vector<AllocatedDevice> devices;   // of its allocation
    std::vector<std::string> requests;      // that each was allocated for: "accelerator/choice-1"
    std::vector<std::string> share_ids;     // of devices with several claims, "" elsewhere
    std::vector<std::string> reserved_for;  // names of pods
    std::vector<std::string> device_statuses;  // devices that the driver reports on
    std::vector<std::string> conditions;       // "BindingReady=True", of those

    bool free() const { return devices.empty() && reserved_for.empty(); }
    // Both were allocated a device, and no share tells their parts of it apart.
    bool overlaps(const ClaimState& other) const;
    std::string describe() const;
};

// A handle; cheap to copy.
class Claim {
public:
    Claim(std::string name, std::string object_name, ScenarioState* state)
        : name_(std::move(name)), object_name_(std::move(object_name)), state_(state) {}

    // As the fixture has it, for PodManifest::claiming().
    const std::string& name() const { return name_; }

    // Waits until it is so, at most the profile's observe_s. When that time is up the value is what
    // the server showed last: that it did not come to be so is an answer.
    Observed<ClaimState> when(const std::function<bool(const ClaimState&)>& is_so) const;
    Observed<ClaimState> when_free() const;

private:
    std::string name_;
    std::string object_name_;
    ScenarioState* state_;
};

// What the scheduler did with a pod.
struct Scheduling {
    std::string node;   // "" while it is bound to none
    std::string words;  // its own, why not

    bool bound() const { return !node.empty(); }
    bool names_claims() const;  // the reason is a claim and not, say, a taint
    std::string describe() const;
};

// What became of a pod with a claim.
struct Started {
    bool bound = false;
    bool running = false;
    std::string words;  // why not
    // Where the scheduler never placed it: why that may be right, "" if nothing speaks for it.
    std::string excuse = {};
    ClaimState claim;

    std::string describe() const;
};

// What the API server answered a create.
struct Answer {
    bool accepted = false;
    std::string words;  // of the refusal
    kube::Json object;  // as accepted

    // Whether the member at a JSON pointer ("/spec/devices/requests/0/exactly/adminAccess")
    // survived: a server drops what its feature gates leave out.
    bool kept(std::string_view pointer) const;
    std::string describe() const;
};

ClaimState claim_state_of(const kube::Json& claim);

}  // namespace assay
