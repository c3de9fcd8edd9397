// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/registry_refusal.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/json.h"

namespace assay::images {

namespace {

constexpr std::size_t longest_quote = 300;

// " (DENIED: quota exceeded)" or "".
std::string quoted(const kube::Response& answer) {
    const auto document = kube::parse(answer.body);
    if (!document) {
        return {};
    }
    std::string words;
    for (const kube::Json& error : kube::array(*document, {"errors"})) {
        words += fmt::format("{}{}: {}", words.empty() ? "" : "; ", kube::text(error, {"code"}),
                             kube::text(error, {"message"}));
    }
    words.resize(std::min(words.size(), longest_quote));
    std::ranges::replace_if(words, [](char c) { return c < ' ' || c > '~'; }, '?');
    return words.empty() ? "" : " (" + words + ")";
}

bool speaks_of_quota(std::string_view words) {
    return words.contains("quota") || words.contains("Quota") || words.contains("QUOTA") ||
           words.contains("storage limit");
}

std::string login_refused(const Refused& refused, const std::string& words) {
    if (!refused.logged_in) {
        return fmt::format(
            "{} wants a login and docker's config.json has none for it{}; run docker login {}, or "
            "give --username with --password-stdin",
            refused.registry, words, refused.registry);
    }
    return fmt::format("{} refuses the login{}{}; check the password, or run docker login {} again",
                       refused.registry,
                       refused.username.empty() ? "" : fmt::format(" of user {}", refused.username),
                       words, refused.registry);
}

}  // namespace

std::string refusal_sentence(const Refused& refused, const kube::Response& answer) {
    const std::string words = quoted(answer);
    const int status = answer.status;
    if (speaks_of_quota(words) || status == 507) {
        return fmt::format(
            "{} has no room left for {}{}; free some of its quota or raise it, then "
            "push again: what is there is kept",
            refused.registry, refused.repository, words);
    }
    switch (status) {
        case 401:
            return login_refused(refused, words);
        case 403:
            return fmt::format(
                "{} does not let this account push to {}{}; ask for the right to "
                "write there, or name another repository",
                refused.registry, refused.repository, words);
        case 404:
            return fmt::format(
                "{} knows no repository {}{}; create it there first, or check the "
                "name",
                refused.registry, refused.repository, words);
        case 405:
            return fmt::format("{} takes no uploads{}; is it a mirror, or set to read only?",
                               refused.registry, words);
        case 413:
            return fmt::format(
                "{}, or a proxy before it, refuses {} as too large; raise the limit "
                "on a request's body there",
                refused.registry, refused.what);
        case 429:
            return fmt::format(
                "{} asks for fewer requests{}; wait a while and push again: what is "
                "there is kept",
                refused.registry, words);
        default:
            return fmt::format(
                "{} answers {} with HTTP {}{}; is that a registry, and is it "
                "healthy?",
                refused.registry, refused.what, status, words);
    }
}

}  // namespace assay::images
