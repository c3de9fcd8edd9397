// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/redaction.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/ascii.h"

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

constexpr std::array public_registries{"docker.io",         "gcr.io",          "ghcr.io",
                                       "mcr.microsoft.com", "nvcr.io",         "public.ecr.aws",
                                       "quay.io",           "registry.k8s.io", "k8s.gcr.io"};

// How much of text, which begins with a quote, is that string; all of it if it is cut off.
std::size_t length_of_string(std::string_view text) {
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '"') {
            return at + 1;
        }
        at += text[at] == '\\' ? 1 : 0;
    }
    return text.size();
}

bool is_before_colon(std::string_view rest) {
    const std::size_t at = rest.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && rest[at] == ':';
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

void collect_registries(std::string_view text, std::vector<std::string>& registries) {
    constexpr std::string_view mark = "\"image\":";
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        at += mark.size();
        at = std::min(text.find('"', at), text.size());
        const std::size_t end = text.find('"', std::min(at + 1, text.size()));
        if (end == std::string_view::npos) {
            return;
        }
        std::string registry = registry_of(text.substr(at + 1, end - at - 1));
        if (std::ranges::find(public_registries, registry) == public_registries.end()) {
            registries.push_back(std::move(registry));
        }
        at = end;
    }
}

Redaction::Redaction(const Identities& identities) {
    for (const auto* names :
         {&identities.nodes, &identities.registries, &identities.hosts, &identities.names}) {
        std::ranges::transform(*names, std::inserter(names_, names_.end()), lower_case);
    }
    add(identities.nodes, "node");
    add(identities.registries, "registry");
    add(identities.hosts, "host");
    add(identities.names, "name");
}

void Redaction::add(const std::vector<std::string>& names, std::string_view kind) {
    int number = 0;
    for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
        const std::string key = lower_case(name);
        if (!name.empty() && !known_.contains(key)) {
            known_.emplace(key, unlike_any(kind, number));
            lengths_.insert(key.size());
        }
    }
}

// The next "node-001" that is not what something of the cluster is called.
std::string Redaction::unlike_any(std::string_view kind, int& number) const {
    std::string word;
    do {
        ++number;
        word = kind == "uuid" ? fmt::format("00000000-0000-0000-0000-{:012}", number)
                              : fmt::format("{}-{:03}", kind, number);
    } while (names_.contains(word));
    return word;
}

std::string Redaction::numbered(std::string_view kind, std::string_view found) {
    const std::string key = lower_case(found);
    if (const auto met = met_.find(key); met != met_.end()) {
        return met->second;
    }
    return met_[key] = unlike_any(kind, counts_[std::string(kind)]);
}

// The longest name at that place of a text in lower case.
Redaction::Names::const_iterator Redaction::known_at(std::string_view text, std::size_t at) const {
    if (at > 0 && is_word(text[at - 1])) {
        return known_.end();
    }
    for (const std::size_t length : lengths_) {
        const std::size_t end = at + length;
        if (end > text.size() || (end < text.size() && is_word(text[end]))) {
            continue;
        }
        if (const auto found = known_.find(text.substr(at, length)); found != known_.end()) {
            return found;
        }
    }
    return known_.end();
}

std::string_view Redaction::known_in(std::string_view text) const {
    const std::string in_lower_case = lower_case(text);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (const auto found = known_at(in_lower_case, at); found != known_.end()) {
            return found->first;
        }
    }
    return {};
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
        if (const auto known = known_at(in_lower_case, at); known != known_.end()) {
            out += known->second;
            at += known->first.size();
        } else if (const std::size_t taken = pattern(text, at, out); taken > 0) {
            at += taken;
        } else {
            out += text[at++];
        }
    }
    return out;
}

std::string Redaction::member(std::string_view name) {
    const auto known = known_.find(lower_case(name));
    const bool is_word_of_schema = known != known_.end() && !known->second.starts_with("node-");
    return is_word_of_schema ? std::string(name) : text(name);
}

std::string Redaction::literal(std::string_view quoted, bool is_member) {
    const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
    if (!parsed.is_string()) {  // cut off, or none of JSON
        return text(quoted);
    }
    constexpr auto replace = nlohmann::json::error_handler_t::replace;
    const std::string& said = parsed.get_ref<const std::string&>();
    const std::string redacted = is_member ? member(said) : text(said);
    return redacted == said ? std::string(quoted)
                            : nlohmann::json(redacted).dump(-1, ' ', false, replace);
}

std::string Redaction::json(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t before = std::min(text.find('"'), text.size());
        out += text.substr(0, before);
        text.remove_prefix(before);
        if (!text.empty()) {
            const std::size_t length = length_of_string(text);
            out += literal(text.substr(0, length), is_before_colon(text.substr(length)));
            text.remove_prefix(length);
        }
    }
    return out;
}

}  // namespace assay::reports
