"""The kinds of seam, by family, and the kinds of entry point: what the scanner looks for, in one line each."""

from __future__ import annotations

from typing import Final

from scanner.errors import UsageError
from scanner.places import printable
from scanner.suggestion import suggest

#: Family → kind → what is one. The first four are the families that the scanner is named for.
FAMILIES: Final[dict[str, dict[str, str]]] = {
    "routing": {
        "model_call": "the statement that sends a request to a model: an SDK call, an HTTP request, a model CLI",
        "provider_resolution": "code that decides which provider, base URL, credential or client serves a request",
        "model_routing": "code that picks among models by content, cost, role or load",
        "routing_config": "the key, field, environment variable or file that holds a provider, model or routing choice",
    },
    "fallback": {
        "fallback_chain": "an ordered list of alternates and the code that moves along it when one fails",
        "retry_policy": "retry, backoff and circuit breaking against the same provider",
        "error_classification": "code that maps provider errors (rate limit, auth, overflow, billing) to a decision",
    },
    "approval": {
        "approval_gate": "the check that can stop an action until a person or a policy says yes",
        "risk_classification": "code that decides how dangerous an action is (patterns, scores, side-effect classes)",
        "approval_transport": "asking and answering: prompt, event, pending queue, approve command, resolve call",
        "approval_policy": "allow-lists, modes (ask, auto, yolo), stored permissions, and the settings for them",
    },
    "telemetry": {
        "event_emission": "structured events about runs, tools, approvals, models leaving the agent",
        "tracing": "spans, trace context, exporters",
        "usage_accounting": "tokens, cost, latency, quotas counted per call, run or user",
        "run_identity": "making or carrying the session, run, trace, tool-call and episode ids that join records later",
    },
    "execution": {
        "agent_loop": "the loop or graph that alternates model and tools",
        "tool_dispatch": "the boundary through which a named tool call becomes an execution",
        "side_effect": "a tool body that changes the outside: shell, file write, network send, message, browser action",
        "delegation": "spawning a sub-agent or handing over to another agent",
        "scheduler": "agent runs started by time, queue, webhook or hook rather than by a person",
    },
    "data": {
        "session_store": "the class, table or file that persists sessions, messages or events",
        "trajectory_export": "turning runs into training or analysis records (JSONL, ShareGPT, SFT, RL, ATIF, CodeAct)",
        "redaction": "removing secrets or personal data from what is stored, logged or exported",
        "trace_import": "reading runs that another system recorded (OTel, LangSmith, benchmark logs, CLI session logs)",
        "integrity": "signatures, digests, receipts, registries and tamper checks over records",
        "admission_gate": "scoring or filtering records or sessions before they are exported or trained on",
        "context_budget": "trimming, compacting or summarising context to fit a model's window",
        "prompt_template": "prompts held as files, templates or builders that could become versioned functions",
        "tool_schema": "declared tool parameters (JSON Schema, pydantic, zod, typebox, decorators)",
        "learning_store": "memory, playbook, skills or lessons written back from experience and injected later",
        "dataset_contract": "a schema or fixture that fixes the shape of exported records",
    },
    "experiment": {
        "feature_flag": "runtime switches for behaviour",
        "traffic_split": "weights, cohorts, A/B assignment, canary or shadow routing of requests or behaviour",
        "evaluation": "benchmark runners, scorers, judges, reward functions, eval suites, statistics on their results",
        "run_analytics": "aggregating recorded runs into failures, outcomes, patterns, impact",
        "feedback": "ratings, rewards, outcomes, corrections tied to a run",
    },
}

#: Kind of entry point → what is one: where a run of the agent starts from outside, so that nothing in the
#: repository need call it. Entry points are no seams: a migration changes none of them, it asks what they reach.
ENTRIES: Final[dict[str, str]] = {
    "command_entry": "what a command line starts: a main function, a script's top, the handler of a command",
    "request_entry": "what a request or message starts: an HTTP or WebSocket route, the handler of a bot or webhook",
    "schedule_entry": "what a clock or queue starts: a cron job, a task of a worker, a consumer of messages",
    "protocol_entry": "what another program asks for by protocol: MCP, ACP, LSP, JSON-RPC, gRPC, an editor extension",
}

#: Every kind of entry point.
ENTRY_KINDS: Final[tuple[str, ...]] = tuple(ENTRIES)

#: Every kind, in the order of families.
KINDS: Final[tuple[str, ...]] = tuple(kind for kinds in FAMILIES.values() for kind in kinds)

#: What the kinds of entry point are called together, where a seam has its family.
ENTRY_FAMILY: Final = "entry points"

_FAMILY_OF: Final = {kind: family for family, kinds in FAMILIES.items() for kind in kinds} | dict.fromkeys(
    ENTRY_KINDS, ENTRY_FAMILY
)


def family_of(kind: str) -> str:
    """The family of a kind of seam; of a kind of entry point, what they are called together.

    Raises:
        KeyError: when there is no such kind.

    >>> family_of("retry_policy")
    'fallback'
    """
    return _FAMILY_OF[kind]


#: Where a user finds all kinds.
SEE_KINDS: Final = "see `scanner rules list --kinds`"


def kinds_of(family: str) -> tuple[str, ...]:
    """The kinds of a family that a user named.

    Raises:
        UsageError: for an unknown family, with the nearest known one.
    """
    if family not in FAMILIES:
        near = suggest(family, FAMILIES, "write one of " + ", ".join(FAMILIES))
        raise UsageError(f"no family of seams is called `{printable(family)}`; {near}")
    return tuple(FAMILIES[family])
