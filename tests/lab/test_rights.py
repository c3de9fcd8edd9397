# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""A run with the role that `assay rbac` prints and no other, through a credential plugin: it passes,
it uses each of its rights, and without any one of them it says which and creates nothing. Needs a
running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import json
import subprocess
import unittest
import uuid
from collections.abc import Iterator
from pathlib import Path

import cluster
from account import Account, Json
from cluster import assay, lab

EVERYBODYS = {("create", "authorization.k8s.io", "selfsubjectaccessreviews")}
BOTH = ("--select", "dra_support")  # beside the one that is selected anyway
Right = tuple[str, str, str]


def plan_as(account: Account, *words: str) -> Json:
    """What `assay plan` says to this account."""
    planned = subprocess.run(
        [str(cluster.ASSAY), "plan", "--select", "secure_accelerator_access", "--accelerator",
         "gpu.nvidia.com", "--kubeconfig", account.kubeconfig(), "--json", *words],
        capture_output=True, text=True)
    return dict(json.loads(planned.stdout)) if planned.stdout else {"exitCode": planned.returncode}


def rights_of(plan: Json, key: str) -> set[Right]:
    """The rights of the plan of which the key holds."""
    return {(one["verb"], *reversed(split_name(one["resource"]))) for one in plan["rights"]
            if one.get(key)}


def split_name(name: str) -> tuple[str, str]:
    resource, _, group = name.partition(".")
    return resource, group


def requests_in(log: Path) -> list[Json]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def used(log: Path) -> set[Right]:
    return {(one["verb"], one["group"], one["resource"]) for one in requests_in(log)
            if one["resource"]} - EVERYBODYS


def granted(rules: list[tuple[str, Json]]) -> set[Right]:
    return {right for _, rule in rules for right in rights_in(rule)}


def rights_in(rule: Json) -> Iterator[Right]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            for verb in rule["verbs"]:
                yield verb, group, resource


def without(rules: list[Json], rule: Json, verb: str) -> list[Json]:
    """The rules less one verb of one of them."""
    left = []
    for one in rules:
        verbs = [each for each in one["verbs"] if one != rule or each != verb]
        left += [{**one, "verbs": verbs}] if verbs else []
    return left


def attributes(rule: Json, verb: str) -> Json:
    resource, _, subresource = rule["resources"][0].partition("/")
    asked = {"verb": verb, "group": rule["apiGroups"][0], "resource": resource,
             "subresource": subresource}
    return {**asked, "name": rule["resourceNames"][0]} if "resourceNames" in rule else asked


def kubectl_name(rule: Json) -> str:
    group, resource = rule["apiGroups"][0], rule["resources"][0]
    return f"{resource}.{group}" if group else resource


class WithPreciselyThatRole(unittest.TestCase):
    """The API server enforces the role, so a green run asks for nothing else."""

    def run_as(self, account: Account, *words: str) -> tuple[cluster.Outcome, Path]:
        log = Path(account.kubeconfig()).parent / f"requests-{uuid.uuid4().hex[:6]}"
        done = assay("--log-requests", str(log), *words, kubeconfig=account.kubeconfig())
        return done, log

    def remove(self, path: str) -> None:
        lab().api.delete(path)
        lab().api.wait(path, lambda found: found is None, 60, "its end")

    def held(self, account: Account, log: Path, *words: str) -> None:
        """Role, plan and requests agree, but for what the plan says may not be used."""
        plan = plan_as(account, *words)
        allowed = granted(account.rules())
        self.assertEqual(rights_of(plan, "allowed"), allowed)
        self.assertEqual(used(log) - allowed, set())
        self.assertEqual(allowed - used(log) - rights_of(plan, "unusedWhen"), set())

    def test_a_run_of_every_check_is_green_and_uses_every_right(self) -> None:
        before = cluster.settled()
        account = Account(self, *BOTH)
        done, log = self.run_as(account, *BOTH)
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertNotIn("'assay rbac' prints the role", done.err)
        self.assertEqual(account.times_asked(), 1)
        self.held(account, log, *BOTH)
        own = {uid: what for uid, what in cluster.changes(before).items() if account.name not in what}
        self.assertEqual(own, {})

    def test_a_run_in_a_given_namespace_is_green_and_uses_every_right(self) -> None:
        space = f"tenant-{uuid.uuid4().hex[:6]}"
        lab().api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
        self.addCleanup(self.remove, f"/api/v1/namespaces/{space}")
        account = Account(self, "--namespace", space)
        done, log = self.run_as(account, "--namespace", space)
        self.assertEqual(done.code, 0, done.out + done.err)
        self.held(account, log, "--namespace", space)
        elsewhere = [one for one in requests_in(log) if one["verb"] in ("create", "delete")
                     and one["namespace"] != space and one["group"] != "authorization.k8s.io"]
        self.assertEqual(elsewhere, [])

    def test_no_object_is_made_that_is_not_planned(self) -> None:
        account = Account(self, *BOTH)
        plan = plan_as(account, *BOTH)
        self.assertEqual(plan["exitCode"], 0)
        done, log = self.run_as(account, "--quiet", *BOTH)
        self.assertEqual(done.code, 0, done.out + done.err)
        created: dict[str, int] = {}
        for one in requests_in(log):
            if one["verb"] == "create" and one["group"] != "authorization.k8s.io":
                created[one["resource"]] = created.get(one["resource"], 0) + 1
        counts = {f"{one['kind'].lower()}s": one["count"] for one in plan["total"]["objects"]}
        self.assertEqual(created.keys(), counts.keys())
        for kind, count in created.items():
            self.assertLessEqual(count, counts[kind], kind)  # the plan is an upper bound


class WithoutOneRight(unittest.TestCase):
    """Each verb of each rule is taken away in turn."""

    def test_each_is_named_and_nothing_is_created(self) -> None:
        account = Account(self)
        role = account.roles[0]
        rules = [rule for _, rule in account.rules()]
        required = rights_of(plan_as(account), "required")
        taken = 0
        for rule in rules:
            for verb in rule["verbs"]:
                if (verb, rule["apiGroups"][0], rule["resources"][0]) not in required:
                    continue
                with self.subTest(right=f"{verb} {kubectl_name(rule)}"):
                    account.set_rules(role, without(rules, rule, verb))
                    account.wait_until_allowed(False, attributes(rule, verb))
                    self.refused(account, rule, verb)
                    account.set_rules(role, rules)
                    account.wait_until_allowed(True, attributes(rule, verb))
                taken += 1
        self.assertGreaterEqual(taken, 15)

    def refused(self, account: Account, rule: Json, verb: str) -> None:
        log = Path(account.kubeconfig()).parent / "refused"
        done = assay("--log-requests", str(log), kubeconfig=account.kubeconfig())
        self.assertEqual(done.code, 3, done.out + done.err)
        self.assertIn(f"cannot {verb} {kubectl_name(rule)}", done.err)
        self.assertEqual(done.err.count("cannot "), 1, done.err)
        self.assertIn("'assay rbac' prints the role", done.err)
        self.assertIsNone(done.report)
        made = {right for right in used(log) if right[0] not in ("get", "list", "watch")}
        self.assertEqual(made, set())
        reads = rule["resources"][0] in ("nodes", "resourceslices", "deviceclasses", "runtimeclasses")
        reads = reads or "resourceNames" in rule
        self.assertEqual(plan_as(account)["exitCode"], 3 if reads else 4)

    def test_without_events_it_goes_on(self) -> None:
        account = Account(self)
        role = account.roles[0]
        rules = [rule for _, rule in account.rules()]
        account.set_rules(role, [rule for rule in rules if rule["resources"] != ["events"]])
        account.wait_until_allowed(False, {"verb": "watch", "resource": "events"})
        done = assay(kubeconfig=account.kubeconfig())
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertIn("cannot watch events", done.err)
        self.assertIn("the run begins without triage: cannot list", done.err)


class CredentialPlugin(unittest.TestCase):
    def test_it_is_the_only_way_in(self) -> None:
        account = Account(self)
        config = Path(account.kubeconfig())
        (config.parent / "plugin.py").write_text("import sys\nsys.exit('the plugin says no')\n")
        done = assay(kubeconfig=str(config))
        self.assertEqual(done.code, 2, done.out + done.err)
        self.assertIn("the plugin says no", done.err)

    def test_a_token_that_is_no_longer_good_is_asked_for_again(self) -> None:
        account = Account(self)
        done = assay("--quiet", kubeconfig=account.kubeconfig(dead=1))
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertEqual(account.times_asked(), 2)

    def test_credentials_that_expire_during_the_run_are_asked_for_again(self) -> None:
        account = Account(self)
        done = assay("--quiet", kubeconfig=account.kubeconfig_with_certificates(3))
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertGreaterEqual(account.times_asked(), 2)


if __name__ == "__main__":
    unittest.main()
