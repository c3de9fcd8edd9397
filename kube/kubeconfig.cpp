// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/kubeconfig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <sstream>
#include <system_error>

#include "kube/kubeconfig_files.h"

namespace assay::kube {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::string_view exec_extension = "client.authentication.k8s.io/exec";

std::unexpected<Error> config_error(std::string message) {
    return std::unexpected(Error{Error::Kind::config, 0, "", std::move(message)});
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
    return value == nullptr ? std::string() : std::string(value);
}

bool is_there(const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored);
}

// Moves the value into target, or keeps the first error.
class Filling {
public:
    template <class T, class Target>
    void take(Result<T> value, Target& target) {
        if (!value) {
            fail(value.error());
        } else {
            target = std::move(*value);
        }
    }
    void fail(Error error) {
        if (!error_) {
            error_ = std::move(error);
        }
    }
    Result<void> outcome() const {
        return error_ ? Result<void>(std::unexpected(*error_)) : Result<void>{};
    }

private:
    std::optional<Error> error_;
};

Result<void> fill_cluster(const KubeconfigEntry& cluster, Connection& connection) {
    Filling filling;
    filling.take(cluster.text("server"), connection.server);
    filling.take(cluster.text("tls-server-name"), connection.tls_server_name);
    filling.take(cluster.flag("insecure-skip-tls-verify"), connection.insecure_skip_tls_verify);
    filling.take(cluster.pem("certificate-authority"), connection.ca_pem);
    filling.take(cluster.text("proxy-url"), connection.proxy_url);
    filling.take(cluster.flag("disable-compression"), connection.disable_compression);
    if (const auto filled = filling.outcome(); !filled) {
        return filled;
    }
    if (connection.server.empty()) {
        return std::unexpected(cluster.error("server is missing; it is the URL of the API server"));
    }
    if (connection.insecure_skip_tls_verify && !connection.ca_pem.empty()) {
        return std::unexpected(cluster.error(
            "certificate-authority and insecure-skip-tls-verify exclude each other; remove one"));
    }
    return {};
}

Result<void> refuse_auth_provider(const KubeconfigEntry& user) {
    if (!user.has("auth-provider")) {
        return {};
    }
    const std::string name = text(user.value(), {"auth-provider", "name"});
    std::string_view instead = "an exec plugin of your provider";
    if (name == "gcp") {
        instead = "gke-gcloud-auth-plugin (gcloud container clusters get-credentials writes it)";
    } else if (name == "azure") {
        instead = "kubelogin (kubelogin convert-kubeconfig writes it)";
    } else if (name == "oidc") {
        instead = "the plugin kubelogin (kubectl oidc-login setup writes it)";
    }
    return std::unexpected(
        user.error(fmt::format("auth-provider {} is no longer supported; use {}", name, instead)));
}

void fill_plugin(const KubeconfigEntry& user, const KubeconfigEntry& cluster, Filling& filling,
                 Connection& connection) {
    const KubeconfigEntry exec(object(user.value(), {"exec"}), user.file(), "user's exec plugin");
    ExecPlugin plugin;
    filling.take(exec.text("apiVersion"), plugin.api_version);
    filling.take(exec.text("command"), plugin.command);
    filling.take(exec.words("args"), plugin.args);
    filling.take(exec.flag("provideClusterInfo"), plugin.provide_cluster_info);
    filling.take(exec.text("installHint"), plugin.install_hint);
    filling.take(exec.text("interactiveMode"), plugin.interactive_mode);
    if (plugin.command.empty()) {
        filling.fail(exec.error("command is missing"));
    }
    if (plugin.command.find('/') != std::string::npos) {
        std::filesystem::path beside;
        filling.take(exec.path("command"), beside);
        plugin.command = beside.string();
    }
    for (const Json& variable : array(exec.value(), {"env"})) {
        const KubeconfigEntry entry(variable, user.file(), "exec plugin's env");
        std::string name;
        filling.take(entry.text("name"), name);
        filling.take(entry.text("value"), plugin.env[name]);
    }
    for (const Json& extension : array(cluster.value(), {"extensions"})) {
        const Json* settings = find(extension, {"extension"});
        if (text(extension, {"name"}) == exec_extension && settings != nullptr) {
            plugin.cluster_config = settings->dump();
        }
    }
    connection.exec = std::move(plugin);
}

void fill_impersonation(const KubeconfigEntry& user, Filling& filling, Connection& connection) {
    filling.take(user.text("as"), connection.impersonate);
    filling.take(user.text("as-uid"), connection.impersonate_uid);
    filling.take(user.words("as-groups"), connection.impersonate_groups);
    const KubeconfigEntry extra(object(user.value(), {"as-user-extra"}), user.file(),
                                "as-user-extra");
    for (const auto& [key, ignored] : extra.value().items()) {
        filling.take(extra.words(key), connection.impersonate_extra[key]);
    }
    const bool more = !connection.impersonate_uid.empty() ||
                      !connection.impersonate_groups.empty() ||
                      !connection.impersonate_extra.empty();
    if (more && connection.impersonate.empty()) {
        filling.fail(user.error("as-uid, as-groups and as-user-extra need as: whom to act as"));
    }
}

Result<void> fill_user(const KubeconfigEntry& user, const KubeconfigEntry& cluster,
                       Connection& connection) {
    if (const auto supported = refuse_auth_provider(user); !supported) {
        return supported;
    }
    Filling filling;
    filling.take(user.pem("client-certificate"), connection.client_certificate_pem);
    filling.take(user.pem("client-key"), connection.client_key_pem);
    filling.take(user.text("token"), connection.token);
    filling.take(user.path("tokenFile"), connection.token_file);
    filling.take(user.text("username"), connection.username);
    filling.take(user.text("password"), connection.password);
    fill_impersonation(user, filling, connection);
    if (user.has("exec")) {
        fill_plugin(user, cluster, filling, connection);
    }
    if (const auto filled = filling.outcome(); !filled) {
        return filled;
    }
    if (connection.client_certificate_pem.empty() != connection.client_key_pem.empty()) {
        return std::unexpected(
            user.error("client-certificate and client-key belong together; one is missing"));
    }
    return {};
}

std::string names_of(const std::map<std::string, KubeconfigEntry>& entries) {
    std::vector<std::string> names;
    names.reserve(entries.size());
    for (const auto& [name, entry] : entries) {
        names.push_back(name);
    }
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string files_of(const KubeconfigFiles& kubeconfig) {
    std::vector<std::string> names;
    names.reserve(kubeconfig.files.size());
    for (const fs::path& file : kubeconfig.files) {
        names.push_back(file.string());
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// The cluster or user a context names.
Result<const KubeconfigEntry*> named_by(const KubeconfigEntry& context, std::string_view key,
                                        const std::map<std::string, KubeconfigEntry>& entries) {
    const auto name = context.text(key);
    if (!name) {
        return std::unexpected(name.error());
    }
    const auto found = entries.find(*name);
    if (found == entries.end()) {
        return std::unexpected(context.error(
            fmt::format("no {} is called '{}'; there are: {}", key, *name, names_of(entries))));
    }
    return &found->second;
}

Result<Connection> connection_of(const KubeconfigFiles& kubeconfig, const std::string& wanted) {
    const std::string& name = wanted.empty() ? kubeconfig.current_context : wanted;
    if (name.empty()) {
        return config_error(
            fmt::format("{}: current-context is not set; name one with --context. There are: {}",
                        files_of(kubeconfig), names_of(kubeconfig.contexts)));
    }
    const auto context = kubeconfig.contexts.find(name);
    if (context == kubeconfig.contexts.end()) {
        return config_error(fmt::format("{}: no context is called '{}'; there are: {}",
                                        files_of(kubeconfig), name, names_of(kubeconfig.contexts)));
    }
    const auto cluster = named_by(context->second, "cluster", kubeconfig.clusters);
    if (!cluster) {
        return std::unexpected(cluster.error());
    }
    Connection connection;
    connection.context = name;
    if (const auto filled = fill_cluster(**cluster, connection); !filled) {
        return std::unexpected(filled.error());
    }
    if (!text(context->second.value(), {"user"}, "?").empty() && context->second.has("user")) {
        const auto user = named_by(context->second, "user", kubeconfig.users);
        const auto filled = user ? fill_user(**user, **cluster, connection)
                                 : Result<void>(std::unexpected(user.error()));
        if (!filled) {
            return std::unexpected(filled.error());
        }
    }
    const auto ns = context->second.text("namespace");
    if (!ns) {
        return std::unexpected(ns.error());
    }
    connection.default_namespace = ns->empty() ? "default" : *ns;
    return connection;
}

Result<Connection> in_cluster() {
    const fs::path folder(service_account);
    std::string host = environment("KUBERNETES_SERVICE_HOST");
    const std::string port = environment("KUBERNETES_SERVICE_PORT");
    Connection connection;
    Filling filling;
    filling.take(content_of(folder / "ca.crt"), connection.ca_pem);
    filling.take(content_of(folder / "namespace"), connection.default_namespace);
    connection.token_file = folder / "token";
    if (const auto filled = filling.outcome(); !filled) {
        return std::unexpected(filled.error());
    }
    if (host.find(':') != std::string::npos) {
        host = "[" + host + "]";
    }
    connection.server = fmt::format("https://{}:{}", host, port.empty() ? "443" : port);
    return connection;
}

// The files $KUBECONFIG lists, without those that do not exist, as kubectl.
Result<std::vector<fs::path>> listed_files(const std::string& list) {
    std::vector<fs::path> files;
    std::istringstream stream(list);
    for (std::string file; std::getline(stream, file, ':');) {
        if (!file.empty() && is_there(file)) {
            files.emplace_back(file);
        }
    }
    if (files.empty()) {
        return config_error(fmt::format(
            "no file that KUBECONFIG={} names exists; correct it or name one with --kubeconfig",
            list));
    }
    return files;
}

Result<std::vector<fs::path>> chosen_files(const std::string& path) {
    if (!path.empty()) {
        return std::vector<fs::path>{path};
    }
    if (const std::string list = environment("KUBECONFIG"); !list.empty()) {
        return listed_files(list);
    }
    const std::string home = environment("HOME");
    if (const fs::path own = fs::path(home) / ".kube/config"; !home.empty() && is_there(own)) {
        return std::vector<fs::path>{own};
    }
    return std::vector<fs::path>{};
}

}  // namespace

Result<Connection> load_connection(const KubeconfigChoice& choice) {
    const auto files = chosen_files(choice.path);
    if (!files) {
        return std::unexpected(files.error());
    }
    if (files->empty() && !environment("KUBERNETES_SERVICE_HOST").empty() &&
        is_there(fs::path(service_account) / "token")) {
        return in_cluster();
    }
    if (files->empty()) {
        return config_error(
            "there is no kubeconfig: name one with --kubeconfig, set KUBECONFIG, or put it at "
            "~/.kube/config");
    }
    const auto kubeconfig = read_kubeconfig_files(*files);
    return kubeconfig ? connection_of(*kubeconfig, choice.context)
                      : std::unexpected(kubeconfig.error());
}

}  // namespace assay::kube
