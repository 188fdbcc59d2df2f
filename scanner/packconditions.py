"""Conditions of a pack: from YAML to checked records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

from scanner.contracts import names
from scanner.packs import (
    STATUSES,
    AtLeast,
    Beside,
    Chokepoints,
    Condition,
    Conforms,
    Documents,
    Every,
    Fields,
    Gated,
    Has,
    Negated,
    Reaches,
    Some,
    Spread,
    Status,
    StatusIs,
    Unwired,
)
from scanner.suggestion import suggest
from scanner.words import WordPatternError, parse
from scanner.yamlcheck import Checker
from scanner.yamlfile import YamlMapping, YamlNode, YamlText, printable

#: The key that says what a condition asks → the keys that may stand beside it.
FORMS: dict[str, tuple[str, ...]] = {
    "has": ("at_least", "at_most", "say"),
    "count": ("at_least", "at_most", "say"),
    "files": ("at_least", "at_most", "say"),
    "surfaces": ("at_least", "at_most", "say"),
    "beside": ("of", "within", "at_least", "say"),
    "all": ("say",),
    "any": ("say",),
    "not": ("say",),
    "status": ("is",),
    "at_least": ("of", "say"),
    "chokepoints": ("at_most", "share", "say"),
    "gated": ("by", "share", "say"),
    "reaches": ("to", "share", "say"),
    "fields": ("of", "at_least", "say"),
    "unwired": ("at_most", "say"),
    "contract": ("at_least", "say"),
    "documents": ("about", "at_least", "say"),
}
_BESIDE = {
    "of": "the rules or kinds that each need one beside them",
    "within": "`function`, `way` or `file`",
}
_NAMES = "a rule or kind or a list of them"
_CONDITION = "the name of a rule or kind, or a mapping such as `{has: model_call}`"


#: Names in one place with groups written out, and conditions of a pack: each is looked up for each verdict.
MOST_NAMES = 200
MOST_CONDITIONS = 2_000
#: Characters of the word patterns of one thing, which are one expression, and things of one condition.
MOST_PATTERNS = 10_000
MOST_THINGS = 100


class ConditionReader:
    """Reads the conditions of one pack; remembers the names in them."""

    def __init__(self, checker: Checker, topics: tuple[str, ...]) -> None:
        """Prepare.

        Args:
            checker: of the pack's file.
            topics: identifiers that `reaches` may ask for.
        """
        self._checker = checker
        #: Names that the pack gives to several rules or kinds.
        self.groups: dict[str, tuple[str, ...]] = {}
        self._forms: dict[str, Callable[[YamlMapping, str], Condition | None]] = {
            "has": self._has,
            "count": self._has,
            "files": self._spread,
            "surfaces": self._spread,
            "beside": self._beside,
            "all": self._group,
            "any": self._group,
            "not": self._negated,
            "status": self._status,
            "at_least": self._at_least,
            "chokepoints": self._chokepoints,
            "gated": self._gated,
            "reaches": self._reaches,
            "fields": self._fields,
            "unwired": self._unwired,
            "contract": self._contract,
            "documents": self._documents,
        }
        self._topics = topics
        #: Rules and kinds, where they are written.
        self.names: list[YamlText] = []
        #: Requirements named under `status`, where they are written.
        self.requirements: list[YamlText] = []
        self._may_ask_status = False
        self._conditions = 0

    def read(self, node: YamlNode, what: str, *, of_statuses: bool = False) -> Condition | None:
        """Read a condition.

        Args:
            node: where it is written.
            what: what it is to its owner, such as `` `ready` ``.
            of_statuses: whether it may ask for the status of a requirement.
        """
        self._may_ask_status = of_statuses
        return self._condition(node, what)

    def read_names(self, node: YamlNode | None, what: str) -> tuple[str, ...]:
        """Read names of rules and kinds."""
        texts = self._checker.strings(node, what, _NAMES) if node is not None else ()
        if len(texts) == 1 and texts[0].text in self.groups:
            return self.groups[texts[0].text]  # the same one wherever it is named
        self.names.extend(text for text in texts if text.text not in self.groups)
        found: dict[str, None] = {}
        for text in texts:
            found |= dict.fromkeys(self.groups.get(text.text, (text.text,)))
            if len(found) > MOST_NAMES:
                message = f"{what} names more than {MOST_NAMES} rules and kinds; write fewer"
                self._checker.report(text, message)
                return ()
        return tuple(found)

    def _condition(self, node: YamlNode, what: str) -> Condition | None:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            self._checker.report(node, f"this pack has more than {MOST_CONDITIONS:,} conditions; write several packs")
            return None
        if isinstance(node, YamlText) and isinstance(node.value, str) and node.text.strip():
            return Has(self.read_names(node, what))
        mapping = self._checker.mapping(node, what, _CONDITION)
        if mapping is None:
            return None
        forms = [name for name, _ in mapping.entries if name.text in FORMS and name.text != "at_least"]
        if not forms:
            forms = [name for name, _ in mapping.entries if name.text == "at_least"]
        if not forms:
            first = mapping.entries[0][0]
            message = f"no condition is called `{printable(first.text)}`; {suggest(first.text, FORMS)}"
            self._checker.report(first, message)
            return None
        if len(forms) > 1:
            message = f"`{forms[1].text}` stands beside `{forms[0].text}`; write each as its own condition under `all`"
            self._checker.report(forms[1], message)
            return None
        form = forms[0].text
        self._checker.keys(mapping, f"condition `{form}`", {form: ""}, FORMS[form])
        return self._forms[form](mapping, form)

    def _members(self, node: YamlNode | None, what: str) -> tuple[Condition, ...] | None:
        items = self._checker.items(node, what, "a list of conditions") if node is not None else ()
        read = [self._condition(item, f"a member of {what}") for item in items]
        members = tuple(member for member in read if member is not None)
        return members if members and len(members) == len(read) else None

    def _say(self, mapping: YamlMapping, needed_by: str = "") -> str:
        node = mapping.get("say")
        if node is None:
            if needed_by:
                message = f"condition `{needed_by}` lacks `say`; write what is looked for, in words"
                self._checker.report(mapping, message)
            return ""
        text = self._checker.string(node, "`say`")
        return " ".join(text.text.split()) if text else ""

    def _bounds(self, mapping: YamlMapping, least: int, default: int) -> tuple[int, int | None] | None:
        low, high = mapping.get("at_least"), mapping.get("at_most")
        at_least = self._checker.number(low, "`at_least`", least) if low is not None else default
        at_most = self._checker.number(high, "`at_most`", 0) if high is not None else None
        if at_least is None or (high is not None and at_most is None):
            return None
        if at_most is not None and at_most < at_least:
            message = f"never holds: at least {at_least} and at most {at_most}; write `not` to ask that there is none"
            self._checker.report(mapping, message)
            return None
        return at_least, at_most

    def _has(self, mapping: YamlMapping, form: str) -> Condition | None:
        names = self.read_names(mapping.get(form), f"`{form}`")
        # `{count: x, at_most: 2}` holds of none, too; `{has: x, at_most: 2}` does not.
        counts = form == "count"
        if counts and not self._is_bounded(mapping, form):
            return None
        default = 0 if counts and mapping.get("at_least") is None else 1
        bounds = self._bounds(mapping, 0 if counts else 1, default)
        say = self._say(mapping)
        return Has(names, *bounds, say) if names and bounds else None

    def _spread(self, mapping: YamlMapping, form: str) -> Condition | None:
        names = self.read_names(mapping.get(form), f"`{form}`")
        bounds = self._bounds(mapping, 0, 0) if self._is_bounded(mapping, form) else None
        say = self._say(mapping)
        return Spread(cast("Literal['files', 'surfaces']", form), names, *bounds, say) if names and bounds else None

    def _is_bounded(self, mapping: YamlMapping, form: str) -> bool:
        if mapping.get("at_least") is None and mapping.get("at_most") is None:
            self._checker.report(mapping, f"condition `{form}` has no bound; write `at_least` or `at_most`")
            return False
        return True

    def _beside(self, mapping: YamlMapping, form: str) -> Condition | None:
        companions = self.read_names(mapping.get(form), f"`{form}`")
        self._checker.keys(mapping, f"condition `{form}`", _BESIDE, mapping.keys())
        enough = mapping.get("at_least")
        at_least = self._checker.number(enough, "`at_least`", 1, None) if enough is not None else None
        of = self.read_names(mapping.get("of"), "`of`")
        within = mapping.get("within")
        reach = self._checker.choice(within, "`within`", ("function", "way", "file")) if within is not None else None
        say = self._say(mapping)
        if not (companions and of and reach):
            return None
        return Beside(of, companions, cast("Literal['function', 'file', 'way']", reach), say, at_least)

    def _at_least(self, mapping: YamlMapping, form: str) -> Condition | None:
        of = mapping.get("of")
        if of is None:
            self._checker.report(mapping, "condition `at_least` lacks `of`; write `of:` and a list of conditions")
            return None
        members, say = self._members(of, "`of`"), self._say(mapping)
        count = self._checker.number(mapping.get(form) or mapping, "`at_least`", 1, len(members) if members else None)
        return AtLeast(count, members, say) if members and count else None

    def _group(self, mapping: YamlMapping, form: str) -> Condition | None:
        members, say = self._members(mapping.get(form), f"`{form}`"), self._say(mapping)
        if members is None:
            return None
        return Every(members, say) if form == "all" else Some(members, say)

    def _negated(self, mapping: YamlMapping, form: str) -> Condition | None:
        member = self._condition(mapping.get(form) or mapping, f"`{form}`")
        # What is missing when a negation fails cannot be told from its member.
        say = "" if self._may_ask_status and mapping.get("say") is None else self._say(mapping, form)
        return Negated(member, say) if member is not None else None

    def _chokepoints(self, mapping: YamlMapping, form: str) -> Condition | None:
        names = self.read_names(mapping.get(form), f"`{form}`")
        at_most = self._needed_number(mapping, form, "at_most", 1)
        share, say = self._share(mapping), self._say(mapping)
        return Chokepoints(names, at_most, share, say) if names and at_most and share else None

    def _gated(self, mapping: YamlMapping, form: str) -> Condition | None:
        names = self.read_names(mapping.get(form), f"`{form}`")
        by = mapping.get("by")
        gates = self.read_names(by, "`by`") if by is not None else ("approval_gate",)
        share, say = self._share(mapping), self._say(mapping)
        return Gated(names, gates, share, say) if names and gates and share else None

    def _reaches(self, mapping: YamlMapping, form: str) -> Condition | None:
        known = ", ".join(self._topics)
        texts = self._checker.strings(mapping.get(form) or mapping, f"`{form}`", f"a topic or a list of them ({known})")
        topics = [self._checker.choice(text, f"`{form}`", self._topics) for text in texts]
        if mapping.get("to") is None:
            self._checker.report(mapping, "condition `reaches` lacks `to`; write `to:` and a rule or kind")
            return None
        to = self.read_names(mapping.get("to"), "`to`")
        share, say = self._share(mapping), self._say(mapping)
        if not (topics and to and share) or None in topics:
            return None
        return Reaches(cast("tuple[str, ...]", tuple(topics)), to, share, say)

    def _fields(self, mapping: YamlMapping, form: str) -> Condition | None:
        fields = self._named_patterns(mapping.get(form), form)
        if mapping.get("of") is None:
            self._checker.report(mapping, "condition `fields` lacks `of`; write `of:` and a rule or kind")
            return None
        of, low = self.read_names(mapping.get("of"), "`of`"), mapping.get("at_least")
        at_least = self._checker.number(low, "`at_least`", 1, len(fields) or None) if low is not None else None
        say = self._say(mapping)
        return Fields(fields, of, at_least, say) if fields and of else None

    def _named_patterns(self, node: YamlNode | None, form: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Fields or things by name, each with its word patterns: `{outcome: ["outcome", "{success, failure}"]}`."""
        mapping = self._checker.mapping(node, f"`{form}`", "names with their word patterns") if node else None
        entries = mapping.entries if mapping is not None else ()
        if len(entries) > MOST_THINGS:
            self._checker.report(entries[MOST_THINGS][0], f"`{form}` has more than {MOST_THINGS} names; write fewer")
            return ()
        return tuple((name.text, self._patterns(value, f"`{printable(name.text)}`")) for name, value in entries)

    def _patterns(self, node: YamlNode, what: str) -> tuple[str, ...]:
        texts = self._checker.strings(node, what, "a word pattern or a list of them")
        for text in texts:
            try:
                parse(text.text)
            except WordPatternError as error:
                self._checker.report(text, f"`{printable(text.text)}` is no word pattern: {error}")
        if sum(len(text.text) for text in texts) > MOST_PATTERNS:
            self._checker.report(node, f"the patterns of {what} are longer than {MOST_PATTERNS:,} characters together")
            return ()
        return tuple(text.text for text in texts)

    def _unwired(self, mapping: YamlMapping, form: str) -> Condition | None:
        names, high = self.read_names(mapping.get(form), f"`{form}`"), mapping.get("at_most")
        at_most = self._checker.number(high, "`at_most`", 0) if high is not None else 0
        say = self._say(mapping)
        return Unwired(names, at_most, say) if names and at_most is not None else None

    def _needed_number(self, mapping: YamlMapping, form: str, key: str, least: int) -> int | None:
        node = mapping.get(key)
        if node is None:
            self._checker.report(mapping, f"condition `{form}` lacks `{key}`; write `{key}:` and a number")
            return None
        return self._checker.number(node, f"`{key}`", least)

    def _share(self, mapping: YamlMapping) -> int | None:
        node = mapping.get("share")
        return self._checker.number(node, "`share`", 1, 100) if node is not None else 100

    def _contract(self, mapping: YamlMapping, form: str) -> Condition | None:
        name, low = self._checker.choice(mapping.get(form) or mapping, f"`{form}`", names()), mapping.get("at_least")
        at_least = self._checker.number(low, "`at_least`", 1, 100) if low is not None else 100
        say = self._say(mapping)
        return Conforms(name, at_least, say) if name and at_least else None

    def _documents(self, mapping: YamlMapping, form: str) -> Condition | None:
        things, low = self._named_patterns(mapping.get(form), form), mapping.get("at_least")
        at_least = self._checker.number(low, "`at_least`", 1, len(things) or None) if low is not None else None
        about, say = mapping.get("about"), self._say(mapping)
        return Documents(things, self._patterns(about, "`about`") if about else (), at_least, say) if things else None

    def _status(self, mapping: YamlMapping, form: str) -> Condition | None:
        if not self._may_ask_status:
            message = "`status` asks for a verdict, known in `recommendations` only; write a condition on seams"
            self._checker.report(mapping, message)
            return None
        node, wanted = mapping.get(form), mapping.get("is")
        text = self._checker.string(node, "`status`", "the id of a requirement") if node is not None else None
        if text is not None:
            self.requirements.append(text)
        if wanted is None:
            self._checker.report(mapping, "condition `status` lacks `is`; write `is:` and statuses")
            return None
        statuses = self._checker.strings(wanted, "`is`", "a status or a list of them")
        read = [self._checker.choice(status, "`is`", STATUSES) for status in statuses]
        if text is None or not read or None in read:
            return None
        return StatusIs(text.text, cast("tuple[Status, ...]", tuple(read)))
