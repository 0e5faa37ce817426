"""What a written name is found to be."""

from __future__ import annotations

from typing import Literal

import attrs

from crmkit.problems import Problem

__all__ = ["NameForm", "NameReading"]

NameForm = Literal[
    "full", "masked", "title", "initial", "nickname", "foreign", "organisation", "several", "placeholder", "none"
]
"""full: surname and given name; masked: characters are hidden; title: a surname with a title ("王先生"); initial: a
surname with an initial; nickname: no key; foreign: a script without ASCII readings, compared as it is written;
organisation: no person; several: two people in one cell; placeholder: names nobody; none: nothing was there."""


@attrs.frozen(kw_only=True, slots=True)
class NameReading:
    """Says what a written name is; what is not known is "" or None and compares as nothing.

    Attributes:
        display: The name as it was written, cleaned.
        form: What kind of name it is.
        script: "han", "latin", "mixed", "other" or "".
        surname_key: The surname in ASCII.
        full_key: Surname and given name in ASCII, tokens sorted, so that their order does not matter.
        second_key: The same with ae, oe, ue for ä, ö, ü, where that is another key.
        characters: What was written, for comparison character by character: simplified Chinese, or folded letters.
        pattern: Length and last character of a Chinese name, None where unknown; what masked names are compared by.
        initial: First letter of the given name, where it is known in ASCII.
        reason: Why it cannot be used, one sentence; "" where nothing was there or it can.
        remark: What was taken off a value that was used nevertheless, one sentence, or "".
        shown: The value as it may stand in a report, where there is a reason or a remark.
    """

    display: str = ""
    form: NameForm = "none"
    script: str = ""
    surname_key: str = ""
    full_key: str = ""
    second_key: str = ""
    characters: str = ""
    pattern: tuple[int, str | None] | None = None
    initial: str = ""
    reason: str = ""
    remark: str = attrs.field(default="", eq=False)
    shown: str = attrs.field(default="", eq=False)

    @property
    def given_key(self) -> str:
        """The given name in ASCII, or ""."""
        if not self.full_key or not self.surname_key:
            return ""
        tokens = self.full_key.split(" ")
        if self.surname_key in tokens:
            tokens.remove(self.surname_key)
        return " ".join(tokens)

    @property
    def masked(self) -> str:
        """The name as it may be shown: its first character, and the last of a Chinese one of three or more."""
        if self.script == "han" and self.form == "full":
            text = self.characters
            return text[0] + "*" * max(1, len(text) - 2) + (text[-1] if len(text) > 2 else "")
        return f"{self.display[:1]}***" if self.display else ""

    @property
    def problem(self) -> Problem | None:
        """What there is to say about it; source and line are the caller's to add."""
        if self.reason:
            return Problem(source="", code="bad_name", reason=self.reason, column="name", value=self.shown)
        if self.remark:
            code, value = "untidy_name", self.shown
            return Problem(source="", code=code, reason=self.remark, column="name", value=value, severity="warning")
        return None
