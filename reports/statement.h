// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// statement.intoto.json: an in-toto Statement v1 with the predicate test-result/v0.1 over every
// other file of a report, on one line without a line feed at its end, since its bytes are what a
// signature is made over. Equal runs give equal bytes. Pure, any thread, never fails; digests are
// SHA-256 in lower-case hexadecimal.
#pragma once

#include <map>
#include <string>

#include "engine/result.h"

namespace assay::reports {

inline constexpr const char* statement_file = "statement.intoto.json";
inline constexpr const char* bundle_file = "report.sigstore.json";
inline constexpr const char* envelope_file = "report.dsse.json";
inline constexpr const char* statement_type = "https://in-toto.io/Statement/v1";
inline constexpr const char* predicate_type = "https://in-toto.io/attestation/test-result/v0.1";

// Digest by path below the report's folder.
using Digests = std::map<std::string, std::string, std::less<>>;

std::string statement_json(const RunResult& run, const Digests& subjects);

}  // namespace assay::reports
