"""What runs here, described."""

from typing import Annotated, Any

from pydantic import Field

from service.reports.answer import AnswerModel


class Version(AnswerModel):
    """What runs here."""

    version: Annotated[str, Field(description="Plumbline's version.")]
    torch_version: Annotated[str | None, Field(description="PyTorch's version; null where it is not installed.")]
    devices: Annotated[list[str], Field(description="Where models can be verified.", examples=[["cpu", "meta"]])]
    limits: Annotated[dict[str, Any], Field(description="What requests are limited to.")]
    settings: Annotated[dict[str, Any], Field(description="What else is set; of secrets, only whether they are.")]
