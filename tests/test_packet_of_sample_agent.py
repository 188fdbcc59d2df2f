"""The sample agent's packet holds what its reviewer would point at, and nothing that only sounds like it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from commandline import SAMPLE
from pages import as_read

from scanner.api import load_rules, read_repository
from scanner.making import make_packet, make_packets
from scanner.packet import Packet
from scanner.render import to_markdown
from scanner.scan import Scan
from scanner.touchpoints import Confidence


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """The scan of a copy: in its own place, the checkout's git would answer for it."""
    folder = tmp_path_factory.mktemp("sample") / "errand"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    _, rulebook = load_rules(())
    return read_repository(folder, None, rulebook)


@pytest.fixture(scope="module")
def packet(found: Scan) -> Packet:
    (pack,), _ = load_rules(("tensorzero",))
    return make_packet(found, pack)


def seams(found: Scan, kind: str) -> set[tuple[str, str]]:
    """Path and symbol of what a reader of the table is shown as being of a kind."""
    shown = [each for each in found.touchpoints if each.kind == kind and each.confidence is not Confidence.LOW]
    return {(each.path, each.symbol) for each in shown}


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("model_call", {("errand/loop.py", "Agent._send"), ("errand/titles.py", "title_of")}),
        ("provider_resolution", {("errand/providers.py", "resolve_provider"), ("errand/providers.py", "make_client")}),
        ("model_routing", {("errand/providers.py", "choose_model")}),
        ("routing_config", {("settings.yaml", ""), (".env.example", "")}),
        (
            "fallback_chain",
            {
                ("errand/fallback.py", "FallbackChain"),
                ("errand/fallback.py", "load_fallback_models"),
                ("errand/gateway.py", "Gateway.__init__"),
                ("errand/loop.py", "Agent._try_fallback"),
                ("settings.yaml", ""),
            },
        ),
        ("retry_policy", {("errand/retry.py", "complete_with_retry"), ("settings.yaml", "")}),
        ("error_classification", {("errand/retry.py", "classify_error")}),
        ("run_identity", {("errand/sessions.py", "new_session_id")}),
        (
            "usage_accounting",
            {("errand/loop.py", "Agent._record_usage"), ("errand/sessions.py", "SessionStore.add_usage")},
        ),
        ("agent_loop", {("errand/loop.py", "Agent.run")}),
        ("tool_dispatch", {("errand/tools.py", "run_tool")}),
        ("tool_schema", {("errand/tools.py", "register_tool")}),
        ("delegation", {("errand/tools.py", "delegate_task")}),
        ("scheduler", {("errand/scheduler.py", "run_scheduled_job")}),
        ("session_store", {("errand/sessions.py", "SessionStore")}),
        ("trajectory_export", {("errand/trajectories.py", "export_trajectories")}),
        ("redaction", {("errand/redaction.py", "redact_secrets")}),
        ("prompt_template", {("errand/prompts.py", "build_system_prompt")}),
        ("feedback", {("errand/sessions.py", "SessionStore.record_rating")}),
    ],
)
def test_what_a_reviewer_points_at_is_found(found: Scan, kind: str, places: set[tuple[str, str]]) -> None:
    assert places - seams(found, kind) == set()


@pytest.mark.parametrize(
    "kind", ["model_call", "provider_resolution", "delegation", "scheduler", "error_classification"]
)
def test_and_nothing_beside_it_in_another_file(found: Scan, kind: str) -> None:
    expected = {
        "model_call": {"errand/loop.py", "errand/titles.py"},
        "provider_resolution": {"errand/providers.py", "errand/loop.py", "errand/scheduler.py", ".env.example"},
        "delegation": {"errand/tools.py"},
        "scheduler": {"errand/scheduler.py", "errand/cli.py"},
        "error_classification": {"errand/retry.py"},
    }

    assert {path for path, _ in seams(found, kind)} <= expected[kind]


def test_what_only_sounds_like_a_seam_is_none(found: Scan) -> None:
    """A DNS fallback, a delivery router, an OAuth trace, jitter, and a docstring that speaks of approval."""
    assert [each for each in found.touchpoints if each.path == "errand/plumbing.py"] == []


def test_the_gateways_router_of_deliveries_is_not_its_fallback(found: Scan) -> None:
    lines = (SAMPLE / "errand/gateway.py").read_text().splitlines()
    named = {lines[each.line - 1].strip() for each in found.touchpoints if each.path == "errand/gateway.py"}

    assert not [line for line in named if "DeliveryRouter" in line]


def test_the_agents_own_tests_and_documents_carry_no_claim(found: Scan, packet: Packet) -> None:
    assert {each.confidence for each in found.touchpoints if each.path.startswith(("tests/", "docs/"))} <= {
        Confidence.LOW
    }
    assert not [each for each in packet.touchpoints if each.path.startswith(("tests/", "docs/"))]


def test_statuses_are_those_that_a_reviewer_gives(packet: Packet) -> None:
    assert {each.id: each.status for each in packet.requirements} == {
        "gateway_replacement": "partial",  # two sends, and one of them passes by the resolver
        "config_migration": "partial",  # settings, but a table of providers in code
        "canary_rollout": "partial",  # a choice among models, but no split
        "session_feedback": "partial",  # sessions, trajectories and ratings, but no rating is exported
        "evaluation_suite": "gap",
        "fallback_parity": "partial",  # the title has neither retry nor fallback
        "episode_identity": "partial",  # made, but not sent
        "feedback_signals": "ready",
        "prompt_templates": "ready",  # filled by code
        "tool_schemas": "ready",
        "usage_observability": "partial",  # without cost and latency
        "credential_handling": "partial",
    }


def test_the_page_is_the_one_that_was_read(packet: Packet) -> None:
    # Digests change with every edit of a rule, and say nothing to a reader.
    page = re.sub(r"\b(pack|rules) `\w{12}`", r"\1 `…`", to_markdown(packet))

    assert page == as_read("sample-agent.md", page)


def test_the_sample_agent_is_what_its_readme_says() -> None:
    """Small, and complete: a reader can hold all of it."""
    files = [path for path in SAMPLE.rglob("*.py") if "__pycache__" not in path.parts]

    assert len(files) < 20
    assert sum(len(Path(path).read_text().splitlines()) for path in files) < 700


def test_every_fingerprint_that_a_packet_names_is_that_of_a_place_or_function_in_it(found: Scan) -> None:
    packs, _ = load_rules(("all",))

    for packet in make_packets(found, packs):
        known = {each.id for each in packet.touchpoints} | {each.id for each in packet.graph.functions}
        named = {name for each in packet.requirements for name in (*each.evidence, *each.exceptions)}
        if packet.graph.gates is not None:
            named |= {gate for each in packet.graph.gates.effects for gate in (each.id, *each.gates)}
            named |= {each.function for each in packet.graph.gates.carriers}
        assert named <= known
