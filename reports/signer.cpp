// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/signer.h"

#include <fmt/format.h>

#include "reports/dsse.h"
#include "reports/files.h"
#include "reports/folder.h"
#include "reports/statement.h"

namespace assay::reports {

std::expected<void, std::string> write_signatures(const std::filesystem::path& folder,
                                                  const Signer& signer) {
    const auto statement = read_plain_file(folder / statement_file);
    if (!statement || statement->empty()) {
        return std::unexpected(
            fmt::format("{} cannot be read", (folder / statement_file).string()));
    }
    const std::string bytes = pre_authentication_encoding(*statement);
    const auto signature = signer.sign(bytes);
    if (!signature) {
        return std::unexpected(signature.error());
    }
    if (!signer.public_key().verifies(bytes, *signature)) {
        return std::unexpected(
            "the signature that was made is not one of the signer's own key; nothing was signed");
    }
    if (auto done = write_file(folder, envelope_file, envelope_json(*statement, *signature));
        !done) {
        return done;
    }
    return write_file(folder, bundle_file,
                      bundle_json(*statement, *signature, signer.public_key().hint()));
}

}  // namespace assay::reports
