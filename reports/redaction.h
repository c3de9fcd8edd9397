// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Takes out of texts what tells whose cluster it was: the names that are known to be the vendor's
// own (nodes, context, API server, registries), and whatever looks like a UUID, an IP or a MAC
// address. The same thing becomes the same word in every text given to one Redaction, so files
// still agree with each other; numbers go by first sight, so nothing can be guessed back. Loopback
// and unspecified addresses stay. One thread. Digests are to be taken afterwards.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

// Names as they stand in the texts; empty ones are passed over.
struct Identities {
    std::vector<std::string> nodes = {};
    std::vector<std::string> hosts = {};       // of the API server, without a port
    std::vector<std::string> registries = {};  // "registry.example:5000"
    std::vector<std::string> names = {};       // of the context, and other words
};

// "registry.example:5000" of "registry.example:5000/tools/probe@sha256:…"; "" where the reference
// names no registry.
std::string registry_of(std::string_view image);
// "api.example" of "https://api.example:6443/x".
std::string host_of(std::string_view url);
// Adds that of each "image": "REGISTRY/…" in a JSON text, public ones left out.
void collect_registries(std::string_view text, std::vector<std::string>& registries);

class Redaction {
public:
    // No word that stands for something is itself a name in the cluster.
    explicit Redaction(const Identities& identities);

    // "node a-1 at 10.1.2.3" -> "node node-001 at address-001". A known name is found between
    // characters that are no letters or digits, in any case, the longest first.
    std::string text(std::string_view text);

    // What the strings of a JSON text of any schema say. It stays JSON, and one that is cut off is
    // redacted as far as it goes. A member that is a known name as a whole is replaced only if that
    // is a node's: nothing is listed by its context, host or registry, so it is a word of a schema.
    std::string json(std::string_view text);

    // The first known name in that text, in lower case; "" where there is none.
    std::string_view known_in(std::string_view text) const;

private:
    using Names = std::map<std::string, std::string, std::less<>>;

    void add(const std::vector<std::string>& names, std::string_view kind);
    std::string unlike_any(std::string_view kind, int& number) const;
    std::string member(std::string_view name);
    std::string literal(std::string_view quoted, bool is_member);
    Names::const_iterator known_at(std::string_view text, std::size_t at) const;
    std::size_t pattern(std::string_view text, std::size_t at, std::string& out);
    std::string numbered(std::string_view kind, std::string_view found);

    std::set<std::string, std::less<>> names_;       // all of them, in lower case
    Names known_;                                    // what stands for each, by that
    std::set<std::size_t, std::greater<>> lengths_;  // of the names in it
    Names met_;                                      // what patterns found
    std::map<std::string, int, std::less<>> counts_;
};

}  // namespace assay::reports
