// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Reads our own data files (profiles, adapters) strictly: a wrong type or an unknown key is an
// error that names the key. Throws DataError, which load functions turn into their std::expected.
// One thread each.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kube/json.h"

namespace assay {

class DataError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// One mapping of the file; finish() complains of every key that was not asked for.
class Mapping {
public:
    Mapping(const kube::Json& value, std::string where);

    std::string text(std::string_view key);
    std::string text(std::string_view key, std::string_view fallback);
    bool boolean(std::string_view key, bool fallback);
    int integer(std::string_view key, int fallback);
    std::vector<std::string> texts(std::string_view key);
    std::vector<Mapping> mappings(std::string_view key);
    Mapping mapping(std::string_view key);
    // The mapping as it is, for a reader of its own; empty where there is none.
    kube::Json tree(std::string_view key);
    bool has(std::string_view key) const;
    // key -> text for every member, as in env: {A: b}.
    std::vector<std::pair<std::string, std::string>> pairs();
    void finish() const;
    const std::string& where() const { return where_; }

private:
    const kube::Json* member(std::string_view key);
    [[noreturn]] void fail(std::string_view key, std::string_view what) const;

    kube::Json value_;
    std::string where_;
    std::vector<std::string> asked_;
};

// The only document of a file, with its apiVersion and kind checked.
Mapping single_document(std::string_view yaml, std::string_view kind, const std::string& name);

}  // namespace assay
