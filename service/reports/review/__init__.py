"""What a design review found, in each form that it can be given in."""

from typing import Final

from service.reports.formats import FORMATS

REVIEW_FORMATS: Final = tuple(each for each in FORMATS if each.name in {"json", "text", "markdown", "csv"})
"""Those of an analysis that make sense for lists of limits and of changes."""
