// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// nghttp2's session as an owned value, for the server and the client. One thread.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/traffic/message.h"

namespace assay::probe {

struct SessionDeleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
using Session = std::unique_ptr<nghttp2_session, SessionDeleter>;

struct CallbacksDeleter {
    void operator()(nghttp2_session_callbacks* callbacks) const {
        nghttp2_session_callbacks_del(callbacks);
    }
};
using Callbacks = std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>;

inline Callbacks make_callbacks() {
    nghttp2_session_callbacks* made = nullptr;
    nghttp2_session_callbacks_new(&made);
    return Callbacks(made);
}

// nghttp2 copies what it is given, though it takes pointers that could write.
inline nghttp2_nv name_value(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {.name = bytes(name),
            .value = bytes(value),
            .namelen = name.size(),
            .valuelen = value.size(),
            .flags = NGHTTP2_NV_FLAG_NONE};
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

inline void add_name_values(std::vector<nghttp2_nv>& list, const std::vector<Header>& headers) {
    for (const Header& header : headers) {
        list.push_back(name_value(header.name, header.value));
    }
}

}  // namespace assay::probe
