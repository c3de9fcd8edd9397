// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "sample_runs.h"

#include <random>

namespace assay::reports {

namespace {

class Dice {
public:
    explicit Dice(std::uint32_t seed) : engine_(seed) {}

    int up_to(int last) { return std::uniform_int_distribution<int>(0, last)(engine_); }
    bool one_in(int sides) { return up_to(sides - 1) == 0; }

    std::string text() {
        std::string result;
        for (int i = up_to(40); i > 0; --i) {
            result += static_cast<char>(up_to(255));
        }
        return one_in(500) ? result + std::string(70'000, '&') : result;
    }

    Outcome outcome() {
        constexpr Outcome outcomes[] = {Outcome::passed, Outcome::failed, Outcome::inconclusive,
                                        Outcome::not_applicable};
        return one_in(2) ? Outcome::passed : outcomes[up_to(3)];
    }

private:
    std::mt19937 engine_;
};

std::string numbered(const char* prefix, std::size_t number) {
    return prefix + std::to_string(number);
}

Finding random_finding(Dice& dice) {
    Finding finding;
    finding.outcome = dice.outcome();
    finding.target = dice.text();
    finding.expected = dice.text();
    finding.actual = dice.text();
    finding.reason = dice.text();
    finding.node = dice.text();
    finding.simulated = dice.one_in(4);
    finding.at_ms = dice.up_to(100'000);
    return finding;
}

AssertionResult random_assertion(Dice& dice, std::size_t number) {
    AssertionResult assertion;
    assertion.id = numbered("assertion_", number);
    assertion.kind = static_cast<Kind>(dice.up_to(3));
    assertion.basis = dice.one_in(3) ? Basis::beyond : Basis::required;
    assertion.sentence = "a sentence " + dice.text();
    assertion.next_step = dice.text();
    assertion.outcome = dice.outcome();
    assertion.reason = dice.text();
    for (int i = dice.up_to(dice.one_in(5) ? 60 : 3); i > 0; --i) {
        assertion.findings.push_back(random_finding(dice));
    }
    assertion.duration_ms = dice.up_to(5000);
    return assertion;
}

RequirementResult random_requirement(Dice& dice, std::size_t number) {
    RequirementResult requirement;
    requirement.id = numbered("requirement_", number);
    requirement.category = "security";
    requirement.title = dice.text();
    requirement.level = static_cast<Level>(dice.up_to(2));
    requirement.outcome = dice.outcome();
    requirement.selected = !dice.one_in(4);
    requirement.counted = requirement.selected && requirement.level == Level::must;
    requirement.reason = dice.text();
    for (int i = dice.up_to(4); i > 0; --i) {
        requirement.assertions.push_back(random_assertion(dice, requirement.assertions.size()));
    }
    for (int i = dice.one_in(3) ? dice.up_to(60) : 0; i > 0; --i) {
        requirement.accelerators.measures = {{dice.text(), "gb_per_s"}};
        requirement.accelerators.rows.push_back({.node = dice.text(),
                                                 .index = dice.up_to(8) - 1,
                                                 .uuid = dice.text(),
                                                 .model = dice.text(),
                                                 .outcome = dice.outcome(),
                                                 .words = dice.text(),
                                                 .simulated = dice.one_in(4),
                                                 .samples = {{1.5, 2, 3}, {}}});
    }
    requirement.started_at = dice.one_in(5) ? "" : "2026-11-21T05:13:59.120Z";
    requirement.duration_ms = dice.up_to(60'000);
    return requirement;
}

ClusterInventory sample_inventory() {
    ClusterInventory inventory;
    inventory.taken_at = "2026-11-21T05:13:58.000Z";
    for (const char* name : {"a-1", "a-2", "control-plane"}) {
        ClusterInventory::Node node;
        node.name = name;
        node.ready = true;
        node.architecture = "amd64";
        node.operating_system = "Debian GNU/Linux 12 (bookworm)";
        node.kernel = "6.1.0-35-amd64";
        node.kubelet = "v1.37.0";
        node.container_runtime = "containerd://2.1.4";
        inventory.nodes.push_back(node);
    }
    inventory.nodes[0].taints = {{"nvidia.com/gpu", "", "NoSchedule"}};
    inventory.nodes[0].extended = {{"nvidia.com/gpu", 2}};
    ClusterInventory::Accelerator accelerator;
    accelerator.accelerator = "gpu.nvidia.com";
    accelerator.vendor = "NVIDIA";
    accelerator.adapter = "nvidia";
    accelerator.allocation = "dra";
    accelerator.driver = "gpu.nvidia.com";
    accelerator.device_class = "gpu.nvidia.com";
    accelerator.examined = true;
    accelerator.devices_by_node = {{"a-1", 1}};
    accelerator.devices = {{.node = "a-1",
                            .pool = "a-1",
                            .name = "gpu-0",
                            .uuid = "GPU-df31844c",
                            .pci_bus_id = "0000:17:00.0",
                            .model = "H200",
                            .driver_version = "580.95.5"}};
    inventory.accelerators = {accelerator};
    inventory.dra_version = "v1";
    inventory.device_classes = {"gpu.nvidia.com"};
    inventory.runtime_classes = {{"nvidia", "nvidia"}};
    inventory.api_groups = {{"resource.k8s.io", {"v1"}, false}, {"broken.example", {}, true}};
    return inventory;
}

RunResult empty_run() {
    RunResult run;
    run.run_id = "01KAJ4T0Y6Z8";
    run.started_at = "2026-11-21T05:13:58.001Z";
    run.finished_at = "2026-11-21T05:14:21.500Z";
    run.duration_ms = 23'499;
    run.tool_version = "0.1.0";
    run.tool_commit = "0123456789abcdef";
    run.command = {"assay", "run", "--profile", "k8s-ai-1.37"};
    run.profile_id = "k8s-ai-1.37";
    run.profile_sha256 = std::string(64, 'a');
    run.profile_kubernetes = "1.37";
    run.profile_yaml = "kind: Profile\n";
    run.gate = {Level::must};
    run.selected = {"secure_accelerator_access"};
    run.probe_image = "registry.example/assay-probe:0.1.0";
    run.probe_image_digest = "sha256:" + std::string(64, 'b');
    run.cluster.context = "lab";
    run.cluster.server = "https://127.0.0.1:6443";
    run.cluster.version = "v1.37.0";
    run.cluster.nodes = 3;
    run.cluster.accelerators.push_back({.accelerator = "gpu.nvidia.com",
                                        .vendor = "NVIDIA",
                                        .adapter = "nvidia",
                                        .allocation = "dra",
                                        .driver = "gpu.nvidia.com",
                                        .driver_version = "",
                                        .model = "H200",
                                        .nodes = {"a-1", "a-2"},
                                        .devices = 4,
                                        .examined = true,
                                        .simulated = false});
    run.inventory = sample_inventory();
    return run;
}

Finding finding(Outcome outcome, std::string target, std::string actual) {
    Finding result;
    result.outcome = outcome;
    result.target = std::move(target);
    result.expected = "no device node it can open";
    result.actual = std::move(actual);
    result.node = "a-1";
    result.at_ms = 4200;
    return result;
}

AssertionResult assertion(std::string id, Kind kind, Basis basis, Outcome outcome) {
    AssertionResult result;
    result.id = std::move(id);
    result.kind = kind;
    result.basis = basis;
    result.outcome = outcome;
    result.sentence = "a sentence about " + result.id;
    result.next_step = "set accept-nvidia-visible-devices-envvar-when-unprivileged = false";
    result.duration_ms = 1500;
    return result;
}

RequirementResult secure_access() {
    RequirementResult requirement;
    requirement.id = "secure_accelerator_access";
    requirement.category = "security";
    requirement.title = "accelerators are isolated between containers";
    requirement.kar = "KAR-0049";
    requirement.outcome = Outcome::passed;
    requirement.started_at = "2026-11-21T05:13:59.120Z";
    requirement.duration_ms = 12'345;
    requirement.cleanup_duration_ms = 2000;
    requirement.assertions.push_back(
        assertion("owner_reaches_its_own", Kind::control, Basis::required, Outcome::passed));
    requirement.assertions.back().findings.push_back(
        finding(Outcome::passed, "pod owner-x7, container main, node a-1", "/dev/nvidia0"));
    return requirement;
}

RequirementResult not_selected() {
    RequirementResult requirement;
    requirement.id = "dra_support";
    requirement.category = "accelerators";
    requirement.selected = false;
    requirement.counted = false;
    requirement.reason = "not selected";
    return requirement;
}

}  // namespace

RunResult clean_run() {
    RunResult run = empty_run();
    run.requirements = {secure_access(), not_selected()};
    run.requirements[0].evidence.push_back(
        {"artifacts/secure_accelerator_access/owner_reaches_its_own/01-probe.json",
         "application/json", "{}\n"});
    run.requirements[0].assertions[0].findings[0].evidence = {run.requirements[0].evidence[0].path};
    run.exit_code = 0;
    return run;
}

RunResult leaking_run() {
    RunResult run = clean_run();
    RequirementResult& requirement = run.requirements[0];
    requirement.outcome = Outcome::failed;
    requirement.beyond_outcome = Outcome::failed;
    AssertionResult negative =
        assertion("stranger_reaches_none", Kind::negative, Basis::required, Outcome::failed);
    negative.findings = {
        finding(Outcome::passed, "pod stranger-a, container plain, node a-1", "none"),
        finding(Outcome::failed, "pod stranger-b, container plain, node a-2",
                "opened /dev/nvidia0 by env NVIDIA_VISIBLE_DEVICES=all"),
    };
    requirement.assertions.push_back(negative);
    requirement.assertions.push_back(
        assertion("log_names_no_device", Kind::positive, Basis::beyond, Outcome::failed));
    requirement.assertions.back().findings.push_back(
        finding(Outcome::failed, "pod owner-x7, container main, node a-1", "its UUID"));
    requirement.assertions.push_back(assertion("two_owners_share_none", Kind::negative,
                                               Basis::required, Outcome::not_applicable));
    requirement.assertions.back().reason = "no node has two accelerators";
    run.exit_code = 1;
    return run;
}

namespace {

constexpr int per_node = 8;

AcceleratorRow measured(int node, int index, Dice& dice) {
    const auto about = [&](double middle) {
        std::vector<double> samples(5);
        for (double& one : samples) {
            one = middle * (1 + (dice.up_to(200) - 100) / 10'000.0);
        }
        return samples;
    };
    const bool slow = node % 61 == 0 && index == 5;
    AcceleratorRow row{.node = "gpu-node-" + std::to_string(node),
                       .index = index,
                       .uuid = "GPU-" + std::to_string(node * per_node + index),
                       .model = "NVIDIA H200",
                       .outcome = Outcome::passed,
                       .samples = {about(slow ? 610 : 780), about(4250), about(55)}};
    if (slow) {
        row.outcome = Outcome::failed;
        row.words = "gemm_bf16 22 % below the median of the pool";
    }
    if (node % 97 == 0 && index == 3) {
        row.outcome = Outcome::failed;
        row.words = "2 of 4096 tiles are wrong, both computed by SM 87";
        row.samples[0].clear();
    }
    return row;
}

void measure_node(RunResult& run, int node, Dice& dice) {
    const std::string name = "gpu-node-" + std::to_string(node);
    ClusterInventory::Node described = run.inventory.nodes.front();
    described.name = name;
    run.inventory.nodes.push_back(described);
    run.inventory.accelerators[0].devices_by_node[name] = per_node;
    Finding finding;
    finding.outcome = node % 97 == 0 ? Outcome::failed : Outcome::passed;
    finding.target = "node " + name;
    finding.expected = "every product exact";
    finding.actual = node % 97 == 0 ? "accelerator 3: 2 of 4096 tiles are wrong" : "exact";
    finding.node = name;
    RequirementResult& requirement = run.requirements.front();
    if (node % 250 == 7) {
        finding.outcome = Outcome::inconclusive;
        finding.reason = "no document came from the pod within 60 s";
    } else {
        for (int index = 0; index < per_node; ++index) {
            requirement.accelerators.rows.push_back(measured(node, index, dice));
        }
    }
    requirement.assertions[0].findings.push_back(finding);
}

}  // namespace

RunResult pool_run(int nodes) {
    RunResult run = leaking_run();
    Dice dice(1);
    run.command = {"assay", "run", "--profile", "node-pool", "--pool", "gpu", "--out", "first run"};
    run.profile_id = "node-pool";
    RequirementResult& requirement = run.requirements.front();
    requirement.id = "accelerator_compute";
    requirement.title = "Every accelerator of the pool computes right and fast";
    requirement.accelerators.measures = {
        {"gemm_bf16", "tflops"}, {"hbm_copy", "gb_per_s"}, {"link_h2d", "gb_per_s"}};
    requirement.assertions.resize(1);
    requirement.assertions[0].findings.clear();
    requirement.assertions[0].outcome = Outcome::failed;
    requirement.assertions[0].sentence = "every accelerator computes to the last bit";
    requirement.assertions[0].next_step = "kubectl cordon the node, then change the accelerator";
    run.cluster.nodes = nodes;
    run.inventory.accelerators[0].devices_by_node.clear();
    for (int node = 0; node < nodes; ++node) {
        measure_node(run, node, dice);
    }
    run.inventory.nodes.erase(run.inventory.nodes.begin(), run.inventory.nodes.begin() + 3);
    run.cluster.accelerators[0].devices = nodes * per_node;
    return run;
}

RunResult random_run(std::uint32_t seed) {
    Dice dice(seed);
    RunResult run = empty_run();
    run.simulated = dice.one_in(3);
    run.strict = dice.one_in(3);
    run.interrupted = dice.one_in(6);
    if (dice.one_in(4)) {
        run.settling = Settling{.settled = dice.one_in(2),
                                .limit_ms = 1000,
                                .duration_ms = 12,
                                .unsettled = 1,
                                .waiting_for = {dice.text()}};
    }
    if (dice.one_in(4)) {
        run.rerun_of = EarlierRun{
            .run_id = "r2d2", .report_sha256 = std::string(64, 'a'), .failed = {dice.text()}};
    }
    run.command.push_back(dice.text());
    run.warnings.push_back(dice.text());
    run.inventory.nodes[0].name = dice.text();
    run.inventory.nodes[0].kernel = dice.text();
    run.inventory.nodes[0].extended[dice.text()] = 1;
    run.inventory.nodes[1].simulated = dice.one_in(2);
    run.inventory.accelerators[0].devices[0].model = dice.text();
    run.inventory.api_groups[0].name = dice.text();
    run.inventory.runtime_classes[dice.text()] = dice.text();
    run.leftovers.push_back({"Pod", dice.text(), dice.text()});
    for (int i = dice.up_to(5); i > 0; --i) {
        run.requirements.push_back(random_requirement(dice, run.requirements.size()));
    }
    run.exit_code = exit_code_of(run);
    return run;
}

std::string hostile_text() {
    std::string text =
        "\x1B[31mred\x1B[0m \x1B]0;title\x07 \x1B]8;;http://x\x1B\\link ]]> <![CDATA[ ";
    for (int byte = 0; byte < 256; ++byte) {
        text += static_cast<char>(byte);
        text += ' ';
    }
    text += "\xC0\xAF \xE0\x80\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xEF\xBF\xBE \xEF\xBF\xBF ";
    text += "\xC2\x9B\x33\x31m \xE2\x80\xAE \xE2\x82\xAC \xF0\x9F\x98\x80 \xE2\x82";
    return text;
}

}  // namespace assay::reports
