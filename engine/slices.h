// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What DRA drivers publish in ResourceSlices, as a check asks about it: pools with their
// generations, devices with their attributes and with what they offer beyond a plain device. Values
// and pure functions; any thread. Everything is hostile: a missing member reads as absent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "kube/json.h"

namespace assay {

// The types of attribute that one CEL comparison decides; versions and lists are left out.
using AttributeValue = std::variant<std::string, std::int64_t, bool>;

struct SliceDevice {
    std::string driver;
    std::string pool;
    std::string name;
    std::map<std::string, AttributeValue> attributes;  // by qualified name, "domain/name"
    // The least a claim may ask of each capacity, by name: of those with a range for requests.
    std::map<std::string, std::string> least_shares;
    std::vector<std::string> taints;  // "key=value:effect", of those that keep pods away
    std::vector<std::string> binding_conditions;
    std::vector<std::string> counter_sets;  // that it consumes from: it is a partition
    bool allows_multiple = false;           // one device for several claims, by capacity

    std::string describe() const { return driver + "/" + pool + "/" + name; }
};

struct SlicePool {
    std::string driver;
    std::string name;
    std::int64_t generation = 0;  // the highest seen
    std::int64_t expected = 0;    // slices of that generation, by the driver's word
    std::int64_t present = 0;
    std::int64_t older = 0;  // slices of lower generations

    bool complete() const { return expected > 0 && present == expected; }
    std::string describe() const;
};

struct Slices {
    std::vector<SlicePool> pools;
    std::vector<SliceDevice> devices;  // of the highest generation of complete pools
    std::string rules_unread;          // why taints set by DeviceTaintRules are not known, if so

    const SliceDevice* device(const std::string& pool, const std::string& name) const;
    // "2 pools, all complete", or those that are not.
    std::string describe() const;
};

// Those of one driver.
Slices slices_of(const std::vector<kube::Json>& objects, const std::string& driver);

// The pools of every driver, sorted by driver and name; slices by any key.
std::vector<SlicePool> pools_in(const std::map<std::string, kube::Json>& slices);

// Adds the taints that administrators set by DeviceTaintRules. A rule that selects by more than
// driver, pool and device (CEL, or a class, as in v1alpha3) is left out.
void add_rules(Slices& slices, const std::vector<kube::Json>& rules);

// A CEL expression that, of all these devices, holds for this one only; "" if its attributes do not
// tell it from the others.
std::string cel_naming(const SliceDevice& device, const std::vector<SliceDevice>& all);

}  // namespace assay
