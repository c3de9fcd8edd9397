# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What is written of a measurement, and whether it meets the bars."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict
from pathlib import Path

from sample import Sample

OURS = "assay"
MUST_BE_SLOWER = ("kubectl get --raw, paged", "client-go, keeps all")
KEEPS = "client-go, keeps all"
MEMORY_RATIO = 10

Samples = dict[str, list[Sample]]


def median(samples: list[Sample], what: str) -> float:
    return float(statistics.median(getattr(one, what) for one in samples))


def rows(samples: Samples, against: str | None) -> list[str]:
    lines = ["| | wall (times assay's) | CPU | API server's CPU | largest memory (times assay's) | received |",
             "|---|---|---|---|---|---|"]
    for name, taken in samples.items():
        def ratio(what: str, taken: list[Sample] = taken) -> str:
            if against is None or not samples[against]:
                return ""
            return f" ({median(taken, what) / median(samples[against], what):.1f})"
        lines.append(
            f"| {name} | {median(taken, 'wall_s'):.2f} s{ratio('wall_s')} "
            f"| {median(taken, 'cpu_s'):.2f} s | {median(taken, 'server_cpu_s'):.2f} s "
            f"| {median(taken, 'max_rss_kib') / 1024:.0f} MiB{ratio('max_rss_kib')} "
            f"| {median(taken, 'wire_bytes') / 1e6:.1f} MB |")
    return lines


def missed(samples: Samples) -> list[str]:
    """One sentence for each bar that is not met."""
    said = [f"assay is not faster than {other}" for other in MUST_BE_SLOWER
            if median(samples[OURS], "wall_s") >= median(samples[other], "wall_s")]
    if median(samples[OURS], "max_rss_kib") * MEMORY_RATIO > median(samples[KEEPS], "max_rss_kib"):
        said.append(f"assay takes more than 1/{MEMORY_RATIO} of the memory of {KEEPS}")
    return said


def text(facts: dict[str, str], samples: Samples, waits: Samples) -> str:
    seen = samples[OURS][0].sums
    loads = [one.load for taken in (*samples.values(), *waits.values()) for one in taken]
    return "\n".join([
        f"# Listing {seen['nodes']:,} nodes and {seen['pods']:,} pods", "",
        "Written by `scripts/bench`, which makes the objects, runs each program in turns and drops "
        "the first run of each; medians.", "",
        *(f"- {key}: {value}" for key, value in facts.items()),
        f"- rounds: {len(samples[OURS])}; load of the machine {min(loads):.1f} to "
        f"{max(loads):.1f}", "",
        *rows(samples, OURS), "",
        *rows(waits, None), "",
        "Every sample is in list.json.", ""])


def write(folder: Path, facts: dict[str, str], samples: Samples, waits: Samples) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    everything = {"facts": facts, "samples": {
        name: [asdict(one) for one in taken] for name, taken in (samples | waits).items()}}
    (folder / "list.json").write_text(json.dumps(everything, indent=1) + "\n")
    (folder / "list.md").write_text(text(facts, samples, waits))
    print("\n".join(["", *rows(samples, OURS), "", *rows(waits, None)]))
    said = missed(samples)
    for sentence in said:
        print(f"MISSED: {sentence}")
    return 1 if said else 0
