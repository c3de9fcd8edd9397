# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""deploy/: what kubectl applies to have assay run inside the cluster that it examines."""

from __future__ import annotations

import subprocess
from pathlib import Path

TEMPLATES = Path(__file__).with_name("deploy")
NAMESPACE = "assay"
ACCOUNT = "assay"
PROFILE = "k8s-ai-1.37"


def rights(program: list[str]) -> str:
    """Exactly those of a run of the profile, by the program that will run."""
    return subprocess.run(
        [*program, "rbac", "--profile", PROFILE, "--service-account", f"{NAMESPACE}/{ACCOUNT}"],
        check=True, capture_output=True, text=True).stdout


def deploy(program: list[str], image: str) -> dict[str, str]:
    """File name to content; what is in @ signs in a template is put in here."""
    values = {"@IMAGE@": image, "@NAMESPACE@": NAMESPACE, "@ACCOUNT@": ACCOUNT, "@PROFILE@": PROFILE}
    files = {"rbac.yaml": rights(program)}
    for template in sorted(TEMPLATES.glob("*.yaml")):
        text = template.read_text()
        for name, value in values.items():
            text = text.replace(name, value)
        files[template.name] = text
    return files
