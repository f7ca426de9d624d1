"""Well-known models and parts of models as documents, about which there is nothing to say."""

from tests.diagnosis.architectures import Raw
from tests.diagnosis.wellknown import attention, generative, images, segmentation, sequences, tables

ROOMS = (images, segmentation, generative, sequences, attention, tables)
WELL_KNOWN: dict[str, Raw] = {
    f"{room.__name__.rpartition('.')[2]}: {name}": raw for room in ROOMS for name, raw in room.MODELS.items()
}
