// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/exec_plugin.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "kube/base64.h"
#include "kube/child_process.h"
#include "kube/json.h"

namespace assay::kube {

namespace {

constexpr std::array<std::string_view, 2> supported{"client.authentication.k8s.io/v1",
                                                    "client.authentication.k8s.io/v1beta1"};
constexpr std::chrono::seconds plugin_limit{60};
constexpr std::string_view info_variable = "KUBERNETES_EXEC_INFO";

Error plugin_error(const ExecPlugin& plugin, std::string_view why) {
    std::string message = fmt::format("the credential plugin {} {}", plugin.command, why);
    if (!plugin.install_hint.empty()) {
        message += fmt::format(". {}", plugin.install_hint);
    }
    return {Error::Kind::config, 0, "", std::move(message)};
}

std::string exec_info(const ExecPlugin& plugin, const Connection& connection) {
    Json info{{"kind", "ExecCredential"},
              {"apiVersion", plugin.api_version},
              {"spec", {{"interactive", false}}}};
    if (!plugin.provide_cluster_info) {
        return info.dump();
    }
    Json& cluster = info["spec"]["cluster"];
    cluster["server"] = connection.server;
    if (!connection.tls_server_name.empty()) {
        cluster["tls-server-name"] = connection.tls_server_name;
    }
    if (connection.insecure_skip_tls_verify) {
        cluster["insecure-skip-tls-verify"] = true;
    }
    if (!connection.ca_pem.empty()) {
        cluster["certificate-authority-data"] = base64_encoded(connection.ca_pem);
    }
    if (!connection.proxy_url.empty()) {
        cluster["proxy-url"] = connection.proxy_url;
    }
    if (connection.disable_compression) {
        cluster["disable-compression"] = true;
    }
    if (const auto config = parse(plugin.cluster_config); config) {
        cluster["config"] = *config;
    }
    return info.dump();
}

std::vector<std::string> environment_for(const ExecPlugin& plugin, const Connection& connection) {
    std::map<std::string, std::string> variables;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string_view variable(*at);
        const std::size_t equals = variable.find('=');
        if (equals != std::string_view::npos) {
            variables[std::string(variable.substr(0, equals))] = variable.substr(equals + 1);
        }
    }
    for (const auto& [name, value] : plugin.env) {
        variables[name] = value;
    }
    variables[std::string(info_variable)] = exec_info(plugin, connection);
    std::vector<std::string> environment;
    environment.reserve(variables.size());
    for (const auto& [name, value] : variables) {
        environment.push_back(fmt::format("{}={}", name, value));
    }
    return environment;
}

// The end of what a program complained, as part of a sentence.
std::string last_words(std::string_view words) {
    constexpr std::size_t enough = 500;
    std::string line(words.substr(words.size() - std::min(words.size(), enough)));
    std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    const std::size_t begin = line.find_first_not_of(' ');
    return begin == std::string::npos ? "it says nothing on stderr"
                                      : line.substr(begin, line.find_last_not_of(' ') - begin + 1);
}

Result<void> usable(const ExecPlugin& plugin) {
    if (std::ranges::find(supported, plugin.api_version) == supported.end()) {
        return std::unexpected(plugin_error(
            plugin, fmt::format("is for apiVersion '{}', but {} and {} are understood; update the "
                                "plugin and write the kubeconfig anew",
                                plugin.api_version, supported[0], supported[1])));
    }
    if (plugin.interactive_mode == "Always") {
        return std::unexpected(plugin_error(
            plugin,
            "needs a terminal (interactiveMode: Always), and this program offers it none; "
            "use a context that needs no terminal"));
    }
    return {};
}

Result<void> take_answer(const ExecPlugin& plugin, const std::string& out, Connection& connection) {
    const auto answer = parse(out);
    if (!answer || text(*answer, {"kind"}) != "ExecCredential") {
        return std::unexpected(plugin_error(plugin, "printed no ExecCredential"));
    }
    if (text(*answer, {"apiVersion"}) != plugin.api_version) {
        return std::unexpected(plugin_error(
            plugin, fmt::format("answers in apiVersion '{}', but the kubeconfig says {}",
                                text(*answer, {"apiVersion"}), plugin.api_version)));
    }
    const std::string token = text(*answer, {"status", "token"});
    const std::string certificate = text(*answer, {"status", "clientCertificateData"});
    const std::string key = text(*answer, {"status", "clientKeyData"});
    if (certificate.empty() != key.empty() || (token.empty() && certificate.empty())) {
        return std::unexpected(
            plugin_error(plugin, "gave neither a token nor a certificate with its key"));
    }
    connection.token = token;
    connection.credentials_expire = moment_of(text(*answer, {"status", "expirationTimestamp"}));
    if (!certificate.empty()) {
        connection.client_certificate_pem = certificate;
        connection.client_key_pem = key;
    }
    return {};
}

}  // namespace

Result<Connection> with_plugin_credentials(Connection connection, const Limit& limit) {
    if (!connection.exec) {
        return connection;
    }
    const ExecPlugin& plugin = *connection.exec;
    if (const auto fine = usable(plugin); !fine) {
        return std::unexpected(fine.error());
    }
    std::vector<std::string> argv{plugin.command};
    argv.insert(argv.end(), plugin.args.begin(), plugin.args.end());
    const auto output = output_of(std::move(argv), environment_for(plugin, connection), limit);
    if (!output && output.error().kind == Error::Kind::cancelled) {
        return std::unexpected(output.error());
    }
    if (!output) {
        return std::unexpected(
            plugin_error(plugin, fmt::format("gave no credentials: {}", output.error().message)));
    }
    if (output->exit_code != 0) {
        return std::unexpected(
            plugin_error(plugin, fmt::format("failed with exit code {}: {}", output->exit_code,
                                             last_words(output->error))));
    }
    const auto taken = take_answer(plugin, output->out, connection);
    return taken ? Result<Connection>(std::move(connection)) : std::unexpected(taken.error());
}

Result<Connection> with_credentials(Connection connection) {
    return with_plugin_credentials(std::move(connection), Limit::of(plugin_limit));
}

}  // namespace assay::kube
