"""The formats that are known: our own, those that a host registers, and those of installed packages."""

from __future__ import annotations

import warnings
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from crmkit.errors import InputError
from crmkit.importers.bills.form import BillFormat, Known
from crmkit.importers.documents.form import JsonFormat
from crmkit.importers.form import FormatInfo, TableFormat

__all__ = ["find_format", "formats", "known_formats", "register"]

_GROUP = "crmkit.formats"
Some = TypeVar("Some", bound=Known | JsonFormat)
_KINDS = (TableFormat, BillFormat, JsonFormat)
_registered: dict[str, Known | JsonFormat] = {}
_installed: dict[str, Known | JsonFormat] | None = None


def register(format: Some, *, replace: bool = False) -> Some:  # noqa: A002  # the field's own word
    """Makes a format known to `read`, `scan` and `sniff` in this process, and returns it.

    Args:
        format: The format.
        replace: Take the place of another one with the same name.

    Raises:
        InputError: Another format has this name.

    Example:
        >>> from crmkit.importers import LineColumns, TableFormat, cells
        >>> acme = TableFormat(name="acme.example", header={"Acme No", "Acme SKU"}, one_order_per="Acme No",
        ...                    line=LineColumns(sku=cells.text("Acme SKU")))
        >>> register(acme, replace=True).name
        'acme.example'
    """
    if not isinstance(format, _KINDS):
        raise InputError(f"A format is a TableFormat, a BillFormat or a JsonFormat, got {type(format).__name__}.")
    other = known_formats().get(format.name)
    if other is not None and other is not format and not replace:
        raise InputError(f"There is a format {format.name!r} already; choose another name or say replace=True.")
    _registered[format.name] = format
    return format


def known_formats() -> dict[str, Known | JsonFormat]:
    """Returns every known format by name: our own, installed ones, registered ones."""
    return {**_built_in(), **_from_packages(), **_registered}


def _built_in() -> dict[str, Known | JsonFormat]:
    from crmkit.importers import platforms, standard

    return {known.name: known for known in (*platforms.FORMATS, standard.TEMPLATE)}


def _from_packages() -> dict[str, Known | JsonFormat]:
    global _installed
    if _installed is None:
        _installed = {}
        for point in entry_points(group=_GROUP):
            _installed |= _offered(point)
    return _installed


def _offered(point: EntryPoint) -> dict[str, Known | JsonFormat]:
    """The formats of one installed package; one that cannot be loaded is told and stops nobody's files."""
    try:
        given = point.load()
        return {known.name: known for known in ([given] if isinstance(given, _KINDS) else list(given))}
    except Exception as error:  # loading runs a stranger's code, which may raise whatever it likes
        package = point.dist.name if point.dist is not None else point.value
        warnings.warn(
            f"The format {point.name!r} of the package {package} cannot be loaded and is left out: "
            f"{type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
        return {}


def find_format(format: str | Known | JsonFormat) -> Known | JsonFormat:  # noqa: A002  # the field's own word
    """Returns the format of that name, or the given one.

    Raises:
        InputError: No format has this name.

    Example:
        >>> find_format("taobao.orders").platform
        'taobao'
    """
    if isinstance(format, _KINDS):
        return format
    try:
        return known_formats()[format]
    except KeyError:
        raise InputError(f"There is no format {format!r}; known are {', '.join(sorted(known_formats()))}.") from None


def formats() -> list[FormatInfo]:
    """Returns what is known of every format, sorted by name.

    Example:
        >>> [info.name for info in formats() if info.name.startswith("taobao")]
        ['taobao.items', 'taobao.orders']
    """
    return [known.info for _, known in sorted(known_formats().items())]
