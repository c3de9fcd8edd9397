// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/slices.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace assay {

namespace {

using kube::Json;

// v1beta1 keeps what a device is one level deeper.
const Json& inner(const Json& device) {
    const Json* basic = kube::find(device, {"basic"});
    return basic == nullptr ? device : *basic;
}

std::optional<AttributeValue> value_of(const Json& attribute) {
    if (const Json* text = kube::find(attribute, {"string"});
        text != nullptr && text->is_string()) {
        return text->get<std::string>();
    }
    if (const Json* number = kube::find(attribute, {"int"});
        number != nullptr && number->is_number_integer()) {
        return number->get<std::int64_t>();
    }
    if (const Json* flag = kube::find(attribute, {"bool"}); flag != nullptr && flag->is_boolean()) {
        return flag->get<bool>();
    }
    return std::nullopt;
}

std::vector<std::string> texts(const Json& object, std::string_view member) {
    std::vector<std::string> result;
    for (const Json& one : kube::array(object, {member})) {
        if (one.is_string()) {
            result.push_back(one.get<std::string>());
        }
    }
    return result;
}

// "" for one that keeps no pod away (effect None only informs).
std::string repelling(const Json& taint) {
    const std::string effect = kube::text(taint, {"effect"});
    return effect == "NoSchedule" || effect == "NoExecute"
               ? fmt::format("{}={}:{}", kube::text(taint, {"key"}), kube::text(taint, {"value"}),
                             effect)
               : "";
}

// A rule without a selector selects nothing, one with an empty selector everything.
bool selects(const Json& rule, const SliceDevice& device) {
    const Json* selector = kube::find(rule, {"spec", "deviceSelector"});
    if (selector == nullptr || !selector->is_object()) {
        return false;
    }
    const std::map<std::string, std::string> own{
        {"driver", device.driver}, {"pool", device.pool}, {"device", device.name}};
    return std::ranges::all_of(selector->items(), [&](const auto& criterion) {
        const auto found = own.find(criterion.key());
        return found != own.end() && criterion.value() == found->second;
    });
}

SliceDevice device_of(const Json& object, const std::string& driver, const std::string& pool) {
    const Json& content = inner(object);
    SliceDevice device;
    device.driver = driver;
    device.pool = pool;
    device.name = kube::text(object, {"name"});
    for (const auto& [name, attribute] : kube::object(content, {"attributes"}).items()) {
        if (const auto value = value_of(attribute)) {
            const bool qualified = name.find('/') != std::string::npos;
            device.attributes[qualified ? name : fmt::format("{}/{}", driver, name)] = *value;
        }
    }
    for (const auto& [name, capacity] : kube::object(content, {"capacity"}).items()) {
        const std::string least = kube::text(capacity, {"requestPolicy", "validRange", "min"});
        if (!least.empty()) {
            device.least_shares[name] = least;
        }
    }
    for (const Json& taint : kube::array(content, {"taints"})) {
        if (std::string text = repelling(taint); !text.empty()) {
            device.taints.push_back(std::move(text));
        }
    }
    for (const Json& consumed : kube::array(content, {"consumesCounters"})) {
        device.counter_sets.push_back(kube::text(consumed, {"counterSet"}));
    }
    device.binding_conditions = texts(content, "bindingConditions");
    device.allows_multiple = kube::boolean(content, {"allowMultipleAllocations"});
    return device;
}

std::string pool_name(const Json& slice) {
    return kube::text(slice, {"spec", "pool", "name"});
}

std::int64_t generation_of(const Json& slice) {
    return kube::integer(slice, {"spec", "pool", "generation"});
}

// In whatever order its slices come.
void count_in(SlicePool& pool, const Json& slice) {
    const std::int64_t generation = generation_of(slice);
    if (generation > pool.generation) {
        pool.older += pool.present;
        pool.present = 0;
        pool.generation = generation;
    }
    const bool current = generation == pool.generation;
    ++(current ? pool.present : pool.older);
    if (current) {
        pool.expected = kube::integer(slice, {"spec", "pool", "resourceSliceCount"});
    }
}

// The pools of one driver's slices, by name.
std::map<std::string, SlicePool> pools_of(const std::vector<Json>& own, const std::string& driver) {
    std::map<std::string, SlicePool> pools;
    for (const Json& slice : own) {
        SlicePool& pool = pools[pool_name(slice)];
        pool.driver = driver;
        pool.name = pool_name(slice);
        count_in(pool, slice);
    }
    return pools;
}

std::string literal(const AttributeValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        return Json(*text).dump(-1, ' ', true, Json::error_handler_t::replace);
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*number);
    }
    return std::get<bool>(value) ? "true" : "false";
}

std::string comparison(const std::string& qualified, const AttributeValue& value) {
    const std::size_t slash = qualified.find('/');
    const std::string domain = qualified.substr(0, slash);
    const std::string name = qualified.substr(slash + 1);
    // A device without the attribute would make the whole expression an error.
    return fmt::format(
        "\"{1}\" in device.attributes[\"{0}\"] && device.attributes[\"{0}\"].{1} == {2}", domain,
        name, literal(value));
}

bool matches(const SliceDevice& device, const std::string& name, const AttributeValue& value) {
    const auto found = device.attributes.find(name);
    return found != device.attributes.end() && found->second == value;
}

}  // namespace

std::string SlicePool::describe() const {
    return fmt::format("pool {} of driver {}: {} of {} slice(s) of generation {}{}", name, driver,
                       present, expected, generation,
                       older == 0 ? "" : fmt::format(", {} of older generations", older));
}

const SliceDevice* Slices::device(const std::string& pool, const std::string& name) const {
    const auto found = std::ranges::find_if(
        devices, [&](const SliceDevice& one) { return one.pool == pool && one.name == name; });
    return found == devices.end() ? nullptr : &*found;
}

std::string Slices::describe() const {
    std::string wanting;
    for (const SlicePool& pool : pools) {
        if (!pool.complete()) {
            wanting += (wanting.empty() ? "" : "; ") + pool.describe();
        }
    }
    return wanting.empty()
               ? fmt::format("{} pool(s), all complete, {} device(s)", pools.size(), devices.size())
               : wanting;
}

Slices slices_of(const std::vector<Json>& objects, const std::string& driver) {
    std::vector<Json> own;
    std::ranges::copy_if(objects, std::back_inserter(own), [&](const Json& slice) {
        return kube::text(slice, {"spec", "driver"}) == driver;
    });
    const std::map<std::string, SlicePool> pools = pools_of(own, driver);
    Slices result;
    for (const auto& [name, pool] : pools) {
        result.pools.push_back(pool);
    }
    for (const Json& slice : own) {
        const SlicePool& pool = pools.at(pool_name(slice));
        if (generation_of(slice) == pool.generation && pool.complete()) {
            for (const Json& device : kube::array(slice, {"spec", "devices"})) {
                result.devices.push_back(device_of(device, driver, pool.name));
            }
        }
    }
    return result;
}

std::vector<SlicePool> pools_in(const std::map<std::string, Json>& slices) {
    std::map<std::pair<std::string, std::string>, SlicePool> pools;
    for (const auto& [name, slice] : slices) {
        const std::string driver = kube::text(slice, {"spec", "driver"});
        SlicePool& pool = pools[{driver, pool_name(slice)}];
        pool.driver = driver;
        pool.name = pool_name(slice);
        count_in(pool, slice);
    }
    std::vector<SlicePool> result;
    for (auto& [key, pool] : pools) {
        result.push_back(std::move(pool));
    }
    return result;
}

void add_rules(Slices& slices, const std::vector<Json>& rules) {
    for (const Json& rule : rules) {
        const std::string taint = repelling(kube::object(rule, {"spec", "taint"}));
        for (SliceDevice& device : slices.devices) {
            if (!taint.empty() && selects(rule, device)) {
                device.taints.push_back(taint);
            }
        }
    }
}

std::string cel_naming(const SliceDevice& device, const std::vector<SliceDevice>& all) {
    std::string conjunction = fmt::format("device.driver == \"{}\"", device.driver);
    std::vector<const SliceDevice*> left(all.size());
    std::ranges::transform(all, left.begin(), [](const SliceDevice& one) { return &one; });
    for (const auto& [name, value] : device.attributes) {
        const auto same = [&](const SliceDevice* one) { return matches(*one, name, value); };
        if (std::ranges::count_if(all, [&](const SliceDevice& one) { return same(&one); }) == 1) {
            return fmt::format("device.driver == \"{}\" && {}", device.driver,
                               comparison(name, value));
        }
        if (std::ranges::all_of(left, same)) {
            continue;  // tells nothing
        }
        std::erase_if(left, [&](const SliceDevice* one) { return !same(one); });
        conjunction += " && " + comparison(name, value);
    }
    return left.size() == 1 ? conjunction : "";
}

}  // namespace assay
