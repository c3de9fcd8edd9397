// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What goes over HTTP/1.1 and HTTP/2 alike. Values.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::probe {

struct Header {
    std::string name;  // in lower case
    std::string value;
};

struct Request {
    std::string method;
    std::string target;     // path and query
    std::string authority;  // Host, :authority
    std::vector<Header> headers;
    std::string body;
    const char* protocol = "http1";  // or "h2"

    // The first of that name, "" if there is none.
    std::string_view header(std::string_view name) const {
        for (const Header& one : headers) {
            if (one.name == name) {
                return one.value;
            }
        }
        return {};
    }
    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
};

// An answer: a body, or parts sent one by one.
struct Response {
    int status = 200;
    std::vector<Header> headers;
    std::string body;
    std::chrono::milliseconds delay{0};  // before the head
    std::size_t parts = 0;               // above 0: `part` makes them, and `body` is unused
    std::chrono::milliseconds interval{0};
    std::function<std::string(std::size_t)> part;
    std::vector<Header> trailers;  // HTTP/2, after parts
    bool counted = true;           // in the server's metrics
};

}  // namespace assay::probe
