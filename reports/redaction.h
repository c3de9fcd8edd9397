// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Takes out of texts what tells whose cluster it was: the names that are known to be the vendor's
// own (nodes, context, API server, registries), and whatever looks like a UUID, an IP or a MAC
// address. The same thing becomes the same word in every text given to one Redaction, so files
// still agree with each other; numbers go by first sight, so nothing can be guessed back. Loopback
// and unspecified addresses stay. One thread. Digests are to be taken afterwards.
#pragma once

#include <cstddef>
#include <expected>
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

class Redaction {
public:
    // reserved: words that the texts need as they are (members of JSON, ids). A name that is one of
    // them cannot be taken out without breaking the texts, which is the error.
    static std::expected<Redaction, std::string> make(const Identities& identities,
                                                      const std::set<std::string>& reserved);

    // "node a-1 at 10.1.2.3" -> "node node-001 at address-001". A known name is found between
    // characters that are no letters or digits, in any case, the longest first.
    std::string text(std::string_view text);

private:
    explicit Redaction(std::map<std::string, std::string, std::less<>> known);

    std::size_t known_name(std::string_view text, std::size_t at, std::string& out) const;
    std::size_t pattern(std::string_view text, std::size_t at, std::string& out);
    std::string numbered(std::string_view kind, std::string_view found);

    std::map<std::string, std::string, std::less<>> known_;  // in lower case
    std::set<std::size_t, std::greater<>> lengths_;          // of the names in it
    std::map<std::string, std::string, std::less<>> met_;    // what patterns found
    std::map<std::string, int, std::less<>> counts_;
};

}  // namespace assay::reports
