from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil

import attrs
import pytest

import crmkit.errors
from crmkit.errors import (
    CrmkitError,
    CurrencyMismatch,
    InputError,
    MissingExtraError,
    NotFoundError,
    PolicyError,
    RefusedError,
    StaleRecordError,
    StorageError,
    StoreUnavailable,
)

MADE = [
    InputError("a is not b."),
    PolicyError("the table contradicts itself."),
    CurrencyMismatch("two currencies.", currencies=("CNY", "EUR")),
    NotFoundError("ticket", "t-1"),
    StorageError("gone."),
    StoreUnavailable("locked."),
    StaleRecordError("ticket", "t-1", 2, 3),
    StaleRecordError("ticket", "t-1", 2),
    MissingExtraError("charts", "Drawing a chart"),
]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_and_copying(error):
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert attrs.asdict(again) == attrs.asdict(error)


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_an_error_keeps_its_cause_when_raised(error):
    with pytest.raises(type(error)) as caught:
        raise error from OSError("driver")
    assert isinstance(caught.value.__cause__, OSError)
    assert isinstance(caught.value, CrmkitError)


def test_errors_are_what_python_calls_them():
    assert issubclass(InputError, ValueError)
    assert issubclass(NotFoundError, LookupError)
    assert issubclass(MissingExtraError, ImportError)
    assert not issubclass(RefusedError, ValueError)


def test_messages_name_fact_place_and_way_out():
    assert str(StaleRecordError("ticket", "t-1", 2, 3)) == (
        "The ticket 't-1' was changed by somebody else: version 2 was read, version 3 is stored. "
        "Read it again and repeat the change."
    )
    assert "pip install 'crmkit[charts]'" in str(MissingExtraError("charts", "Drawing a chart"))


def test_all_public_errors_are_one_tree_with_codes_of_their_own():
    modules = [crmkit.errors]
    for found in pkgutil.iter_modules(crmkit.__path__, "crmkit."):
        if found.ispkg and found.name not in ("crmkit.cli", "crmkit.testing"):
            modules.append(importlib.import_module(found.name))
    members = {kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass)}
    errors = {kind for kind in members if issubclass(kind, Exception)}
    assert len(errors) > 15
    assert [kind for kind in errors if not issubclass(kind, CrmkitError)] == []
    codes = [kind.code for kind in errors]
    assert sorted(set(codes)) == sorted(codes)
