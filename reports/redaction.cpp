// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/redaction.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "reports/ascii.h"
#include "reports/escape.h"

namespace assay::reports {

namespace {

constexpr std::size_t uuid_length = 36;
constexpr std::size_t mac_length = 17;

bool is_word(char one) {
    return std::isalnum(static_cast<unsigned char>(one)) != 0;
}

bool is_hexadecimal(char one) {
    return std::isxdigit(static_cast<unsigned char>(one)) != 0;
}

// Whether text begins with the shape, of which 'x' is a hexadecimal digit, and ends there.
bool has_shape(std::string_view text, std::string_view shape) {
    if (text.size() < shape.size() || (text.size() > shape.size() && is_word(text[shape.size()]))) {
        return false;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 'x' ? !is_hexadecimal(text[i]) : text[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

// How much of text's beginning an address may be made of.
std::string_view address_part(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() &&
           (is_hexadecimal(text[end]) || text[end] == ':' || text[end] == '.')) {
        ++end;
    }
    // The end of a sentence is no part of it.
    while (end > 0 && text[end - 1] == '.') {
        --end;
    }
    return text.substr(0, end);
}

// "10.1.2.3", also in front of a port.
std::string_view ipv4(std::string_view text) {
    std::string_view part = address_part(text);
    part = part.substr(0, part.find(':'));
    in_addr parsed{};
    const bool ends = part.size() == text.size() || !is_word(text[part.size()]);
    return ends && inet_pton(AF_INET, std::string(part).c_str(), &parsed) == 1 ? part
                                                                               : std::string_view();
}

std::string_view ipv6(std::string_view text) {
    std::string_view part = address_part(text);
    const bool ends = part.size() == text.size() || !is_word(text[part.size()]);
    while (ends && !part.empty()) {
        in6_addr parsed{};
        if (inet_pton(AF_INET6, std::string(part).c_str(), &parsed) == 1) {
            return part;
        }
        if (part.back() != ':') {
            break;
        }
        part.remove_suffix(1);  // "fe80::1: refused"
    }
    return {};
}

bool is_nobodys(std::string_view address) {
    return address.starts_with("127.") || address == "0.0.0.0" || address == "::" ||
           address == "::1" || address.starts_with("255.255.");
}

void add_numbered(std::map<std::string, std::string, std::less<>>& known,
                  const std::vector<std::string>& names, std::string_view kind) {
    int count = 0;
    for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
        if (!name.empty()) {
            known.emplace(lower_case(name), fmt::format("{}-{:03}", kind, ++count));
        }
    }
}

}  // namespace

std::string registry_of(std::string_view image) {
    const std::size_t slash = image.find('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const std::string_view first = image.substr(0, slash);
    const bool host = first.find_first_of(".:") != std::string_view::npos;
    return host ? std::string(first) : std::string();
}

std::string host_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    url = url.substr(0, url.find('/'));
    if (url.starts_with('[')) {
        return std::string(url.substr(1, url.find(']') - 1));
    }
    return std::string(url.substr(0, url.find(':')));
}

std::expected<Redaction, std::string> Redaction::make(const Identities& identities,
                                                      const std::set<std::string>& reserved) {
    std::map<std::string, std::string, std::less<>> known;
    add_numbered(known, identities.nodes, "node");
    add_numbered(known, identities.registries, "registry");
    add_numbered(known, identities.hosts, "host");
    add_numbered(known, identities.names, "name");
    std::set<std::string> words;
    std::ranges::transform(reserved, std::inserter(words, words.end()), lower_case);
    for (const auto& [name, word] : known) {
        if (words.contains(name)) {
            return std::unexpected(fmt::format(
                "\"{}\" is a name in the cluster and a word of the report itself, so it cannot be "
                "taken out of it; give --redact none (a run: with --resume DIR), and look at what "
                "is "
                "published",
                printable_line(name)));
        }
    }
    return Redaction(std::move(known));
}

Redaction::Redaction(std::map<std::string, std::string, std::less<>> known)
    : known_(std::move(known)) {
    for (const auto& [name, word] : known_) {
        lengths_.insert(name.size());
    }
}

std::string Redaction::numbered(std::string_view kind, std::string_view found) {
    const std::string key = lower_case(found);
    if (const auto met = met_.find(key); met != met_.end()) {
        return met->second;
    }
    const int number = ++counts_[std::string(kind)];
    return met_[key] = kind == "uuid" ? fmt::format("00000000-0000-0000-0000-{:012}", number)
                                      : fmt::format("{}-{:03}", kind, number);
}

// How many characters at that place are a known name, whose word is appended; 0 where none is.
std::size_t Redaction::known_name(std::string_view text, std::size_t at, std::string& out) const {
    if (at > 0 && is_word(text[at - 1])) {
        return 0;
    }
    for (const std::size_t length : lengths_) {
        const std::size_t end = at + length;
        if (end > text.size() || (end < text.size() && is_word(text[end]))) {
            continue;
        }
        if (const auto found = known_.find(text.substr(at, length)); found != known_.end()) {
            out += found->second;
            return length;
        }
    }
    return 0;
}

std::size_t Redaction::pattern(std::string_view text, std::size_t at, std::string& out) {
    if (at > 0 && (is_word(text[at - 1]) || text[at - 1] == ':')) {
        return 0;
    }
    const std::string_view rest = text.substr(at);
    if (has_shape(rest, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")) {
        out += numbered("uuid", rest.substr(0, uuid_length));
        return uuid_length;
    }
    if (has_shape(rest, "xx:xx:xx:xx:xx:xx") &&
        (rest.size() == mac_length || rest[mac_length] != ':')) {
        out += numbered("address", rest.substr(0, mac_length));
        return mac_length;
    }
    if (at > 0 && text[at - 1] == '.') {
        return 0;  // the end of something longer
    }
    std::string_view address = ipv4(rest);
    address = address.empty() ? ipv6(rest) : address;
    if (address.empty()) {
        return 0;
    }
    out += is_nobodys(address) ? std::string(address) : numbered("address", address);
    return address.size();
}

std::string Redaction::text(std::string_view text) {
    const std::string in_lower_case = lower_case(text);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t taken = known_name(in_lower_case, at, out);
        taken = taken > 0 ? taken : pattern(text, at, out);
        if (taken == 0) {
            out += text[at];
            taken = 1;
        }
        at += taken;
    }
    return out;
}

}  // namespace assay::reports
