// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A kubeconfig: a connection is whole and says nothing that contradicts itself, a file merged with
// itself says the same, and each context that is named is the one that is got.
#include "kube/kubeconfig.h"

#include <fstream>

#include "kube/json.h"
#include "kube/proxy_choice.h"
#include "one_file.h"
#include "property.h"

namespace {

using assay::fuzz::hold;
using namespace assay::kube;

bool same(const Connection& one, const Connection& other) {
    return one.context == other.context && one.server == other.server &&
           one.ca_pem == other.ca_pem && one.token == other.token &&
           one.token_file == other.token_file && one.username == other.username &&
           one.client_key_pem == other.client_key_pem && one.impersonate == other.impersonate &&
           one.impersonate_extra == other.impersonate_extra &&
           one.default_namespace == other.default_namespace &&
           one.exec.has_value() == other.exec.has_value();
}

void hold_whole(const Connection& connection) {
    hold(!connection.server.empty(), "a connection has a server");
    hold(!connection.default_namespace.empty(), "a connection has a namespace");
    hold(connection.ca_pem.empty() || !connection.insecure_skip_tls_verify,
         "a certificate authority is not for nothing");
    hold(connection.client_certificate_pem.empty() == connection.client_key_pem.empty(),
         "a client certificate has its key");
    hold(!connection.impersonate.empty() ||
             (connection.impersonate_uid.empty() && connection.impersonate_groups.empty() &&
              connection.impersonate_extra.empty()),
         "groups are impersonated with a user");
    if (connection.exec) {
        hold(!connection.exec->command.empty(), "a plugin has a command");
        hold(connection.exec->cluster_config.empty() || parse(connection.exec->cluster_config),
             "a plugin is given JSON");
    }
}

// What is made of the server's address before anything is sent.
void hold_reachable(const Connection& connection) {
    const auto server = server_url(connection.server);
    if (!server) {
        hold(!server.error().message.empty(), "an error says something");
        return;
    }
    const auto again = server_url(server->text());
    hold(again && again->text() == server->text(), "an address that was read reads as the same");
    const auto proxy = proxy_for(*server, connection.proxy_url, {});
    hold(proxy || !proxy.error().message.empty(), "an error says something");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const assay::fuzz::OneFile file("config");
    file.write(assay::fuzz::text_of(data, size));
    const std::string path = file.path().string();
    const auto connection = load_connection({.path = path, .context = {}});
    setenv("KUBECONFIG", (path + ":" + path).c_str(), 1);
    const auto merged = load_connection({.path = {}, .context = {}});
    hold(connection.has_value() == merged.has_value(), "a file merged with itself says the same");
    if (!connection) {
        hold(connection.error().kind == Error::Kind::config, "an error is one of configuration");
        hold(!connection.error().message.empty(), "an error says something");
        return 0;
    }
    hold(same(*connection, *merged), "a file merged with itself says the same");
    const auto named = load_connection({.path = path, .context = connection->context});
    hold(named && same(*connection, *named), "the context that is current can be named");
    hold_whole(*connection);
    hold_reachable(*connection);
    return 0;
}
