"""References followed to their sources."""

from collections.abc import Callable
from itertools import islice
from typing import Final, cast

from service.architecture.bundles import Bundles, NoSuchPart, indexed, one_or_all
from service.architecture.graph import Output, Source, Wire
from service.architecture.problems import MOST_FAULTS, DocumentFault, UnreadableDocument, nearest, shortened
from service.architecture.scopes import Arrival, Block, Entity, ParsedReference, Received, Scope, WeightName, settled
from service.layers.applying import declared_weights
from service.layers.base import Layer

Wires = tuple[tuple[Wire, ...], tuple[tuple[str, Wire], ...]]
"""What a layer takes by position, and what by keyword."""

_NOWHERE: Wire = ()

MOST_NAMES: Final = 2_000
"""Names among which the one that was meant is looked for."""
SHOWN_WEIGHTS: Final = 16
"""Names of weights listed where a reference names none of them."""


class Resolver:
    """Follows names to where values come from; collects every reference that leads nowhere."""

    def __init__(self, model_inputs: tuple[Source, ...], layer_of: Callable[[int], Layer], bundles: Bundles) -> None:
        """``layer_of`` gives the single layer of a node; ``bundles`` counts the values in them."""
        self.bundles = bundles
        self.model_inputs = model_inputs
        self.layer_of = layer_of
        self._weights: dict[int, frozenset[str]] = {}
        self.faults: list[DocumentFault] = []
        self._following: set[int] = set()
        self._returned: dict[int, Wire] = {}
        self._received: dict[int, list[Wire]] = {}

    def wires(self, arrival: Arrival | None) -> Wires:
        """What reaches a layer."""
        if arrival is None:
            return (), ()
        before = arrival.before
        positional = [] if before is None else list(self._passed_on(before))
        keywords: list[tuple[str, Wire]] = []
        for index, text in enumerate(arrival.references):
            keyword, wire = self.reference(text, arrival.scope, f"{arrival.pointer}/inputs/{index}")
            if keyword is not None:
                keywords.append((keyword, wire))
            elif keywords:
                self._fault("bad-reference", f"{arrival.pointer}/inputs/{index}", "A keyword has to stand last.")
            else:
                positional.append(wire)
        self.bundles.count((*positional, *(wire for _, wire in keywords)), arrival.pointer)
        return tuple(positional), tuple(keywords)

    def reference(self, text: str, scope: Scope, pointer: str) -> tuple[str | None, Wire]:
        """The keyword, if there is one, and what a reference such as ``lstm[1][0]`` leads to."""
        parsed = ParsedReference.parse(text)
        if parsed is None:
            detail = f"{shortened(text)} is not a reference; name, name[0], name[1][0] or keyword=name was expected."
            self._fault("bad-reference", pointer, detail)
            return None, _NOWHERE
        entity = scope.find(parsed.name)
        if entity is None:
            self._note(unknown_name(parsed.name, scope, pointer, "a layer, a block or an input"))
            return parsed.keyword, _NOWHERE
        if isinstance(entity, WeightName):
            if entity.weight not in self._weights_of(entity.node):
                self._note(self._unknown_weight(parsed.name, entity, pointer))
            return parsed.keyword, Source(entity.node, (entity.weight, *parsed.indices))
        return parsed.keyword, self._indexed(self.wire_of(entity), parsed.indices, text, pointer)

    def _weights_of(self, node: int) -> frozenset[str]:
        if node not in self._weights:
            names = (weight.name for weight in declared_weights(self.layer_of(node)))
            self._weights[node] = frozenset(name for name in names if name)
        return self._weights[node]

    def _unknown_weight(self, name: str, entity: WeightName, pointer: str) -> DocumentFault:
        owner = name.removesuffix(f".{entity.weight}")
        names = sorted(self._weights_of(entity.node))
        guess = nearest(entity.weight, names)
        has = f"{shortened(owner)} has no weight {shortened(entity.weight)}"
        hint = f" Did you mean {owner}.{guess}?" if guess else "" if names else " It has no weights at all."
        suggestion = f"{owner}.{guess}" if guess else None
        return DocumentFault("unknown-name", pointer, f"{has}.{hint}", tuple(names[:SHOWN_WEIGHTS]), suggestion)

    def wire_of(self, entity: Entity) -> Wire:
        """What an entity returns."""
        known = settled(entity)
        if known is not None:
            return known
        if isinstance(entity, Block):
            return self._block(entity)
        if isinstance(entity, Received):
            return one_or_all(tuple(self._passed_on(entity)))
        return cast("Source", entity)

    def outputs(self, scope: Scope, pointer: str) -> tuple[Output, ...]:
        """What the model returns."""
        return tuple(
            Output(output, self.reference(output, scope, f"{pointer}/{index}")[1])
            if isinstance(output, str)
            else Output("", self.wire_of(output))
            for index, output in enumerate(scope.outputs)
        )

    def raise_faults(self) -> None:
        """Raises :class:`UnreadableDocument` if any reference led nowhere."""
        if self.faults:
            raise UnreadableDocument(self.faults)

    def _passed_on(self, entity: Entity) -> list[Wire]:
        if not isinstance(entity, Received):
            return [self.wire_of(entity)]
        if entity.scope.arrival is None:
            return list(self.model_inputs)
        key = id(entity.scope)
        if key not in self._received:
            positional, keywords = self.wires(entity.scope.arrival)
            if keywords:
                self._fault("bad-reference", f"{entity.scope.arrival.pointer}/inputs", "A block takes no keywords.")
            self.bundles.count((positional,), entity.scope.arrival.pointer)
            self._received[key] = list(positional)
        return self._received[key]

    def _block(self, block: Block) -> Wire:
        key = id(block.scope)
        if key in self._returned:
            return self._returned[key]
        if key in self._following:
            self._fault("cycle", block.pointer, "The block's output is the block itself.")
            return _NOWHERE
        self._following.add(key)
        wires = tuple(output.wire for output in self.outputs(block.scope, f"{block.pointer}/outputs"))
        self._returned[key] = returned = one_or_all(wires)
        self.bundles.count((returned,), block.pointer)
        return returned

    def _indexed(self, wire: Wire, indices: tuple[int, ...], text: str, pointer: str) -> Wire:
        try:
            return indexed(wire, indices)
        except NoSuchPart as error:
            detail = f"{shortened(text)} asks for index {error.index} of a tuple of {error.length}."
            self._fault("bad-reference", pointer, detail)
            return _NOWHERE

    def _fault(self, code: str, pointer: str, detail: str) -> None:
        self._note(DocumentFault(code, pointer, detail))

    def _note(self, fault: DocumentFault) -> None:
        """Stops where there are as many as are told: looking for what was meant takes its time."""
        self.faults.append(fault)
        if len(self.faults) == MOST_FAULTS:
            self.raise_faults()


def unknown_name(name: str, scope: Scope, pointer: str, what: str) -> DocumentFault:
    """The fault of a name that stands nowhere."""
    guess = nearest(name, islice(scope.visible(), MOST_NAMES))
    hint = f" Did you mean {guess}?" if guess else ""
    return DocumentFault(
        "unknown-name", pointer, f"There is no {shortened(name)} here; {what} was expected.{hint}", (), guess
    )
