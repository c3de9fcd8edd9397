// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "engine/inventory.h"

namespace assay {

namespace {

using kube::Json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::int64_t seconds_of(milliseconds duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

int count_of(const Json& quantity) {
    return quantity.is_string()           ? std::atoi(quantity.get<std::string>().c_str())
           : quantity.is_number_integer() ? quantity.get<int>()
                                          : 0;
}

steady_clock::time_point last_moment(steady_clock::time_point ends, const Check& check) {
    return ends - check.cost.clearing;
}

}  // namespace

std::optional<milliseconds> time_left(const Budget& budget) {
    if (!budget.ends) {
        return std::nullopt;
    }
    return std::max(milliseconds(0),
                    std::chrono::duration_cast<milliseconds>(*budget.ends - steady_clock::now()));
}

milliseconds planned_time(const Check& check) {
    return check.cost.asking + check.cost.clearing;
}

std::string over_budget(const Budget& budget, const Check& check,
                        std::optional<milliseconds> left) {
    if (budget.accelerators && check.needs.accelerators > *budget.accelerators) {
        return fmt::format("budget: it needs {} accelerator(s) at a time, and there may be {}",
                           check.needs.accelerators, *budget.accelerators);
    }
    if (left && planned_time(check) > *left) {
        return fmt::format(
            "budget: it is planned to take {} s with its clean-up, and of the {} "
            "minute(s) {} s are left",
            seconds_of(planned_time(check)), budget.minutes, seconds_of(*left));
    }
    return {};
}

steady_clock::time_point asking_ends(const Budget& budget, const Check& check,
                                     milliseconds timeout) {
    const auto own = steady_clock::now() + timeout;
    return budget.ends ? std::min(own, last_moment(*budget.ends, check)) : own;
}

std::string why_time_was_up(const Budget& budget, const Check& check,
                            steady_clock::time_point deadline) {
    return budget.ends && deadline == last_moment(*budget.ends, check)
               ? fmt::format("budget: the {} minute(s) of the run were up", budget.minutes)
               : "the check's time was up";
}

HeldAccelerators::Holdings HeldAccelerators::of(const Json& pod, int devices_each) {
    Holdings result;
    const std::string name = kube::name_of(pod);
    for (const Json& claim : kube::array(pod, {"spec", "resourceClaims"})) {
        const std::string shared = kube::text(claim, {"resourceClaimName"});
        if (shared.empty()) {
            result["pod " + name] += devices_each;
        } else {
            result["claim " + shared] = 1;
        }
    }
    for (const char* kind : {"initContainers", "containers"}) {
        for (const Json& container : kube::array(pod, {"spec", kind})) {
            for (const auto& [resource, quantity] :
                 kube::object(container, {"resources", "limits"}).items()) {
                result["pod " + name] += is_extended(resource) ? count_of(quantity) : 0;
            }
        }
    }
    return result;
}

int HeldAccelerators::in_all() const {
    Holdings all;
    for (const auto& [pod, holdings] : by_pod_) {
        all.insert(holdings.begin(), holdings.end());
    }
    int sum = 0;
    for (const auto& [through, count] : all) {
        sum += count;
    }
    return sum;
}

std::string HeldAccelerators::take(const Json& pod, int devices_each) {
    const std::string name = kube::name_of(pod);
    const int before = in_all();
    by_pod_[name] = of(pod, devices_each);
    const int after = in_all();
    if (most_ && after > *most_ && after > before) {
        by_pod_.erase(name);
        return fmt::format(
            "budget: pod {} would make it {} accelerator(s) at a time, and there "
            "may be {}",
            name, after, *most_);
    }
    return {};
}

void HeldAccelerators::give_back(const std::string& pod) {
    by_pod_.erase(pod);
}

}  // namespace assay
