// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/transport.h"

#include <algorithm>
#include <regex>
#include <sstream>

namespace assay::probe::collective {

namespace {

// "NET/IB/0(3)/GDRDMA/Shared" -> "NET/IB": the device and the flags behind it are left out, as is
// "/read" behind P2P/….
std::string way_of(const std::string& via) {
    const std::size_t first = via.find('/');
    const std::size_t second = via.find('/', first + 1);
    const bool whole = via.starts_with("SHM/") || second == std::string::npos;
    return whole ? via : via.substr(0, second);
}

void take_channel(const std::string& line, Transport& transport) {
    static const std::regex channel(
        R"(Channel \d+(?:/\d+)? : \d+\[[0-9a-fx]+\] -> \d+\[[0-9a-fx]+\]( \[\w+\])? via ([A-Z0-9]+/[^\r]*?)(?: comm .*)?\s*$)");
    std::smatch found;
    if (!std::regex_search(line, found, channel) || found[1] == " [receive]") {
        return;
    }
    const std::string via = found[2];
    ++transport.edges[way_of(via)];
    if (via.starts_with("NET/") && via.find("/GDRDMA") != std::string::npos) {
        ++transport.gdr_edges;
    }
}

void take_features(const std::string& line, Transport& transport) {
    static const std::regex clique(R"(MNNVL 1 .*cliqueSize (\d{1,6}))");
    if (line.find("NVLS multicast support is") != std::string::npos) {
        transport.nvls = line.find("is not available") == std::string::npos;
    }
    std::smatch found;
    if (std::regex_search(line, found, clique)) {
        transport.mnnvl_clique_size = std::stoi(found[1]);
    }
}

bool is_way(const std::string& edge, const std::string& name) {
    return edge == name || edge.starts_with(name + "/");
}

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

}  // namespace

void Transport::add(const Transport& other) {
    for (const auto& [name, count] : other.edges) {
        edges[name] += count;
    }
    gdr_edges += other.gdr_edges;
    if (other.nvls) {
        nvls = nvls.value_or(true) && *other.nvls;
    }
    if (other.mnnvl_clique_size) {
        mnnvl_clique_size = std::max(mnnvl_clique_size.value_or(0), *other.mnnvl_clique_size);
    }
}

Json Transport::json() const {
    Json by_name = Json::object();
    for (const auto& [name, count] : edges) {
        by_name[name] = count;
    }
    return {{"edges", by_name},
            {"gdr_edges", gdr_edges},
            {"nvls", nvls ? Json(*nvls) : Json()},
            {"mnnvl_clique_size", mnnvl_clique_size ? Json(*mnnvl_clique_size) : Json()}};
}

Transport transport_in_log(const std::string& log) {
    Transport transport;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        if (line.size() > 1000) {
            continue;  // none of the lines above; std::regex recurses by the length
        }
        if (line.find(" via ") != std::string::npos) {
            take_channel(line, transport);
        } else {
            take_features(line, transport);
        }
    }
    return transport;
}

std::string unexpected(const Transport& transport, const std::vector<std::string>& names) {
    for (const auto& [edge, count] : transport.edges) {
        const bool wanted = std::ranges::any_of(
            names, [&way = edge](const std::string& name) { return is_way(way, name); });
        if (!wanted) {
            return std::to_string(count) + " channels go by " + edge + "; expected " +
                   listed(names);
        }
    }
    for (const std::string& name : names) {
        const bool used = std::ranges::any_of(
            transport.edges, [&](const auto& edge) { return is_way(edge.first, name); });
        if (!used) {
            return "no channel goes by " + name;
        }
    }
    return "";
}

Transport transport_from(const Json& json) {
    Transport transport;
    for (const auto& [name, count] : json.at("edges").items()) {
        transport.edges[name] = count.get<int>();
    }
    transport.gdr_edges = json.at("gdr_edges");
    if (json.at("nvls").is_boolean()) {
        transport.nvls = json.at("nvls").get<bool>();
    }
    if (json.at("mnnvl_clique_size").is_number_integer()) {
        transport.mnnvl_clique_size = json.at("mnnvl_clique_size").get<int>();
    }
    return transport;
}

}  // namespace assay::probe::collective
