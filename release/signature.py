# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The signature over SHA256SUMS: ECDSA over its SHA-256, in Base64, which both cosign and OpenSSL
verify."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from pins import ReleaseError


def sign(file: Path, key: Path) -> Path:
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(key), str(file)],
                          capture_output=True)
    if done.returncode != 0:
        raise ReleaseError(f"--key {key}: openssl cannot sign with it: "
                           f"{done.stderr.decode(errors='replace').strip()}")
    signature = file.with_name(file.name + ".sig")
    signature.write_bytes(base64.b64encode(done.stdout) + b"\n")
    return signature
