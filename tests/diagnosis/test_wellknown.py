import pytest

from tests.diagnosis.architectures import Raw
from tests.diagnosis.wellknown import WELL_KNOWN
from tests.documents import examined


@pytest.mark.parametrize("raw", WELL_KNOWN.values(), ids=WELL_KNOWN)
def test_there_is_nothing_to_say_about_what_is_well_known(raw: Raw) -> None:
    assert examined(raw).issues == ()
