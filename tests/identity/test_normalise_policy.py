"""The policy is a document that travels with a model, and the package costs little until it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import PolicyError
from crmkit.identity import normalise
from crmkit.identity.normalise import ADDRESSES, EMAILS, NAMES, PHONES, POLICY, NormalisePolicy

WORDS = st.frozensets(st.text("abcdefgh.", min_size=1, max_size=6), max_size=3)


@given(WORDS, WORDS, st.lists(st.sampled_from("甲乙丙丁"), max_size=3))
def test_a_policy_survives_json(domains: frozenset[str], boxes: frozenset[str], surnames: list[str]) -> None:
    ours = attrs.evolve(
        POLICY,
        phones=attrs.evolve(PHONES, placeholders=boxes),
        emails=attrs.evolve(EMAILS, ignore_plus=domains, role_boxes=boxes),
        names=attrs.evolve(NAMES, surnames=(*NAMES.surnames, *surnames)),
        addresses=attrs.evolve(ADDRESSES, pickups=tuple(boxes)),
    )
    again = NormalisePolicy.from_document(json.loads(json.dumps(ours.document())))
    assert again == ours
    assert (again.digest, hash(again)) == (ours.digest, hash(ours))


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(POLICY, phones=attrs.evolve(PHONES, home="US")),
        attrs.evolve(POLICY, emails=attrs.evolve(EMAILS, ignore_dots=())),
        attrs.evolve(POLICY, names=attrs.evolve(NAMES, readings="library")),
        attrs.evolve(POLICY, addresses=attrs.evolve(ADDRESSES, preferred=())),
    ],
)
def test_each_table_is_in_the_digest(other: NormalisePolicy) -> None:
    assert other.digest != POLICY.digest


def test_a_document_of_other_tables_or_fields_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"divisions\.txt"):
        NormalisePolicy.from_document({**POLICY.document(), "tables": {"divisions.txt": "other"}})
    with pytest.raises(PolicyError, match="parts"):
        NormalisePolicy.from_document({"phones": {}})
    with pytest.raises(PolicyError, match="wings"):
        NormalisePolicy.from_document({**POLICY.document(), "phones": {"wings": 2}})


def test_every_name_of_the_package_can_be_had() -> None:
    for each in normalise.__all__:
        assert getattr(normalise, each) is not None
    with pytest.raises(AttributeError, match="wings"):
        _ = normalise.wings


def test_importing_the_package_loads_none_of_its_parts() -> None:
    code = (
        "import sys, crmkit.identity.normalise;"
        "print([m for m in sys.modules if m.startswith('crmkit.identity.normalise.') or m == 'phonenumbers'])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
