"""Agreement between raters, methods and items, each figure with its confidence interval.

| question | function |
| --- | --- |
| do raters give the same numbers? | `icc`, `krippendorff_alpha` (missing ratings allowed) |
| do raters choose the same categories? | `cohen_kappa` (two raters), `gwet_ac` (two or more, missing allowed) |
| do items of a scale hang together? | `cronbach_alpha` |
| how far apart are two methods, in scale points? | `bland_altman` |
| do two methods rank alike? | `spearman` |

Ratings are arrays of numbers, shape (subjects, raters); NaN is a missing rating. Codes that are words
are numbered first: `numpy.unique(codes, return_inverse=True)[1]`.

Where the data do not determine a figure - no variance, one category only, fewer than two subjects -
it is NaN, and so is its interval: an undefined figure must neither stop a table of many scales nor
look like perfect or no agreement. Arrays of a wrong shape are a mistake of the caller: ValueError.
"""

from transcript_alliance.agreement.bootstrap import bootstrap_interval
from transcript_alliance.agreement.categories import Weights, cohen_kappa, gwet_ac
from transcript_alliance.agreement.estimate import Estimate, ranks
from transcript_alliance.agreement.krippendorff import Level, krippendorff_alpha
from transcript_alliance.agreement.methods import BlandAltman, bland_altman, spearman
from transcript_alliance.agreement.reliability import IccForm, cronbach_alpha, icc

__all__ = [
    "BlandAltman",
    "Estimate",
    "IccForm",
    "Level",
    "Weights",
    "bland_altman",
    "bootstrap_interval",
    "cohen_kappa",
    "cronbach_alpha",
    "gwet_ac",
    "icc",
    "krippendorff_alpha",
    "ranks",
    "spearman",
]
