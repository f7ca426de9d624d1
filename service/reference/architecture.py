"""What a reference architecture is, and the few words in which its layers are written."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

Json = dict[str, Any]


class Published(NamedTuple):
    """A count that somebody else published."""

    parameters: int
    source: str


class Reference(NamedTuple):
    """A well-known architecture."""

    name: str
    """By which it is asked for."""
    title: str
    description: str
    paper: str
    """Authors, title and where it can be read."""
    layers: Callable[[], list[Json]]
    inputs: Json
    """The key ``input`` or ``inputs`` of the document."""
    published: Published | None = None
    outputs: tuple[str, ...] | None = None

    @property
    def about(self) -> Json:
        """What there is to say of it."""
        published = None if self.published is None else self.published._asdict()
        return {"description": self.description, "paper": self.paper, "published": published}

    def document(self) -> Json:
        """The document, made anew, so that nobody changes another's."""
        found = {"name": self.title, "about": self.about, **deepcopy(self.inputs), "layers": self.layers()}
        return found if self.outputs is None else {**found, "outputs": list(self.outputs)}


def layer(type: str, name: str | None = None, /, **arguments: Any) -> Json:
    """A layer as documents write it: its type, its name if it has one, and what is given."""
    named = {"type": type} if name is None else {"type": type, "name": name}
    return {**named, **arguments}


def block(name: str | None, *layers: Json, **keys: Any) -> Json:
    """Layers under a name."""
    return layer("Sequential", name, **keys, layers=list(layers))


def conv(name: str | None, before: int, after: int, kernel: Any, /, **others: Any) -> Json:
    """A two-dimensional convolution."""
    return layer("Conv2d", name, in_channels=before, out_channels=after, kernel_size=kernel, **others)


def norm(name: str | None, channels: int, **others: Any) -> Json:
    """A batch normalization of images."""
    return layer("BatchNorm2d", name, num_features=channels, **others)


def linear(name: str | None, before: int, after: int, **others: Any) -> Json:
    """A linear layer."""
    return layer("Linear", name, in_features=before, out_features=after, **others)


def relu(name: str | None = None, /, **others: Any) -> Json:
    """The usual activation."""
    return layer("ReLU", name, **others)
