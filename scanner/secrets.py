"""Secrets in code never reach an output."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

#: What stands for a secret.
MASK: Final = "…masked…"

#: Shapes that vendors publish for their own keys.
_SHAPES: Final = (
    r"(?:sk|csk)-(?:ant-|proj-|or-|lf-)?[A-Za-z0-9_-]{12,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}"
    r"|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|A[KS]IA[0-9A-Z]{12,}|AIza[A-Za-z0-9_-]{20,}"
    r"|hf_[A-Za-z0-9]{20,}|pk-lf-[A-Za-z0-9-]{12,}|gsk_[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}"
    r"|tvly-[A-Za-z0-9-]{16,}|pplx-[A-Za-z0-9]{20,}|nvapi-[A-Za-z0-9_-]{20,}|lsv2_[a-z]{2}_[A-Za-z0-9_]{20,}"
    r"|npm_[A-Za-z0-9]{30,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,}|ya29\.[A-Za-z0-9_-]{16,}"
    r"|AGE-SECRET-KEY-[A-Z0-9]{20,}|xapp-[0-9]-[A-Za-z0-9-]{10,}|GOCSPX-[A-Za-z0-9_-]{20,}|do[por]_v1_[a-f0-9]{32,}"
    r"|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{20,}|dapi[a-f0-9]{32}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"
    r"|gl(?:rt|dt|ptt|cbt|oas|agent)-[A-Za-z0-9_-]{16,}|lin_(?:api|oauth)_[A-Za-z0-9]{20,}|ntn_[A-Za-z0-9]{30,}"
    r"|sbp_[a-f0-9]{32,}|sb_secret_[A-Za-z0-9_-]{16,}|sntry[usa]_[A-Za-z0-9_=+/-]{20,}|glsa_[A-Za-z0-9_]{32,}"
    r"|NRAK-[A-Z0-9]{20,}|PMAK-[a-f0-9-]{24,}|rubygems_[a-f0-9]{32,}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}"
    r"|dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_-]{20,}|xkeysib-[a-f0-9]{32,}|figd_[A-Za-z0-9_-]{20,}|sk_[a-f0-9]{40,}"
    r"|tgp_v1_[A-Za-z0-9_-]{20,}|fw_[A-Za-z0-9]{20,}|e2b_[a-f0-9]{32,}|fc-[a-f0-9]{32}|esecret_[A-Za-z0-9]{20,}"
    r"|[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}|pat-(?:na|eu)[0-9]-[a-f0-9-]{30,}|pat[A-Za-z0-9]{14}\.[a-f0-9]{60,}"
    r"|sig=[A-Za-z0-9%+/]{30,}"
)
#: Those of several parts, of which each could be told by its first.
_OF_PARTS: Final = (
    r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{16,1000}+\.[A-Za-z0-9_-]{8,}[A-Za-z0-9._-]*"
)
#: A word goes with the key before it, so that it begins none itself. An underscore ends what stands before a key, and
#: so does an escape, as in `"\nsk-..."`.
_KEYS: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{_SHAPES}|{_OF_PARTS})\w*")
_AFTER_ESCAPES: Final = re.compile(
    r"(?:(?<=\\[a-z])|(?<=\\x[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
    rf"(?:{_SHAPES}|{_OF_PARTS})\w*"
)
#: Finds something in whatever holds a key or the user part of an address, for RE2.
HINT: Final = rf"{_SHAPES}|SG\.[A-Za-z0-9_-]{{16}}|eyJ[A-Za-z0-9_-]{{16}}|[A-Za-z0-9]://[^\s/@\"'`]*(?::[^\s/@\"'`]*)?@"
#: No key is shorter.
SHORTEST: Final = 8
#: Beginnings of keys that words can follow as well, after some of them words without anything between; keys of Slack go
#: on with a number.
_WORDY: Final = re.compile(
    r"(?P<camel>c?sk-|hf_|npm_)|github_pat_|glpat-|xox[abprs]-(?![0-9])|pk-lf-|gsk_|r8_|xai-|tvly-|pplx-|nvapi-|lsv2_[a-z]{2}_"
    r"|GOCSPX-|dckr_(?:pat|oat)_|gl(?:rt|dt|ptt|cbt|oas|agent)-|lin_(?:api|oauth)_|ntn_|sb_secret_|sntry[usa]_|glsa_"
    r"|pscale_(?:tkn|pw|oauth)_|dp\.(?:pt|st|ct|sa)\.|figd_|tgp_v1_|fw_|esecret_"
    # Keys of AWS have twenty characters; a few of them are without a digit.
    r"|[sr]k_(?:live|test)_|whsec_|SG\.|A[KS]IA(?![0-9A-Z]{0,200}[0-9])(?![A-Z]{16}(?![A-Z]))"
)
#: What words are not: a long run of letters and digits.
_RUN: Final = re.compile(r"(?=[a-zA-Z]*[0-9])(?=[0-9]*[a-zA-Z])[A-Za-z0-9]{12,}")

#: A name that says secret, and what gives it a value: an assignment, a default, a comparison. Nothing in here may run
#: on from every name of a long line.
_GIVEN: Final = re.compile(
    r"(?:(?:secret|token|passw(?:or)?d|passphrase|api[_-]?key|credential)s?|authorization"
    r"|(?:access|private|secret|auth|account|shared|signing|encryption)[_-]?key|(?<![a-z])(?:pass|pwd))"
    r"(?:\\?[\"'`])?[\])]?\s{0,80}"
    # A type stands between a name and its value; what is only followed by `=` may be base64.
    r"(?::[\w.\[\] |\t&'<>]{1,100}=\s{0,80}(?=[bfru]?[\"'`])|[:!]?={1,3}>?|:"
    r"|(?P<comma>,)(?:\s{0,80}(?:default|value)\s{0,80}=)?|\bor\b|\|\||\?\?)\s{0,80}"
    r"(?:(?:secret\w{0,12}|string|some)(?:::\w{1,12})?\()?"
    r"(?:[bfru@$]{0,2}(?P<quote>\"{3}|'{3}|\\?[\"'`])|(?=\S))",
    re.IGNORECASE,
)
#: What of a line may be given to a name that says secret; most lines say none.
_SAID: Final = ("key", "token", "secret", "pass", "pwd", "credential", "authorization")

#: Values by what they are quoted with.
_UNQUOTED: Final = re.compile(r"[^\"'`\s,(){}\[\]]{8,}+")
_QUOTED: Final = {
    **{quote: re.compile(rf"(?:[^{quote}\\]|\\.){{8,}}(?={quote}|\\?$)") for quote in "\"'`"},
    "\\": re.compile(r"[^\"'`\\]{8,}+(?=\\)"),
}
#: What a template fills in.
_FILLED: Final = re.compile(r"\$?\{[^{}]{0,200}\}|\$\w+|%\w|<[\w -]{1,40}>")
_PATH: Final = re.compile(r"\.{0,2}/[a-z0-9._/{}:-]+")
#: Running text rather than a pass phrase.
_PROSE: Final = re.compile(
    r"\b(?:an?|and|are|at|be|by|can|do|for|from|has|if|in|is|it|must|no|not|of|on|or|than|the|this|to|was|when|will|with"
    r"|you|your)\b",
    re.IGNORECASE,
)

_BEARER: Final = re.compile(r"\b((?:bearer|basic) )([A-Za-z0-9._~+/=-]{12,})", re.IGNORECASE)
#: A line of a key in PEM, or a whole one in a string; digests in hexadecimal have one case.
_BLOB: Final = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{56,}+={0,2}")
#: Where it goes from a small letter to a capital, or between letters and digits: in base64 at two of five, in words and
#: paths at one of six.
_CHANGE: Final = re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])")
#: The user part of an address; what stands before the digest of an image is the image.
_USER: Final = re.compile(r"(?<=[A-Za-z0-9]://)(?!@)[^\s/\"'`]*@(?!sha256:[0-9a-f]{32})")

#: A private key in a string of one line.
_PEM: Final = re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?:\\+[nr]|[A-Za-z0-9+/=]){8,}")
#: The lines that enclose a private key, and one of its own; each may be a string.
_PEM_HEAD: Final = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]?|[\s\"'`+,(\[])*$")
_PEM_END: Final = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
#: Lines that a key in PEM has at most; one of 16,384 bits has 200.
_MOST_PEM: Final = 250
_PEM_RUN: Final = re.compile(r"[A-Za-z0-9+/=]{8,}+")
_PEM_LINE: Final = re.compile(r"(\s*+(?:\+\s)?\s*+[\"'`]?)((?:\\+[nr]|[A-Za-z0-9+/=])+)([\s\"'`+,\\)]*+)")


def mask(text: str) -> str:
    """A line with keys, tokens, passwords and the user part of addresses masked."""
    if "-----BEGIN" in text:
        text = _PEM.sub(rf"\1{MASK}", text)
    text = _without_keys(text, lambda _: MASK)
    text = _BEARER.sub(lambda match: f"{match[1]}{MASK}" if _is_value(match[2]) else match[0], text)
    lower = text.lower()
    if any(word in lower for word in _SAID):
        text = _without_given(text)
    if len(text) >= 56:
        text = _BLOB.sub(lambda match: MASK if _is_blob(match[0]) else match[0], text)
    return _USER.sub(f"{MASK}@", text) if "://" in text else text


def mask_names(text: str) -> str:
    """A name, a path or a sentence in which names stand, with keys and the user part of addresses masked.

    What names say of values, as `mask` reads it in a line of code, says nothing here; and a name such as
    `sk-learn-examples` is no key.
    """
    if len(text) < SHORTEST:
        return text
    text = _without_keys(text, lambda match: match[0] if _is_wordy(match[0]) else MASK)
    return _USER.sub(f"{MASK}@", text) if "://" in text else text


def mask_given(text: str, line: str) -> str:
    """A part of a line as it is shown apart from it: only the line may tell what it is given to.

    Args:
        text: the part, such as a value.
        line: the line, or the lines, in which it stands.
    """
    shown = mask(text)
    return MASK if len(text) >= SHORTEST and text in line and shown not in mask(line) else shown


def mask_lines(lines: Sequence[str]) -> list[str]:
    """Lines that follow each other, masked; of a private key that begins or ends in them every line."""
    masked = [mask(line) for line in lines]
    if not any("PRIVATE KEY" in line for line in lines):
        return masked
    for at, line in enumerate(lines):
        if _PEM_HEAD.search(line):
            _mask_body(masked, lines, range(at + 1, len(lines)))
        elif _PEM_END.search(line):
            _mask_body(masked, lines, range(at - 1, -1, -1))
    return masked


def _mask_body(masked: list[str], lines: Sequence[str], numbers: range) -> None:
    """Mask lines in that order, up to the other end of the key, or where that is not there, to one without base64."""
    numbers = numbers[:_MOST_PEM]
    other = _PEM_END if numbers.step > 0 else _PEM_HEAD
    end = next((at for at in numbers if other.search(lines[at])), None)
    for at in numbers:
        if at == end:
            return
        match = _PEM_LINE.fullmatch(lines[at])
        if match is not None:
            masked[at] = f"{match[1]}{MASK}{match[3]}"
            continue
        hidden = _PEM_RUN.sub(lambda run: MASK if end is not None or _is_jumbled(run[0]) else run[0], lines[at])
        if hidden == lines[at] and end is None:
            return
        masked[at] = mask(hidden)


def _is_jumbled(run: str) -> bool:
    return len(run) >= 16 and _is_blob(run)


def _without_keys(text: str, masked: Callable[[re.Match[str]], str]) -> str:
    text = _KEYS.sub(masked, text)
    return _AFTER_ESCAPES.sub(masked, text) if "\\" in text or "%" in text else text


def _without_given(text: str) -> str:
    """The text without values that are given to a name that says secret."""
    pieces: list[str] = []
    done = seen = 0
    for match in _GIVEN.finditer(text):
        start = match.end()
        if start < seen:
            continue
        quote = match["quote"] or ""
        if match["comma"] and not quote:
            continue  # the next argument
        value = (_QUOTED[quote[0]] if quote else _UNQUOTED).match(text, start)
        if value is None:
            continue
        if quote:
            secret = _is_given(value[0], in_words=not match["comma"])
        else:
            secret = _is_value(value[0]) and not text.startswith("(", value.end())
        # A part of what is no value without quotes is none either; what is quoted may hold others.
        if secret or not quote:
            seen = value.end()
        if secret:
            pieces += (text[done:start], MASK)
            done = seen
    return "".join((*pieces, text[done:]))


def _is_given(text: str, in_words: bool) -> bool:
    """Whether what stands between quotes is a value: not filled in elsewhere, no path, and no sentence.

    Args:
        text: between the quotes.
        in_words: whether it may be several words.
    """
    rest = _FILLED.sub("", text)
    if len(rest) < 8 or not _is_value(rest) or _PATH.fullmatch(text):
        return False
    if " " not in rest and "," not in rest:
        return True
    return in_words and rest[0].isalnum() and not rest[-1].isspace() and _PROSE.search(rest) is None


def _is_wordy(key: str) -> bool:
    """Whether what has the shape of a key may as well be a name made of words."""
    begins = _WORDY.match(key)
    if begins is None:
        return False
    rest = key[begins.end() :]
    if _RUN.search(rest) is not None:
        return False
    # A short key with `-` or `_` in it may have no long run, but it is as jumbled as one.
    return begins["camel"] is not None or len(_CHANGE.findall(rest)) * 10 < len(rest)


def _is_blob(text: str) -> bool:
    """Whether a long run of letters and digits is base64."""
    return _is_value(text) and not text.islower() and len(_CHANGE.findall(text)) * 5 >= len(text)


def _is_value(text: str) -> bool:
    """Whether a value looks made up by a machine rather than a name such as `OPENAI_API_KEY` or a number."""
    rest = text.replace(MASK, "")
    return any(map(str.isdigit, rest)) and any(map(str.isalpha, rest)) and not rest.replace("_", "").isupper()
