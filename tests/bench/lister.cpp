// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Lists all nodes and pods with assay's client, page by page, and reads the fields that the
// client-go lister beside it reads. Prints one JSON line with the sums, which must be the same for
// both, or one line with the error and ends with 1.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>

#include "kube/curl_transport.h"
#include "kube/kubeconfig.h"
#include "kube/pages.h"

namespace {

using assay::kube::Json;

constexpr std::string_view accelerator = "nvidia.com/gpu";

struct Sums {
    long nodes = 0;
    long ready = 0;
    long capacity = 0;
    long pods = 0;
    long running = 0;
    long requested = 0;
    std::size_t name_bytes = 0;
};

long number(const std::string& text) {
    long value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void add_node(Sums& sums, const Json& node) {
    ++sums.nodes;
    sums.name_bytes += assay::kube::name_of(node).size();
    sums.capacity += number(assay::kube::text(node, {"status", "capacity", accelerator}));
    for (const Json& condition : assay::kube::array(node, {"status", "conditions"})) {
        sums.ready += assay::kube::text(condition, {"type"}) == "Ready" &&
                      assay::kube::text(condition, {"status"}) == "True";
    }
}

void add_pod(Sums& sums, const Json& pod) {
    ++sums.pods;
    sums.name_bytes +=
        assay::kube::name_of(pod).size() + assay::kube::text(pod, {"spec", "nodeName"}).size();
    sums.running += assay::kube::text(pod, {"status", "phase"}) == "Running";
    for (const Json& container : assay::kube::array(pod, {"spec", "containers"})) {
        sums.requested +=
            number(assay::kube::text(container, {"resources", "requests", accelerator}));
    }
}

assay::kube::Result<Sums> listed(const assay::kube::Client& client,
                                 const assay::kube::Limit& limit) {
    Sums sums;
    const auto nodes = assay::kube::visit(
        client, assay::kube::nodes, "", {}, [&](const Json& one) { add_node(sums, one); },
        [&] { sums = {}; }, limit);
    if (!nodes) {
        return std::unexpected(nodes.error());
    }
    const Sums of_nodes = sums;
    const auto pods = assay::kube::visit(
        client, assay::kube::pods, "", {}, [&](const Json& one) { add_pod(sums, one); },
        [&] { sums = of_nodes; }, limit);
    return pods ? assay::kube::Result<Sums>(sums) : std::unexpected(pods.error());
}

assay::kube::Result<Sums> run(const std::string& kubeconfig) {
    const auto connection = assay::kube::load_connection({.path = kubeconfig, .context = {}});
    if (!connection) {
        return std::unexpected(connection.error());
    }
    const auto transport = assay::kube::CurlTransport::connect(*connection);
    if (!transport) {
        return std::unexpected(transport.error());
    }
    return listed(assay::kube::Client(**transport),
                  assay::kube::Limit::of(std::chrono::minutes(10)));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: bench-lister KUBECONFIG\n");
        return 2;
    }
    const auto sums = run(argv[1]);
    if (!sums) {
        fmt::print(stderr, "{}\n", sums.error().message);
        return 1;
    }
    fmt::print(R"({{"nodes":{},"ready":{},"capacity":{},"pods":{},"running":{},"requested":{},)"
               R"("name_bytes":{}}})"
               "\n",
               sums->nodes, sums->ready, sums->capacity, sums->pods, sums->running, sums->requested,
               sums->name_bytes);
    return 0;
}
