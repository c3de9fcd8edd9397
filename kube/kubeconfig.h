// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Where the API server is and who we are: kubeconfig files as kubectl reads them, or the service
// account inside a cluster. Thread contract: values. Errors name the file and the key, and what to
// do.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/result.h"
#include "kube/timestamp.h"

namespace assay::kube {

struct ExecPlugin {
    std::string api_version;
    std::string command;
    std::vector<std::string> args;
    std::map<std::string, std::string> env;
    bool provide_cluster_info = false;
    std::string install_hint;
    std::string interactive_mode;
    std::string cluster_config;  // JSON of the cluster's own settings for the plugin, "" for none
};

// Whose server it is: an error then says what to check there.
enum class Peer { api_server, registry };

struct Connection {
    Peer peer = Peer::api_server;
    std::string context;  // "" in a cluster
    std::string server;   // "https://10.0.0.1:6443", may carry a base path
    std::string tls_server_name;
    std::string ca_pem;  // "" means the system's trust store
    bool insecure_skip_tls_verify = false;
    std::string proxy_url;  // "" means as HTTPS_PROXY and NO_PROXY say
    bool disable_compression = false;
    std::string client_certificate_pem;
    std::string client_key_pem;
    std::string token;
    std::optional<Moment> credentials_expire;  // of what the plugin gave, where it said so
    std::filesystem::path token_file;  // wins over token, read anew when older than a minute
    std::string username;
    std::string password;
    std::string impersonate;
    std::string impersonate_uid;
    std::vector<std::string> impersonate_groups;
    std::map<std::string, std::vector<std::string>> impersonate_extra;
    std::optional<ExecPlugin> exec;
    std::string default_namespace;
};

struct KubeconfigChoice {
    std::string path;  // --kubeconfig; "" means $KUBECONFIG, then ~/.kube/config, then in-cluster
    std::string context;  // --context; "" means current-context
};

Result<Connection> load_connection(const KubeconfigChoice& choice);

// Runs the plugin and fills token or client certificate in. Error::Kind::config with its stderr and
// its install hint when it fails.
Result<Connection> with_credentials(Connection connection);

}  // namespace assay::kube
