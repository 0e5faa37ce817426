"""The columns of a pyarrow table as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.segmentation.refusals import FrameError
from crmkit.segmentation.rules.by_arrays import Values
from crmkit.segmentation.rules.by_expressions import decimal_kind, moment_kind
from crmkit.segmentation.rules.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["values_of"]

_SAFE_DIGITS = 18


def values_of(name: str, column: Any) -> Values:
    """Returns a chunked Arrow array as a numpy array.

    Raises:
        FrameError: It holds nothing that can be compared.
    """
    import numpy as np
    import pyarrow as pa

    from crmkit.segmentation.rules.pandas_columns import EXPECTED, numbers

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    known = column.is_valid().to_numpy().astype(bool, copy=False)
    if pa.types.is_null(kind):
        return Values(kind=Kind(name="nothing"), known=known, values=np.zeros(len(column), np.int64))
    if _is_text(kind):
        return _texts(column, known)
    if pa.types.is_boolean(kind):
        return Values(kind=Kind(name="boolean"), known=known, values=_plain(column, False))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return numbers(_plain(column.cast(pa.float32()) if pa.types.is_float16(kind) else column, 0), known)
    if pa.types.is_decimal(kind):
        return _decimals(column, known)
    if pa.types.is_date(kind):
        days = _plain(column.cast(pa.date32()).cast(pa.int32()), 0).astype(np.int64)
        return Values(kind=Kind(name="date"), known=known, values=days)
    if pa.types.is_timestamp(kind):
        moments = moment_kind(aware=kind.tz is not None, unit=kind.unit)
        return Values(kind=moments, known=known, values=_plain(column.cast(pa.int64()), 0), unit=kind.unit)
    raise FrameError(name, str(kind), EXPECTED)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    is_view = getattr(pa.types, "is_string_view", lambda _: False)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or is_view(kind))


def _plain(column: Any, filling: Any) -> NDArray[Any]:
    import numpy as np

    values = (column.fill_null(filling) if column.null_count else column).to_numpy()
    return np.asarray(values)


def _texts(column: Any, known: NDArray[np.bool_]) -> Values:
    import numpy as np
    import pyarrow as pa

    texts = column.cast(pa.large_string())
    if isinstance(texts, pa.ChunkedArray):  # offsets of 64 bits fit into one array
        texts = texts.combine_chunks() if texts.num_chunks else pa.array([], pa.large_string())
    encoded = texts.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Values(kind=Kind(name="text"), known=known, values=codes, texts=tuple(encoded.dictionary.to_pylist()))


def _decimals(column: Any, known: NDArray[np.bool_]) -> Values:
    """Reads decimals as whole multiples of their smallest unit: in 64 bits where they fit, else as objects."""
    import numpy as np
    import pyarrow as pa

    kind = column.type
    if kind.precision <= _SAFE_DIGITS and kind.scale >= 0:
        wide = column.cast(pa.decimal128(38, kind.scale))
        words = [_low_words(chunk) for chunk in wide.chunks]
        values = np.where(known, np.concatenate(words), 0) if words else np.zeros(0, np.int64)
        return Values(kind=decimal_kind(kind.precision, kind.scale), known=known, values=values)
    from crmkit.segmentation.rules.pandas_columns import decimals

    return decimals([value for value in column.to_pylist() if value is not None], known)


def _low_words(chunk: Any) -> NDArray[np.int64]:
    import numpy as np

    data = chunk.buffers()[1]
    if data is None:
        return np.zeros(len(chunk), np.int64)
    words = np.frombuffer(data, np.int64)[2 * chunk.offset :][: 2 * len(chunk)]
    result: NDArray[np.int64] = words[::2].copy()
    return result
