"""What Splink reads: one row per face with the keys of every comparison and block, and the tables of frequencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from crmkit.identity.matching.crowds import crowds_of
from crmkit.identity.matching.facing import Faces, faces_of
from crmkit.identity.matching.features import Features, features_of
from crmkit.identity.matching.linking import sources_of
from crmkit.identity.matching.model_document import LinkModel
from crmkit.identity.matching.rarity import rarities
from crmkit.identity.matching.solving import block_keys, uncrowded
from crmkit.identity.matching.speaking import speaking_of
from crmkit.identity.matching.tables import new_frame
from crmkit.identity.normalise.nicknames import NICKNAMES
from crmkit.identity.splink.conditions import FREQUENCIES, block_column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SplinkRecords", "splink_records"]

Texts = list[str | None]


@attrs.frozen(slots=True, kw_only=True)
class SplinkRecords:
    """Is what Splink needs of a frame beside the settings; the frames are of the caller's kind.

    Attributes:
        records: One row per face: `record_id`, the columns of the comparisons, and one of each block. Equal records of
            one account are one face and bear the id of the first; `cluster` brings the others back.
        frequencies: By column, the table to register for it: the value and `tf_` with its frequency.
        not_ascii: By level, how many names or addresses are not ASCII, so that Splink does not see it for them.
    """

    records: Any = attrs.field(repr=False)
    frequencies: Mapping[str, Any] = attrs.field(repr=False)
    not_ascii: Mapping[str, int]


def splink_records(
    frame: Any, *, columns: Mapping[str, str], model: LinkModel, source: str | None = None
) -> SplinkRecords:
    """Returns a frame's keys as columns, for the settings that `LinkModel.to_splink` gives.

    Args:
        frame: One row per record, of any kind that Narwhals reads; never changed.
        columns: Our field names to the frame's columns, as for `dedupe`.
        model: The model that was exported: its limits and frequencies are applied here.
        source: Column that names each record's source; it goes along as `source_dataset`.

    Raises:
        InputError: An unknown field, a missing column, or a record id that comes twice.

    Example:
        >>> import pandas as pd
        >>> from crmkit.identity import dedupe
        >>> orders = pd.DataFrame({"no": ["o1", "o2"], "to": ["WANG, Xiaoming", "王*明"]})
        >>> columns = {"record_id": "no", "receiver_name": "to"}
        >>> found = splink_records(orders, columns=columns, model=dedupe(orders, columns=columns).model)
        >>> found.records[["record_id", "name_surname", "name_last"]].values.tolist()
        [['o1', 'wang', 'wx'], ['o2', 'wang', '明']]
    """
    import numpy as np

    features = features_of(frame, columns)
    coded, names = sources_of(frame, source, features)
    faces, blocks = _faces(features, model, coded)
    told: dict[str, Texts] = {**_names(features, faces), **_others(features, faces)}
    told |= {block_column(rule): _labels(codes) for rule, codes in blocks.items()}
    ids = np.empty(len(features), object)
    ids[:] = features.ids
    table: dict[str, Any] = {"record_id": ids[faces.first].tolist(), **told}
    if coded is not None:
        table["source_dataset"] = [str(names[at]) for at in coded[faces.first].tolist()]
    return SplinkRecords(
        records=new_frame(table, frame),
        frequencies=_frequencies(told, faces, model, frame),
        not_ascii=_not_ascii(told),
    )


def _faces(features: Features, model: LinkModel, source: Any) -> tuple[Faces, dict[str, NDArray[np.int32]]]:
    speaking = speaking_of(features, agent_surnames=model.agent_surnames)
    crowds = crowds_of(features, max_key=model.max_key)
    faces = faces_of(features, speaking, max_owners=model.max_owners, source=source, crowds=crowds.inside)
    faces.rarity = rarities(features, faces, model.frequencies)
    return faces, uncrowded(block_keys(faces), faces, crowds)


def _labels(codes: NDArray[Any]) -> Texts:
    """Codes as texts: every frame keeps those whole beside what is missing."""
    table: Texts = [*map(str, range(int(codes.max(initial=-1)) + 1)), None]
    return [table[code] for code in codes.tolist()]


def _texts(codes: NDArray[Any], values: Iterable[str]) -> Texts:
    table: Texts = [*(value or None for value in values), None]
    return [table[code] for code in codes.tolist()]


def _ascii(values: Texts) -> Texts:
    return [value if value is not None and value.isascii() else None for value in values]


def _names(features: Features, faces: Faces) -> dict[str, Texts]:
    code, parts = faces.columns["name"], features.names.parts
    column = {
        "script": [str(p.script) for p in parts],
        "full": [p.key if p.written else "" for p in parts],
        "written": [p.written for p in parts],
        "surname": [p.surname for p in parts],
        "given": [p.given for p in parts],
        "initial": [p.initial for p in parts],
        "length": [str(p.length) if p.length > 0 else "" for p in parts],
        "last": [p.last for p in parts],
        "masked": [str(int(p.masked)) for p in parts],
    }
    found = {f"name_{name}": _texts(code, values) for name, values in column.items()}
    groups = [[str(at) for at, names in enumerate(NICKNAMES) if p.given in names] for p in parts]
    for place in (0, 1):  # no short form stands in more groups
        found[f"name_short_{place + 1}"] = _texts(code, [(each[place : place + 1] or [""])[0] for each in groups])
    # A column of its own where the same value has another frequency on another level.
    return found | {"name_reading": found["name_full"], "name_ascii": _ascii(found["name_full"])}


def _others(features: Features, faces: Faces) -> dict[str, Texts]:
    import numpy as np

    c = faces.columns
    number = np.where(c["phone"] >= 0, faces.numbers[c["phone"]], -1)
    streets, mails = features.tables["street"], _texts(c["email"], features.tables["email"])
    return {
        "phone": _labels(c["phone"]),
        "phone_number": _texts(number, features.tables["phone"]),
        "phone_mask": _labels(c["mask"]),
        "email": _labels(c["email"]),
        "email_user": _labels(c["email_user"]),
        "email_text": mails,
        "email_ascii": _ascii(mails),
        "account": _labels(c["holder"]),
        "account_scope": _labels(c["scope"]),
        "card": _labels(c["card"]),
        "payer": _labels(c["payer"]),
        "birthday": _labels(c["birthday"]),
        "address_unit": _labels(c["unit"]),
        "address_street": _labels(c["street"]),
        "address_text": _texts(c["street"], streets),
        "address_house": _texts(
            c["street"], [s.split(" ")[0] if s.isascii() and s[:1].isdigit() else "" for s in streets]
        ),
        "address_area": _labels(c["area"]),
        "address_district": _labels(c["district"]),
        "address_city": _labels(c["city"]),
        "address_postcode": _labels(c["postcode"]),
        "address_home": _labels(c["home"]),
    }


def _frequencies(told: Mapping[str, Texts], faces: Faces, model: LinkModel, frame: Any) -> dict[str, Any]:
    """Splink adds log2 u - log2 tf, with the level's own u: a tf of u over two to our bits adds our bits."""
    import numpy as np

    found: dict[str, Any] = {}
    for name, columns in FREQUENCIES.items():
        if name not in faces.rarity or name not in model.comparisons:
            continue
        for level, column in columns.items():
            share = max(model.comparisons[name][level].u, 1e-9) * np.exp2(-np.nan_to_num(faces.rarity[name]))
            table = dict(zip(told[column], share.tolist(), strict=True))
            table.pop(None, None)
            found[column] = new_frame({column: list(table), f"tf_{column}": list(table.values())}, frame)
    return found


def _not_ascii(told: Mapping[str, Texts]) -> dict[str, int]:
    pairs = {"name: near": ("name_full", "name_ascii"), "email: near": ("email_text", "email_ascii")}
    counts = {
        level: len({v for v in told[text] if v is not None} - {v for v in told[plain] if v is not None})
        for level, (text, plain) in pairs.items()
    }
    return {level: count for level, count in counts.items() if count}
