// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// simdjson with the caps of kube/json.h: reads a text into a flat document, from which trees are
// made of those parts that are wanted. Internal to kube/. Thread contract: one thread at a time.
// Errors are parse()'s.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "kube/json.h"

namespace assay::kube {

class JsonDom {
public:
    // The root; it and all below are valid until the next read.
    Result<simdjson::dom::element> read(std::string_view text);
    // The same, without a copy where the text's capacity leaves simdjson room to read ahead.
    Result<simdjson::dom::element> read(const std::string& text);

private:
    Result<simdjson::dom::element> read(const char* text, std::size_t size, bool copy);

    simdjson::dom::parser parser_{max_json_bytes};
};

// Recurses no deeper than max_json_depth, since what JsonDom read is not nested deeper. Of a member
// that is there twice the last one counts, as in Go.
Json tree_of(simdjson::dom::element element);

}  // namespace assay::kube
