// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/kubeconfig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "kube/manifest.h"

namespace assay::kube {

namespace {

namespace fs = std::filesystem;

constexpr const char *service_account =
    "/var/run/secrets/kubernetes.io/serviceaccount/";

std::unexpected<Error> bad(std::string sentence) {
  return std::unexpected(
      Error{Error::Kind::config, 0, "", std::move(sentence)});
}

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<std::string> content_of(const fs::path &file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return std::nullopt;
  }
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

std::optional<std::string> base64_decoded(std::string text) {
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char *>(bytes.data()),
                      reinterpret_cast<const unsigned char *>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) {
    return std::nullopt;
  }
  std::size_t padding = 0;
  while (padding < text.size() && padding < 2 &&
         text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

// A named entry of one of the files, with the folder its relative paths are
// relative to.
struct Entry {
  Json value;
  fs::path folder;
  std::string file;
};

struct Merged {
  std::map<std::string, Entry> clusters;
  std::map<std::string, Entry> users;
  std::map<std::string, Entry> contexts;
  std::string current;
  std::vector<std::string> files;
};

void take_entries(const Json &document, std::string_view list,
                  std::string_view key, const fs::path &file,
                  std::map<std::string, Entry> &into) {
  for (const Json &entry : array(document, {list})) {
    // The first file that names it wins, as with kubectl.
    into.try_emplace(
        text(entry, {"name"}),
        Entry{object(entry, {key}), file.parent_path(), file.string()});
  }
}

Result<void> merge(const fs::path &file, Merged &into) {
  const auto content = content_of(file);
  if (!content) {
    return bad(fmt::format(
        "kubeconfig {} cannot be read: check its path and permissions",
        file.string()));
  }
  const auto documents = documents_of_yaml(*content);
  if (!documents) {
    return bad(fmt::format("kubeconfig {}: {}", file.string(),
                           documents.error().message));
  }
  if (documents->empty() || !documents->front().is_object()) {
    return bad(
        fmt::format("kubeconfig {} is empty or no mapping", file.string()));
  }
  const Json &document = documents->front();
  take_entries(document, "clusters", "cluster", file, into.clusters);
  take_entries(document, "users", "user", file, into.users);
  take_entries(document, "contexts", "context", file, into.contexts);
  if (into.current.empty()) {
    into.current = text(document, {"current-context"});
  }
  into.files.push_back(file.string());
  return {};
}

std::vector<fs::path> files_of_environment() {
  std::vector<fs::path> files;
  std::stringstream list(environment("KUBECONFIG"));
  for (std::string file; std::getline(list, file, ':');) {
    if (!file.empty() && fs::exists(file)) {
      files.emplace_back(file);
    }
  }
  return files;
}

// PEM given inline (base64) or as a file.
Result<std::string> pem_of(const Entry &entry, const std::string &key) {
  if (const std::string data = text(entry.value, {key + "-data"});
      !data.empty()) {
    const auto decoded = base64_decoded(data);
    return decoded ? Result<std::string>(*decoded)
                   : bad(fmt::format("kubeconfig {}: {}-data is not base64",
                                     entry.file, key));
  }
  const std::string file = text(entry.value, {key});
  if (file.empty()) {
    return std::string();
  }
  const fs::path path =
      entry.folder / file; // an absolute file replaces the folder
  const auto content = content_of(path);
  return content ? Result<std::string>(*content)
                 : bad(fmt::format("kubeconfig {}: {} {} cannot be read",
                                   entry.file, key, path.string()));
}

ExecPlugin plugin_of(const Entry &entry) {
  const Json &exec = object(entry.value, {"exec"});
  ExecPlugin plugin;
  plugin.api_version = text(exec, {"apiVersion"});
  plugin.command = text(exec, {"command"});
  if (plugin.command.find('/') != std::string::npos) {
    plugin.command = (entry.folder / plugin.command).string();
  }
  for (const Json &argument : array(exec, {"args"})) {
    plugin.args.push_back(argument.is_string() ? argument.get<std::string>()
                                               : argument.dump());
  }
  for (const Json &variable : array(exec, {"env"})) {
    plugin.env[text(variable, {"name"})] = text(variable, {"value"});
  }
  plugin.provide_cluster_info = boolean(exec, {"provideClusterInfo"});
  plugin.install_hint = text(exec, {"installHint"});
  plugin.interactive_mode = text(exec, {"interactiveMode"});
  return plugin;
}

Result<void> fill_cluster(const Entry &entry, Connection &connection) {
  connection.server = text(entry.value, {"server"});
  if (connection.server.empty()) {
    return bad(
        fmt::format("kubeconfig {}: the cluster has no server", entry.file));
  }
  connection.tls_server_name = text(entry.value, {"tls-server-name"});
  connection.insecure_skip_tls_verify =
      boolean(entry.value, {"insecure-skip-tls-verify"});
  connection.proxy_url = text(entry.value, {"proxy-url"});
  auto ca = pem_of(entry, "certificate-authority");
  if (!ca) {
    return std::unexpected(ca.error());
  }
  connection.ca_pem = std::move(*ca);
  return {};
}

Result<void> fill_user(const Entry &entry, Connection &connection) {
  if (const Json *provider = find(entry.value, {"auth-provider"})) {
    return bad(fmt::format(
        "kubeconfig {}: auth-provider {} is no longer supported by Kubernetes "
        "clients; "
        "make a new kubeconfig with the exec plugin of your provider",
        entry.file, text(*provider, {"name"})));
  }
  auto certificate = pem_of(entry, "client-certificate");
  auto key = pem_of(entry, "client-key");
  for (const auto *part : {&certificate, &key}) {
    if (!*part) {
      return std::unexpected(part->error());
    }
  }
  if (certificate->empty() != key->empty()) {
    return bad(fmt::format(
        "kubeconfig {}: client-certificate and client-key go together",
        entry.file));
  }
  connection.client_certificate_pem = std::move(*certificate);
  connection.client_key_pem = std::move(*key);
  connection.token = text(entry.value, {"token"});
  if (const std::string file = text(entry.value, {"tokenFile"});
      !file.empty()) {
    connection.token_file = entry.folder / file;
  }
  connection.username = text(entry.value, {"username"});
  connection.password = text(entry.value, {"password"});
  connection.impersonate = text(entry.value, {"as"});
  if (find(entry.value, {"exec"}) != nullptr) {
    connection.exec = plugin_of(entry);
  }
  return {};
}

std::string names_in(const std::map<std::string, Entry> &entries) {
  std::vector<std::string> names;
  for (const auto &[name, entry] : entries) {
    names.push_back(name);
  }
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Result<Connection> connection_in(const Merged &merged,
                                 const std::string &wanted) {
  const std::string name = wanted.empty() ? merged.current : wanted;
  const std::string files = fmt::format("{}", fmt::join(merged.files, ", "));
  if (name.empty()) {
    return bad(fmt::format(
        "kubeconfig {} has no current-context; choose one with --context: {}",
        files, names_in(merged.contexts)));
  }
  const auto context = merged.contexts.find(name);
  if (context == merged.contexts.end()) {
    return bad(fmt::format("kubeconfig {} has no context '{}'; it has {}",
                           files, name, names_in(merged.contexts)));
  }
  const auto cluster =
      merged.clusters.find(text(context->second.value, {"cluster"}));
  if (cluster == merged.clusters.end()) {
    return bad(fmt::format(
        "kubeconfig {}: context {} names a cluster that is not there", files,
        name));
  }
  Connection connection;
  connection.context = name;
  connection.default_namespace =
      text(context->second.value, {"namespace"}, "default");
  if (auto filled = fill_cluster(cluster->second, connection); !filled) {
    return std::unexpected(filled.error());
  }
  const std::string user_name = text(context->second.value, {"user"});
  const auto user = merged.users.find(user_name);
  if (user == merged.users.end() && !user_name.empty()) {
    return bad(fmt::format(
        "kubeconfig {}: context {} names user '{}', which is not there", files,
        name, user_name));
  }
  if (user != merged.users.end()) {
    if (auto filled = fill_user(user->second, connection); !filled) {
      return std::unexpected(filled.error());
    }
  }
  return connection;
}

std::optional<Connection> in_cluster() {
  std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  const fs::path folder = service_account;
  if (host.empty() || port.empty() || !fs::exists(folder / "token")) {
    return std::nullopt;
  }
  if (host.find(':') != std::string::npos) {
    host = "[" + host + "]";
  }
  Connection connection;
  connection.server = fmt::format("https://{}:{}", host, port);
  connection.ca_pem = content_of(folder / "ca.crt").value_or("");
  connection.token_file = folder / "token";
  connection.default_namespace =
      content_of(folder / "namespace").value_or("default");
  return connection;
}

} // namespace

Result<Connection> load_connection(const KubeconfigChoice &choice) {
  std::vector<fs::path> files;
  if (!choice.path.empty()) {
    if (!fs::exists(choice.path)) {
      return bad(fmt::format("kubeconfig {} does not exist", choice.path));
    }
    files.emplace_back(choice.path);
  } else if (!environment("KUBECONFIG").empty()) {
    files = files_of_environment();
    if (files.empty()) {
      return bad(fmt::format("none of the files in KUBECONFIG={} exists",
                             environment("KUBECONFIG")));
    }
  } else if (const fs::path own =
                 fs::path(environment("HOME")) / ".kube/config";
             fs::exists(own)) {
    files.push_back(own);
  } else if (auto inside = in_cluster()) {
    return *inside;
  } else {
    return bad("no kubeconfig found: give one with --kubeconfig, set "
               "KUBECONFIG, or put it at ~/.kube/config");
  }
  Merged merged;
  for (const fs::path &file : files) {
    if (auto taken = merge(file, merged); !taken) {
      return std::unexpected(taken.error());
    }
  }
  return connection_in(merged, choice.context);
}

} // namespace assay::kube
