"""The picture of a model: volumes for a stack of convolutions, layers of boxes for any other graph."""

from service.diagnosis.examination import Examination
from service.reports.abridged.bounding import pictured
from service.reports.abridged.folding import Wiring
from service.reports.abridged.marks import marks
from service.reports.svg.canvas import Canvas, escaped, number
from service.reports.svg.frames import Scene
from service.reports.svg.layer_boxes import BoxMaker
from service.reports.svg.network import network
from service.reports.svg.page import MARGIN, WIDTH, described, draw_foot, draw_head, head_width, model_name, verdict
from service.reports.svg.rows import in_rows
from service.reports.svg.stations import chain, is_stack
from service.reports.svg.style import SHEET


def as_svg(examination: Examination) -> bytes:
    """The answer as a picture: SVG without scripts and without anything from elsewhere."""
    analysis = examination.analysis
    found = marks(examination)
    wiring = Wiring(analysis)
    part = pictured(analysis, wiring, frozenset(found.at) | found.refused)
    scene = Scene.of(analysis, wiring, BoxMaker(analysis, found))
    room = WIDTH - 2 * MARGIN
    legend: list[str] = []
    canvas = Canvas()
    picture = (
        in_rows(chain(analysis, part, scene.maker), room)
        if is_stack(analysis)
        else network(scene, part, room, found.of_model)
    )
    width = max(head_width(examination, found), picture.width + 2 * MARGIN)
    y = draw_head(canvas, examination, found, width)
    picture.draw(canvas, (width - picture.width) / 2, y)
    y += picture.height + 12
    y += draw_foot(canvas, found, legend, y, width)
    title = f"{model_name(examination)}: {verdict(found)[0]}"
    size = f'width="{number(width)}" height="{number(y)}" viewBox="0 0 {number(width)} {number(y)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="plumbline-title plumbline-desc">'
        f'<title id="plumbline-title">{escaped(title)}</title>'
        f'<desc id="plumbline-desc">{escaped(described(examination, found))}</desc>'
        f'<style>{SHEET}</style><rect class="page" width="100%" height="100%"/>{"".join(canvas.pieces)}</svg>\n'
    ).encode()
