// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>

#include "kube/json.h"
#include "kube/kubeconfig.h"

namespace assay::kube {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds plugin_limit{60};
constexpr std::size_t max_output_bytes = 1024 * 1024;

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      ends = {-1, -1};
    }
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe &) = delete;
  Pipe &operator=(const Pipe &) = delete;
  void close_end(std::size_t end) {
    if (ends.at(end) >= 0) {
      ::close(ends.at(end));
      ends.at(end) = -1;
    }
  }
  std::array<int, 2> ends{-1, -1};
};

struct Spoken {
  std::string out;
  std::string error;
  int status = -1;
  bool late = false;
};

std::string exec_info(const ExecPlugin &plugin, const Connection &connection) {
  Json info{{"apiVersion", plugin.api_version},
            {"kind", "ExecCredential"},
            {"spec", {{"interactive", false}}}};
  if (plugin.provide_cluster_info) {
    info["spec"]["cluster"] = {
        {"server", connection.server},
        {"insecure-skip-tls-verify", connection.insecure_skip_tls_verify}};
    if (!connection.tls_server_name.empty()) {
      info["spec"]["cluster"]["tls-server-name"] = connection.tls_server_name;
    }
  }
  return info.dump();
}

std::vector<std::string> environment_of(const ExecPlugin &plugin,
                                        const Connection &connection) {
  std::vector<std::string> result;
  for (char **at = environ; *at != nullptr; ++at) {
    const std::string_view variable(*at);
    const std::string name(variable.substr(0, variable.find('=')));
    if (!plugin.env.contains(name) && name != "KUBERNETES_EXEC_INFO") {
      result.emplace_back(variable);
    }
  }
  for (const auto &[name, value] : plugin.env) {
    result.push_back(name + "=" + value);
  }
  result.push_back("KUBERNETES_EXEC_INFO=" + exec_info(plugin, connection));
  return result;
}

std::vector<char *> pointers(std::vector<std::string> &strings) {
  std::vector<char *> result;
  for (std::string &one : strings) {
    result.push_back(one.data());
  }
  result.push_back(nullptr);
  return result;
}

// Reads both pipes to their ends, or until the limit.
void listen(Pipe &out, Pipe &error, Spoken &spoken) {
  const auto deadline = steady_clock::now() + plugin_limit;
  std::array<pollfd, 2> polled{pollfd{out.ends[0], POLLIN, 0},
                               pollfd{error.ends[0], POLLIN, 0}};
  const std::array<std::string *, 2> into{&spoken.out, &spoken.error};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - steady_clock::now());
    if (left.count() <= 0 || ::poll(polled.data(), polled.size(),
                                    static_cast<int>(left.count())) == 0) {
      spoken.late = true;
      return;
    }
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled.at(i).fd < 0 || polled.at(i).revents == 0) {
        continue;
      }
      std::array<char, 4096> buffer{};
      const ssize_t got = ::read(polled.at(i).fd, buffer.data(), buffer.size());
      if (got <= 0 || into.at(i)->size() > max_output_bytes) {
        polled.at(i).fd = -1;
      } else {
        into.at(i)->append(buffer.data(), static_cast<std::size_t>(got));
      }
    }
  }
}

Result<Spoken> spoken_by(const ExecPlugin &plugin,
                         const Connection &connection) {
  Pipe out;
  Pipe error;
  std::vector<std::string> arguments{plugin.command};
  arguments.insert(arguments.end(), plugin.args.begin(), plugin.args.end());
  std::vector<std::string> variables = environment_of(plugin, connection);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error.ends[1], STDERR_FILENO);
  pid_t pid = 0;
  const int failed =
      posix_spawnp(&pid, plugin.command.c_str(), &actions, nullptr,
                   pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return std::unexpected(
        Error{Error::Kind::config, 0, "",
              fmt::format("credential plugin {} cannot be started: {}. {}",
                          plugin.command, std::strerror(failed),
                          plugin.install_hint)});
  }
  out.close_end(1);
  error.close_end(1);
  Spoken spoken;
  listen(out, error, spoken);
  if (spoken.late) {
    ::kill(pid, SIGKILL);
  }
  ::waitpid(pid, &spoken.status, 0);
  return spoken;
}

std::string last_words(const std::string &error) {
  constexpr std::size_t enough = 500;
  return error.size() > enough ? error.substr(error.size() - enough) : error;
}

Result<Json> credential_of(const ExecPlugin &plugin, const Spoken &spoken) {
  const auto bad = [&](const std::string &why) {
    return std::unexpected(
        Error{Error::Kind::config, 0, "",
              fmt::format("credential plugin {} {}: {} {}", plugin.command, why,
                          last_words(spoken.error), plugin.install_hint)});
  };
  if (spoken.late) {
    return bad(fmt::format("gave no answer within {} s", plugin_limit.count()));
  }
  if (!WIFEXITED(spoken.status) || WEXITSTATUS(spoken.status) != 0) {
    return bad("failed");
  }
  auto answer = parse(spoken.out);
  if (!answer || text(*answer, {"kind"}) != "ExecCredential") {
    return bad("did not print an ExecCredential");
  }
  return answer;
}

} // namespace

Result<Connection> with_credentials(Connection connection) {
  if (!connection.exec) {
    return connection;
  }
  const ExecPlugin &plugin = *connection.exec;
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return std::unexpected(Error{
        Error::Kind::config, 0, "",
        fmt::format("credential plugin {}: apiVersion '{}' is not supported; "
                    "make a new kubeconfig with a newer version of the plugin",
                    plugin.command, plugin.api_version)});
  }
  const auto spoken = spoken_by(plugin, connection);
  if (!spoken) {
    return std::unexpected(spoken.error());
  }
  const auto credential = credential_of(plugin, *spoken);
  if (!credential) {
    return std::unexpected(credential.error());
  }
  connection.token = text(*credential, {"status", "token"});
  connection.client_certificate_pem =
      text(*credential, {"status", "clientCertificateData"});
  connection.client_key_pem = text(*credential, {"status", "clientKeyData"});
  if (connection.token.empty() && connection.client_certificate_pem.empty()) {
    return std::unexpected(
        Error{Error::Kind::config, 0, "",
              fmt::format(
                  "credential plugin {} gave neither a token nor a certificate",
                  plugin.command)});
  }
  return connection;
}

} // namespace assay::kube
