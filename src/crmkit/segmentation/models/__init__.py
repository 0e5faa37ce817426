"""The models of lifetime value as frozen values: fitted on a summary, asked about a summary, kept as JSON."""

from crmkit.segmentation.models.bg_nbd import BgNbd
from crmkit.segmentation.models.fitted import Fit
from crmkit.segmentation.models.gamma_gamma import GammaGamma
from crmkit.segmentation.models.mbg_nbd import MbgNbd
from crmkit.segmentation.models.pareto_nbd import ParetoNbd

__all__ = ["BgNbd", "Fit", "GammaGamma", "MbgNbd", "ParetoNbd"]
