# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The verbs of scripts/bench: lists a large cluster with several clients and compares them."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "fixtures" / "lab"))
sys.dont_write_bytecode = True

import build  # noqa: E402
import control_plane  # noqa: E402
import process  # noqa: E402
import toolchain  # noqa: E402
from errors import LabError  # noqa: E402
from lab import Lab  # noqa: E402

import machine  # noqa: E402
import table  # noqa: E402
from contenders import Contender, KubectlPages, Program  # noqa: E402
from sample import Far, Sample  # noqa: E402

KUBERNETES = build.DEFAULT_KUBERNETES
KUBECTL = build.Part("kubectl", ("k8s.io/kubernetes/cmd/kubectl",), seconds=60,
                     ldflags=build.kubernetes_flags(build.KUBERNETES[KUBERNETES]))
LISTER = build.Part("client-go-lister", (".",), seconds=30, module=str(HERE / "lister"),
                    rename="client-go-lister")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Lists nodes and pods of a large cluster with assay's client, with kubectl get "
                    "--raw and with client-go, one after the other in turns, and compares time, "
                    "memory and bytes. Builds what it needs, brings a lab up with nodes and pods "
                    "played by kwok (half an hour on two cores), and takes it down. Needs root.",
        epilog="Ends with 1 where assay is not faster than kubectl and client-go, or takes more "
               "than a tenth of the memory of a client-go lister that keeps its objects.")
    add = parser.add_argument
    add("--nodes", type=int, default=5000, metavar="N", help="(default: %(default)s)")
    add("--pods", type=int, default=50000, metavar="N", help="(default: %(default)s)")
    add("--rounds", type=int, default=5, metavar="N",
        help="how often each is run, besides once that is not counted (default: %(default)s)")
    add("--lab", metavar="NAME",
        help="use this lab, which is up and has had `add kwok`, and leave it as it is")
    add("--build", metavar="DIR", type=Path,
        help="take the programs of this build folder (default: build the preset release)")
    add("--out", metavar="DIR", type=Path, default=ROOT / "docs" / "measurements",
        help="where list.json and list.md are written (default: docs/measurements)")
    return parser


def programs(folder: Path | None) -> Path:
    """The build folder with assay and bench-lister in it."""
    if folder is None:
        for command in (["cmake", "--preset", "release"],
                        ["cmake", "--build", "--preset", "release", "--target", "assay",
                         "bench-lister"]):
            subprocess.run(command, cwd=ROOT, check=True)
        folder = ROOT / "build" / "release"
    return folder.resolve()


@contextmanager
def lab_for(args: argparse.Namespace) -> Iterator[Lab]:
    if args.lab:
        yield Lab(args.lab)
        return
    lab = [str(ROOT / "scripts" / "lab"), "--name", "bench"]
    try:
        subprocess.run([*lab, "up", "--nodes", "1"], check=True)
        subprocess.run([*lab, "add", "kwok", "--nodes", str(args.nodes), "--pods",
                        str(args.pods)], check=True)
        yield Lab("bench")
    finally:
        subprocess.run([*lab, "down"], check=False)


def contenders(built: Path, lab: Lab) -> list[Contender]:
    go = build.build([KUBECTL, LISTER], build.cache_root())
    kubectl = str(go["kubectl"] / "kubectl")
    lister = [str(go["client-go-lister"] / "client-go-lister"),
              f"--kubeconfig={lab.kubeconfig}"]
    return [
        Program("assay", [str(built / "tests" / "bench" / "bench-lister"), str(lab.kubeconfig)]),
        KubectlPages("kubectl get --raw, paged", kubectl, lab.kubeconfig),
        Program("client-go, keeps all", lister),
        Program("client-go, drops pages", [*lister, "--keep=false"]),
        Program("client-go, keeps all, JSON", [*lister, "--json"]),
    ]


def measure(rivals: list[Contender], rounds: int, far: Far) -> dict[str, list[Sample]]:
    """In turns, so that what else the machine does meets all alike."""
    samples: dict[str, list[Sample]] = {one.name: [] for one in rivals}
    for turn in range(rounds + 1):
        for one in rivals:
            sample = one.run(far)
            print(f"{'warm-up' if turn == 0 else f'{turn}/{rounds}'}: {one.name}: {sample}",
                  flush=True)
            if turn:
                samples[one.name].append(sample)
    return samples


def agree(samples: dict[str, list[Sample]]) -> None:
    """All have seen the same objects; kubectl only counts them."""
    sums = {json.dumps(one.sums, sort_keys=True) for list_ in samples.values() for one in list_
            if "name_bytes" in one.sums}
    counts = {(one.sums["nodes"], one.sums["pods"]) for list_ in samples.values()
              for one in list_}
    if len(sums) != 1 or len(counts) != 1:
        raise LabError(f"the clients do not agree on what is there: {sums} {counts}")


def verbs(built: Path, lab: Lab) -> list[Contender]:
    """What users wait for."""
    assay = [str(built / "cli" / "assay")]
    return [Program("assay triage", [*assay, "triage", f"--kubeconfig={lab.kubeconfig}"],
                    exits=(0, 1), sums=False)]


def bench(args: argparse.Namespace) -> int:
    if os.geteuid() != 0:
        raise LabError("run it as root: the lab needs it")
    built = programs(args.build)
    with lab_for(args) as lab:
        far = Far(lab.name, process.inits(lab.state)[control_plane.ROLE])
        rivals = contenders(built, lab)
        samples = measure(rivals, args.rounds, far)
        agree(samples)
        waits = measure(verbs(built, lab), args.rounds, far)
        facts = machine.facts(build.KUBERNETES[lab.facts.kubernetes],
                              toolchain.find_go(build.cache_root()), built)
    return table.write(args.out, facts, samples, waits)


def main() -> int:
    try:
        return bench(_parser().parse_args())
    except (LabError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
