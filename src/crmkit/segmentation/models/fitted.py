"""What every fitted model is: a frozen value with its parameters and the facts of its fit, kept as JSON exactly."""

from __future__ import annotations

import json
import math
from statistics import NormalDist
from typing import Any, ClassVar, Self

import attrs

from crmkit.errors import InputError
from crmkit.segmentation.models.arguments import number
from crmkit.segmentation.summaries import DAYS, TimeUnit

__all__ = ["Fit", "FittedModel"]

_VERSION = 1


@attrs.frozen(slots=True, kw_only=True)
class Fit:
    """Holds the facts of a fit by maximum likelihood.

    Attributes:
        n: Number of customers.
        log_likelihood: At the optimum, without the penalty.
        gradient_norm: Largest slope per customer there, on the logarithms of the parameters.
        covariance: Of the parameters, from the observed information, row by row.
        penalty: Weight of the penalty; 0.0 where there was none.
        steps: Newton's steps over all customers.
        converged: Always true: what did not converge is a `NotConverged`, never a result.
    """

    n: int
    log_likelihood: float
    gradient_norm: float
    covariance: tuple[tuple[float, ...], ...]
    penalty: float = 0.0
    steps: int = 0
    converged: bool = True


def positive(model: Any, attribute: attrs.Attribute[float], value: object) -> None:
    """Refuses a parameter that is not a finite number above zero."""
    if not 0 < number(value) < math.inf:
        raise InputError(f"{attribute.name} of {type(model).__name__} is a number above 0, got {value!r}.")


def known_unit(model: Any, attribute: attrs.Attribute[str], value: object) -> None:
    """Refuses a unit of time other than days and weeks."""
    if value not in DAYS:
        raise InputError(f"unit is 'D' (days) or 'W' (weeks), got {value!r}.")


@attrs.frozen(slots=True, kw_only=True)
class FittedModel:
    """Is what the models share; each adds its parameters.

    Attributes:
        unit: Unit of the times, "D" or "W".
        fitted: The facts of the fit, None where the parameters were given by hand.
    """

    NAMES: ClassVar[tuple[str, ...]] = ()

    unit: TimeUnit = attrs.field(default="D", validator=known_unit)
    fitted: Fit | None = None

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        return {name: getattr(self, name) for name in self.NAMES}

    @property
    def facts(self) -> Fit:
        """The facts of the fit.

        Raises:
            LookupError: The parameters were given by hand.
        """
        if self.fitted is None:
            raise LookupError(f"The parameters of this {type(self).__name__} were given by hand; it was not fitted.")
        return self.fitted

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the optimum."""
        return self.facts.log_likelihood

    @property
    def n(self) -> int:
        """Number of customers that the model was fitted on."""
        return self.facts.n

    @property
    def gradient_norm(self) -> float:
        """Largest slope per customer at the optimum."""
        return self.facts.gradient_norm

    @property
    def covariance(self) -> tuple[tuple[float, ...], ...]:
        """Covariance of the parameters from the observed information."""
        return self.facts.covariance

    @property
    def converged(self) -> bool:
        """Whether the fit reached the optimum; what did not is no value but a `NotConverged`."""
        return self.facts.converged

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Returns an interval for each parameter, symmetric on the logarithm, on which the likelihood is rounder.

        Args:
            level: Share of shops in which such an interval holds the true value.
        """
        if not 0 < level < 1:
            raise InputError(f"level lies between 0 and 1, got {level!r}.")
        z = NormalDist().inv_cdf((1 + level) / 2)
        found = {}
        for i, (name, value) in enumerate(self.parameters.items()):
            factor = math.exp(z * math.sqrt(self.covariance[i][i]) / value)
            found[name] = (value / factor, value * factor)
        return found

    def to_json(self) -> str:
        """Returns the model as JSON, from which `from_json` makes an equal one, to the last bit."""
        fitted = None if self.fitted is None else attrs.asdict(self.fitted)
        kept = {
            "model": type(self).__name__,
            "version": _VERSION,
            "unit": self.unit,
            "parameters": self.parameters,
            "fitted": fitted,
        }
        return json.dumps(kept, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Returns the model that `to_json` wrote.

        Raises:
            InputError: The text is no such model.
        """
        try:
            kept = json.loads(text)
            name, version = kept["model"], kept["version"]
            if (name, version) != (cls.__name__, _VERSION):
                raise InputError(f"This is {name} in version {version!r}; {cls.__name__} reads its own version 1.")
            fitted = kept["fitted"]
            if fitted is not None:
                fitted["covariance"] = tuple(tuple(map(float, row)) for row in fitted["covariance"])
            parameters = {name: float(kept["parameters"][name]) for name in cls.NAMES}
            return cls(unit=kept["unit"], fitted=None if fitted is None else Fit(**fitted), **parameters)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"This text is no {cls.__name__} as to_json writes it: {error!r}.") from error
