// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/escape.h"

#include <fmt/format.h>

#include <cstdint>

namespace assay::reports {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr char escape = '\x1B';

struct Character {
    char32_t code = 0;
    std::size_t length = 0;  // bytes; 0 if the text does not begin with valid UTF-8
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
    return static_cast<std::uint8_t>(text[index]);
}

// Length and first bits as the lead byte says them; length 0 for a byte that cannot lead.
Character lead(std::uint8_t byte) {
    if (byte < 0x80) {
        return {byte, 1};
    }
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {static_cast<char32_t>(byte & 0x1F), 2};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return {static_cast<char32_t>(byte & 0x0F), 3};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return {static_cast<char32_t>(byte & 0x07), 4};
    }
    return {};
}

Character decode(std::string_view text) {
    Character result = lead(byte_at(text, 0));
    if (result.length > text.size()) {
        return {};
    }
    for (std::size_t i = 1; i < result.length; ++i) {
        if ((byte_at(text, i) & 0xC0) != 0x80) {
            return {};
        }
        result.code = (result.code << 6) | (byte_at(text, i) & 0x3F);
    }
    const bool overlong = (result.length == 3 && result.code < 0x800) ||
                          (result.length == 4 && result.code < 0x10000);
    const bool surrogate = result.code >= 0xD800 && result.code <= 0xDFFF;
    if (overlong || surrogate || result.code > 0x10FFFF) {
        return {};
    }
    return result;
}

bool is_fit(char32_t code) {
    if (code < 0x20) {
        return code == '\t' || code == '\n';
    }
    const bool control = code >= 0x7F && code <= 0x9F;
    const bool reorders = code == 0x061C || code == 0x200E || code == 0x200F ||
                          (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    const bool not_xml = code == 0xFFFE || code == 0xFFFF;
    return !control && !reorders && !not_xml;
}

// The index of the first character from start on that is outside [low, high].
std::size_t skip_range(std::string_view text, std::size_t start, char low, char high) {
    while (start < text.size() && text[start] >= low && text[start] <= high) {
        ++start;
    }
    return start;
}

// A string that a terminal swallows ends with BEL or with ESC and a backslash.
std::size_t command_string_length(std::string_view text) {
    for (std::size_t i = 2; i < text.size(); ++i) {
        if (text[i] == '\x07') {
            return i + 1;
        }
        if (text[i] == escape) {
            return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : 0;
        }
    }
    return 0;
}

// Bytes of the terminal sequence (ECMA-48) that text, which begins with ESC, begins with; 0 if it
// is none or has no end.
std::size_t sequence_length(std::string_view text) {
    if (text.size() < 2) {
        return 0;
    }
    if (std::string_view("]PX^_").find(text[1]) != std::string_view::npos) {
        return command_string_length(text);
    }
    std::size_t last = 1;
    if (text[1] == '[') {
        last = skip_range(text, skip_range(text, 2, '0', '?'), ' ', '/');
        return last < text.size() && text[last] >= '@' && text[last] <= '~' ? last + 1 : 0;
    }
    last = skip_range(text, 1, ' ', '/');
    return last < text.size() && text[last] >= '0' && text[last] <= '~' ? last + 1 : 0;
}

// Appends what the head of text becomes and returns how many bytes of it that used up.
std::size_t append_head(std::string& out, std::string_view text) {
    if (text[0] == escape) {
        if (const std::size_t length = sequence_length(text); length > 0) {
            return length;
        }
    }
    if (text[0] == '\r') {
        const bool before_line_feed = text.size() > 1 && text[1] == '\n';
        out += before_line_feed ? "" : "\n";
        return 1;
    }
    const Character character = decode(text);
    const bool fit = character.length > 0 && is_fit(character.code);
    out += fit ? text.substr(0, character.length) : replacement;
    return character.length > 0 ? character.length : 1;
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
    // Room for the words that say how much is gone, whatever the number in them.
    const std::string gone = fmt::format(" [{} bytes left out]", text.size());
    const std::size_t room = max_bytes > gone.size() ? max_bytes - gone.size() : 0;
    std::string out;
    std::size_t used = 0;
    std::size_t cut_at = 0;       // how long out was when it last fitted with those words
    std::size_t used_at_cut = 0;  // and how much of text that was
    while (used < text.size() && out.size() <= max_bytes) {
        used += append_head(out, text.substr(used));
        if (out.size() <= room) {
            cut_at = out.size();
            used_at_cut = used;
        }
    }
    if (out.size() <= max_bytes) {
        return out;
    }
    out.resize(cut_at);
    out += fmt::format(" [{} bytes left out]", text.size() - used_at_cut);
    return out.size() <= max_bytes ? out : std::string();
}

std::string printable_line(std::string_view text, std::size_t max_bytes) {
    std::string flat;
    for (const char c : text) {
        const bool blank = c == '\n' || c == '\t' || c == '\r';
        if (!blank) {
            flat += c;
        } else if (!flat.empty() && flat.back() != ' ') {
            flat += ' ';
        }
    }
    while (!flat.empty() && flat.back() == ' ') {
        flat.pop_back();
    }
    return printable(flat, max_bytes);
}

std::string markdown_line(std::string_view text, std::size_t max_bytes) {
    std::string result;
    for (const char one : printable_line(text, max_bytes)) {
        switch (one) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            default:
                if (std::string_view("\\`*_{}[]()#+-.!|~@:").find(one) != std::string_view::npos) {
                    result += '\\';
                }
                result += one;
        }
    }
    return result;
}

}  // namespace assay::reports
