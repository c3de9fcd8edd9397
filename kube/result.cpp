// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/result.h"

namespace assay::kube {

std::string_view to_string(Error::Kind kind) {
    switch (kind) {
        case Error::Kind::config:
            return "config";
        case Error::Kind::network:
            return "network";
        case Error::Kind::tls:
            return "tls";
        case Error::Kind::timeout:
            return "timeout";
        case Error::Kind::cancelled:
            return "cancelled";
        case Error::Kind::unauthorized:
            return "unauthorized";
        case Error::Kind::forbidden:
            return "forbidden";
        case Error::Kind::not_found:
            return "not_found";
        case Error::Kind::conflict:
            return "conflict";
        case Error::Kind::gone:
            return "gone";
        case Error::Kind::invalid:
            return "invalid";
        case Error::Kind::throttled:
            return "throttled";
        case Error::Kind::server:
            return "server";
        case Error::Kind::protocol:
            return "protocol";
    }
    return "unknown";
}

}  // namespace assay::kube
