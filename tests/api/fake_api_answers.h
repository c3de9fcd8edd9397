// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Answers as an API server words them. Pure.
#pragma once

#include <string>

#include "kube/json.h"
#include "kube/transport.h"

namespace assay::kube {

inline Response json_response(int status, const Json& body) {
    return {status, {{"content-type", "application/json"}}, body.dump()};
}

inline Response failure(int status, const std::string& reason, const std::string& message) {
    return json_response(status, {{"kind", "Status"},
                                  {"apiVersion", "v1"},
                                  {"status", "Failure"},
                                  {"reason", reason},
                                  {"message", message},
                                  {"code", status}});
}

// Why a call that goes on has ended: stopped, or else out of time.
inline Error limit_reached(const Limit& limit) {
    return limit.stop.stop_requested() ? Error{Error::Kind::cancelled, 0, "", "cancelled"}
                                       : Error{Error::Kind::timeout, 0, "", "deadline passed"};
}

}  // namespace assay::kube
