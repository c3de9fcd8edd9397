# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""A release in systems that have nothing: roots of other Debian suites, without a compiler, the oldest
with a C library older than any that assay is built with; and the image's own root, which has nobody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import manifests
from container import USER
from contents import KUBECTL_NAMES
from image_roots import roots_of, unpack
from pins import ReleaseError, cache
from probe_trial import try_probe
from refusing_server import RefusingServer

MIRROR = "http://deb.debian.org/debian"
SUITES = ("bullseye", "trixie")
EMULATOR = "qemu-aarch64-static"
# The discard port of this machine: nobody listens.
NOWHERE = "https://127.0.0.1:9"
# Where RHEL keeps it, which no Debian has: that it is found is seen, too.
BUNDLE = "etc/pki/tls/certs/ca-bundle.crt"
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "{server}"}}}}]
users: [{{name: u, user: {user}}}]
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
"""
TOKEN = "{token: none}"
PLUGIN = ("{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: {program}, "
          "interactiveMode: Never}}}}")
PLUGIN_PROGRAM = """#!/bin/sh
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
"""


@dataclass(frozen=True)
class Attempt:
    words: tuple[str, ...]
    code: int
    says: str  # somewhere in what it prints


BY_KUBECTL = Attempt(("run", "--help"), 0, "kubectl assay run")


def attempts(version: str) -> tuple[Attempt, ...]:
    return (
        Attempt(("--version",), 0, f"assay {version}"),
        Attempt(("version",), 0, "core"),
        Attempt(("images", "list"), 0, "linux/arm64, "),
        Attempt(("--help",), 0, "Exit codes:"),
        Attempt(("schema", "report"), 0, '"$schema"'),
        Attempt(("list",), 0, "secure_accelerator_access"),
        Attempt(("explain", "secure_accelerator_access"), 0, "owner_reaches_its_own"),
        Attempt(("rbac",), 0, "ClusterRoleBinding"),
        Attempt(("completion", "bash"), 0, "complete -F _assay"),
        Attempt(("images", "export", "/tmp/probe.tar"), 0, "wrote /tmp/probe.tar"),
        Attempt(("run", "--no-such-option"), 2, "--no-such-option"),
    )


def run_of(kubeconfig: Path, says: str) -> Attempt:
    """That cannot ask anything, for the reason that it says."""
    out = str(kubeconfig.with_name("report"))
    return Attempt(("run", "--kubeconfig", str(kubeconfig), "--out", out), 3, says)


def reach_attempts(folder: Path) -> tuple[Attempt, ...]:
    return (
        run_of(folder / "nowhere.yaml", "is the API server up and reachable from here?"),
        run_of(folder / "trusted.yaml", "are the credentials of this context still valid?"),
        run_of(folder / "plugin.yaml", "are the credentials of this context still valid?"),
    )


def root_of(suite: str) -> Path:
    """A minimal system, made once."""
    folder = cache() / "roots" / suite
    if folder.is_dir():
        return folder
    if not shutil.which("debootstrap"):
        raise ReleaseError("there is no debootstrap: scripts/install-dependencies --release installs it")
    print(f"{suite}: debootstrap", flush=True)
    unfinished = folder.with_name(suite + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["debootstrap", "--variant=minbase", suite, str(unfinished), MIRROR],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise ReleaseError(f"debootstrap {suite}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    unfinished.rename(folder)
    return folder


def program_of(out: Path, version: str, architecture: str, into: Path) -> Path:
    name = f"assay-{version}-linux-{architecture}"
    unpack(out / f"{name}.tar.gz", into)
    return into / name / "assay"


def hold(attempt: Attempt, command: list[str], where: str, **variables: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", **variables})
    said = done.stdout + done.stderr
    if done.returncode != attempt.code or attempt.says not in said:
        raise ReleaseError(
            f"{where}: assay {' '.join(attempt.words)}: exit code {done.returncode}, expected "
            f"{attempt.code} and '{attempt.says}':\n{said[-2000:]}")
    print(f"{where}: assay {' '.join(attempt.words)}: {attempt.code}", flush=True)


def kubeconfigs(folder: Path, seen_as: Path, server: RefusingServer) -> None:
    """The reasons of reach_attempts(); seen_as: the folder, where the program looks for it."""
    plugin = folder / "plugin"
    plugin.write_text(PLUGIN_PROGRAM)
    plugin.chmod(0o755)
    by_plugin = PLUGIN.format(program=seen_as / plugin.name)
    for name, url, user in (("nowhere", NOWHERE, TOKEN), ("trusted", server.url, TOKEN),
                            ("plugin", server.url, by_plugin)):
        kubeconfig = folder / f"{name}.yaml"
        kubeconfig.write_text(KUBECONFIG.format(server=url, user=user))


def prepare(root: Path, program: Path, server: RefusingServer) -> None:
    programs = root / "usr" / "local" / "bin"
    for name in ("assay", *KUBECTL_NAMES):
        (programs / name).unlink(missing_ok=True)
        shutil.copy2(program.with_name(name), programs / name, follow_symlinks=False)
    (root / "tmp" / "probe.tar").unlink(missing_ok=True)
    kubeconfigs(root / "tmp", Path("/tmp"), server)


def try_in(suite: str, program: Path, version: str, server: RefusingServer) -> None:
    root = root_of(suite)
    for name in ("cc", "gcc", "c++", "clang"):
        if (root / "usr" / "bin" / name).exists():
            raise ReleaseError(f"{root} has a compiler: remove it, it is made anew")
    prepare(root, program, server)
    bundle = root / BUNDLE
    bundle.parent.mkdir(parents=True, exist_ok=True)
    bundle.unlink(missing_ok=True)
    inside = ["chroot", str(root), "/usr/local/bin/assay"]
    untrusted = run_of(Path("/tmp/trusted.yaml"), "certificate")
    hold(untrusted, [*inside, *untrusted.words], f"{suite}, without authorities")
    shutil.copy2(server.certificate, bundle)
    for attempt in (*attempts(version), *reach_attempts(Path("/tmp"))):
        hold(attempt, [*inside, *attempt.words], suite)
    hold(BY_KUBECTL, [*inside[:-1], f"/usr/local/bin/{KUBECTL_NAMES[0]}", *BY_KUBECTL.words], suite)


def try_image(out: Path, version: str, folder: Path) -> None:
    root = roots_of(out / f"assay-image-{version}.tar", folder / "image")["amd64"]
    inside = ["chroot", f"--userspec={USER}:{USER}", str(root), "/usr/bin/assay"]
    export = Attempt(("images", "export", "/report/probe.tar"), 0, "wrote /report/probe.tar")
    for attempt in (*attempts(version)[:6], export):
        hold(attempt, [*inside, *attempt.words], "image")


def try_emulated(program: Path, version: str, server: RefusingServer, folder: Path) -> None:
    """Not in a root of its own: of this machine it needs the emulator alone."""
    kubeconfigs(folder, folder, server)
    for attempt in (*attempts(version)[:6], *reach_attempts(folder)):
        hold(attempt, [EMULATOR, str(program), *attempt.words], "arm64",
             SSL_CERT_FILE=str(server.certificate))


def check_rights(out: Path, program: list[str]) -> None:
    """deploy/rbac.yaml is what the program itself prints."""
    if manifests.rights(program) != (out / "deploy" / "rbac.yaml").read_text():
        raise ReleaseError("deploy/rbac.yaml is not what this program prints")


def check_sums(out: Path) -> None:
    done = subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=out,
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise ReleaseError(f"SHA256SUMS: {done.stdout}{done.stderr}")
    json.loads((out / "sbom.spdx.json").read_text())


def has(out: Path, version: str, architecture: str) -> bool:
    there = (out / f"assay-{version}-linux-{architecture}.tar.gz").is_file()
    if not there:
        print(f"{architecture}: not in this release, so not tried")
    return there


def try_amd64(out: Path, version: str, server: RefusingServer, folder: Path) -> None:
    program = program_of(out, version, "amd64", folder)
    check_rights(out, [str(program)])
    for suite in SUITES:
        try_in(suite, program, version, server)
    try_image(out, version, folder)


def try_arm64(out: Path, version: str, server: RefusingServer, folder: Path) -> None:
    if not shutil.which(EMULATOR):
        print(f"arm64: not tried: there is no {EMULATOR} (scripts/install-dependencies --release)")
        return
    program = program_of(out, version, "arm64", folder)
    check_rights(out, [EMULATOR, str(program)])
    try_emulated(program, version, server, folder)


def try_carried(out: Path, version: str, folder: Path) -> None:
    """The probe's image that this machine's program carries, for all machines."""
    if not shutil.which(EMULATOR):
        print(f"the probe for arm64: not tried: there is no {EMULATOR} (scripts/install-dependencies --release)")
    elif (out / f"assay-{version}-linux-amd64.tar.gz").is_file():
        try_probe([str(program_of(out, version, "amd64", folder))], str(shutil.which(EMULATOR)), folder)


def try_all(out: Path, version: str) -> None:
    if os.geteuid() != 0:
        raise ReleaseError("--try enters other roots and needs root: sudo scripts/release --try")
    check_sums(out)
    with tempfile.TemporaryDirectory(prefix="assay-release-") as name:
        folder = Path(name)
        server = RefusingServer(folder)
        for architecture, try_it in (("amd64", try_amd64), ("arm64", try_arm64)):
            if has(out, version, architecture):
                try_it(out, version, server, folder)
        server.close()
        try_carried(out, version, folder)
