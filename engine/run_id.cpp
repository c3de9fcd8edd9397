// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/run_id.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <random>
#include <string_view>

namespace assay {

std::string new_run_id() {
    // No vowels: no words.
    constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
    std::random_device source;
    std::uniform_int_distribution<std::size_t> pick(0, alphabet.size() - 1);
    std::string id;
    for (int i = 0; i < 8; ++i) {
        id += alphabet[pick(source)];
    }
    return id;
}

std::string now_rfc3339() {
    using namespace std::chrono;
    const auto now = time_point_cast<milliseconds>(system_clock::now());
    const auto ms = now.time_since_epoch().count() % 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)),
                       ms);
}

std::int64_t seconds_of(const std::string& rfc3339) {
    std::tm time{};
    const char* end = ::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    return end == nullptr ? -1 : static_cast<std::int64_t>(::timegm(&time));
}

}  // namespace assay
