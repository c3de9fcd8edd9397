# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from errors import LabError
from sample import Far, Sample, Stopwatch

PAGE = 500  # what assay asks for, and client-go by itself
TOKEN = re.compile(rb'"continue":"([^"]*)"')
ITEM = b'{"metadata":{"name":"'
HEAD = 4096  # metadata comes before the items


class Contender(Protocol):
    name: str

    def run(self, far: Far) -> Sample: ...


class Program:
    """One process that does it all and, with `sums`, prints one line of JSON."""

    def __init__(self, name: str, argv: list[str], exits: tuple[int, ...] = (0,),
                 sums: bool = True) -> None:
        self.name, self._argv, self._exits, self._sums = name, argv, exits, sums

    def run(self, far: Far) -> Sample:
        watch = Stopwatch(far)
        code, output = watch.run(self._argv)
        sample = watch.stop()
        if code not in self._exits:
            raise LabError(f"{self.name} ended with {code}")
        if self._sums:
            sample.sums = json.loads(output)
        return sample


class KubectlPages:
    """One kubectl a page, which is how a script pages with it; objects are counted."""

    def __init__(self, name: str, kubectl: str, kubeconfig: Path) -> None:
        self.name = name
        self._argv = [kubectl, f"--kubeconfig={kubeconfig}", "get", "--raw"]

    def run(self, far: Far) -> Sample:
        watch = Stopwatch(far)
        sums = {what: self._listed(watch, what) for what in ("nodes", "pods")}
        sample = watch.stop()
        sample.sums = sums
        return sample

    def _listed(self, watch: Stopwatch, what: str) -> int:
        count, token = 0, ""
        while True:
            following = f"&continue={quote(token, safe='')}" if token else ""
            code, page = watch.run([*self._argv, f"/api/v1/{what}?limit={PAGE}{following}"])
            if code != 0:
                raise LabError(f"{self.name} ended with {code}")
            count += page.count(ITEM)
            found = TOKEN.search(page, 0, HEAD)
            if not found:
                return count
            token = found[1].decode()
