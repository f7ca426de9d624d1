"""All reference architectures by name."""

from types import MappingProxyType
from typing import Final

from service.reference.attention import ATTENTION
from service.reference.classic import CLASSIC
from service.reference.inception import INCEPTION
from service.reference.language import LANGUAGE
from service.reference.mobile import MOBILE
from service.reference.others import OTHERS
from service.reference.residual import RESIDUAL

REFERENCES: Final = MappingProxyType(
    {each.name: each for each in (*CLASSIC, *RESIDUAL, *INCEPTION, *MOBILE, *ATTENTION, *LANGUAGE, *OTHERS)}
)
