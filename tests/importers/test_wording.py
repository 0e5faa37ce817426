"""Problems say what is wrong, once and in the words that fit."""

from __future__ import annotations

from crmkit import importers


def test_less_than_nothing_paid_is_refused_as_what_it_is() -> None:
    data = b"order_number,currency,unit_price,quantity,paid\n1,EUR,-5,1,-5\n"
    (problem,) = importers.read(data, name="o.csv").problems
    assert (problem.code, problem.severity, "-5 EUR" in problem.reason) == ("negative_paid", "error", True)


def test_an_unknown_word_is_said_once() -> None:
    data = b"order_number,currency,unit_price,quantity,status\n1,EUR,5,1,teleported\n"
    (problem,) = importers.read(data, name="o.csv").problems
    assert (problem.code, str(problem).count("teleported")) == ("unknown_status", 1)
