// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/quantity.h"

#include <array>
#include <cctype>
#include <charconv>

namespace assay {

namespace {

struct Suffix {
    std::string_view text;
    double times;
    double over = 1;  // 1000 is exact, a thousandth is not
};

constexpr std::array suffixes{
    Suffix{"n", 1, 1e9},
    Suffix{"u", 1, 1e6},
    Suffix{"m", 1, 1e3},
    Suffix{"", 1},
    Suffix{"k", 1e3},
    Suffix{"M", 1e6},
    Suffix{"G", 1e9},
    Suffix{"T", 1e12},
    Suffix{"P", 1e15},
    Suffix{"E", 1e18},
    Suffix{"Ki", 1024.0},
    Suffix{"Mi", 1024.0 * 1024},
    Suffix{"Gi", 1024.0 * 1024 * 1024},
    Suffix{"Ti", 1024.0 * 1024 * 1024 * 1024},
    Suffix{"Pi", 1024.0 * 1024 * 1024 * 1024 * 1024},
    Suffix{"Ei", 1024.0 * 1024 * 1024 * 1024 * 1024 * 1024},
};

bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// The length of [+-]digits[.digits] at the beginning; 0 where there is no digit.
std::size_t length_of_number(std::string_view text) {
    std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
    bool digits = false;
    bool point = false;
    for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
        digits = digits || is_digit(text[at]);
        point = point || text[at] == '.';
    }
    return digits ? at : 0;
}

// "e3", "E-6": an exponent and no suffix, which "E" alone is.
bool is_exponent(std::string_view text) {
    return text.size() > 1 && (text[0] == 'e' || text[0] == 'E') &&
           length_of_number(text.substr(1)) == text.size() - 1 &&
           text.find('.') == std::string_view::npos;
}

std::optional<double> number_of(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<double> quantity_of(std::string_view text) {
    const std::size_t length = length_of_number(text);
    if (length == 0) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(length);
    if (is_exponent(rest)) {
        return number_of(text);
    }
    const auto value = number_of(text.substr(0, length));
    for (const Suffix& suffix : suffixes) {
        if (value && suffix.text == rest) {
            return *value * suffix.times / suffix.over;
        }
    }
    return std::nullopt;
}

}  // namespace assay
