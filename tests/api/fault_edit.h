// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a fault rule does to one object of an answer: which objects it means, and the edits. Pure;
// values; any thread. What cannot be read throws std::invalid_argument with one clear sentence.
//
// A place in an object is a JSON pointer (RFC 6901) with two more kinds of segment: "*" is every
// member, "key=value" every item of a list whose key has that text:
// "/status/containerStatuses/name=plain/imageID". What is set or copied to "-" is added to the
// list.
#pragma once

#include <cstddef>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "kube/json.h"

namespace assay::kube {

// Which objects are meant; all of them if nothing is set. Expressions must match as a whole.
struct ObjectMatch {
    std::map<std::string, std::regex> labels;
    std::map<std::string, std::regex> where;  // by place; numbers and booleans as JSON writes them

    static ObjectMatch parse(const Json& data);
    bool matches(const Json& object) const;
};

struct Edit {
    enum class Kind {
        set,         // to value, members that are missing are made
        remove,      // the member or item
        copy,        // from another place of the same object
        substitute,  // in a text: pattern by with
        cut,         // a text after so many bytes
    };
    std::string at;
    Kind kind = Kind::set;
    Json value;
    std::string from;
    std::regex pattern;
    std::string with;  // $1 is the first group
    std::size_t bytes = 0;

    static Edit parse(const Json& data);
    // True if anything became different.
    bool apply(Json& object) const;
};

// Throws std::invalid_argument, naming where, if data is no object or has a key not among known.
void demand_keys(const Json& data, const std::string& where, const std::vector<std::string>& known);

}  // namespace assay::kube
