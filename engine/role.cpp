// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/role.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

namespace assay {

namespace {

// RBAC's rules name an object, not a verb: what agrees in the rest is one rule.
struct Rule {
    const Right* first = nullptr;
    std::vector<const Right*> rights;
};

std::vector<Rule> rules_of(const std::vector<const Right*>& rights) {
    std::vector<Rule> rules;
    for (const Right* right : rights) {
        const auto found = std::ranges::find_if(rules, [&](const Rule& rule) {
            return rule.first->group == right->group && rule.first->resource == right->resource &&
                   rule.first->name == right->name;
        });
        if (found == rules.end()) {
            rules.push_back({right, {right}});
        } else {
            found->rights.push_back(right);
        }
    }
    return rules;
}

std::string text_of(const Rule& rule) {
    std::string text;
    std::vector<std::string_view> verbs;
    for (const Right* right : rule.rights) {
        verbs.push_back(right->verb);
        text += fmt::format("# {}: {}\n", right->verb, right->why);
    }
    text +=
        fmt::format("- apiGroups: [{}]\n  resources: [{}]\n",
                    rule.first->group.empty() ? "\"\"" : rule.first->group, rule.first->resource);
    if (!rule.first->name.empty()) {
        text += fmt::format("  resourceNames: [{}]\n", rule.first->name);
    }
    return text + fmt::format("  verbs: [{}]\n", fmt::join(verbs, ", "));
}

// A role and its binding; cluster-wide without a space.
std::string role_and_binding(const std::vector<const Right*>& rights, const RoleRequest& request,
                             const std::string& space) {
    const std::string_view prefix = space.empty() ? "Cluster" : "";
    const std::string metadata =
        fmt::format("metadata:\n  name: \"{}\"\n{}", request.name,
                    space.empty() ? "" : fmt::format("  namespace: \"{}\"\n", space));
    std::string text = fmt::format(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {}Role\n{}rules:\n", prefix, metadata);
    for (const Rule& rule : rules_of(rights)) {
        text += text_of(rule);
    }
    return text + fmt::format(
                      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {0}RoleBinding\n"
                      "{1}roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {0}Role\n"
                      "  name: \"{2}\"\nsubjects:\n- kind: ServiceAccount\n  name: \"{3}\"\n"
                      "  namespace: \"{4}\"\n",
                      prefix, metadata, request.name, request.account, request.account_namespace);
}

bool is_label(const std::string& text) {
    static const std::regex label("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    return std::regex_match(text, label);
}

// Role names are path segments; ours are held to the stricter rule of most objects.
bool is_subdomain(const std::string& text) {
    static const std::regex name("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
    return std::regex_match(text, name);
}

}  // namespace

std::expected<RoleRequest, std::string> role_request(const std::string& name,
                                                     const std::string& account,
                                                     const std::string& space) {
    const std::size_t slash = std::min(account.find('/'), account.size());
    RoleRequest request{.name = name,
                        .account_namespace = account.substr(0, slash),
                        .account = account.substr(std::min(slash + 1, account.size())),
                        .space = space};
    if (!is_subdomain(name)) {
        return std::unexpected(fmt::format(
            "--name '{}' is no name of a role: lower case letters, digits, '-' and '.'", name));
    }
    if (!is_label(request.account_namespace) || !is_subdomain(request.account)) {
        return std::unexpected(
            fmt::format("--service-account '{}' is not NAMESPACE/NAME", account));
    }
    if (!space.empty() && !is_label(space)) {
        return std::unexpected(fmt::format("--namespace '{}' is no name of a namespace", space));
    }
    return request;
}

std::string role_yaml(const std::vector<const Right*>& rights, const RoleRequest& request,
                      const std::string& heading) {
    std::vector<const Right*> everywhere;
    std::vector<const Right*> in_space;
    for (const Right* right : rights) {
        const bool wide = right->reach == Reach::cluster || request.space.empty();
        (wide ? everywhere : in_space).push_back(right);
    }
    std::string text = heading + role_and_binding(everywhere, request, "");
    if (!in_space.empty()) {
        text += "---\n" + role_and_binding(in_space, request, request.space);
    }
    return text;
}

}  // namespace assay
