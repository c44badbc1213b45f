"""Diagrams of a network: its layers with shapes and parameters, branches, repeats as boxes."""

from collections.abc import Mapping
from types import MappingProxyType

from symparam.costs.steps import Counts
from symparam.display.diagram.dot import dot, svg
from symparam.display.diagram.graph import graph
from symparam.display.diagram.mermaid import mermaid
from symparam.display.diagram.tikz import tikz
from symparam.errors import UnknownNameError, did_you_mean, shorten

KINDS = ("svg", "dot", "mermaid", "tikz")


def diagram(counts: Counts, kind: str, symbols: Mapping[str, str] = MappingProxyType({})) -> str:
    """A network as the text of a picture: svg, dot, mermaid or tikz.

    ``symbols`` is the LaTeX that a script gives to some of its symbols.

    >>> import symparam
    >>> net = symparam.parse("Input(n) -> Dense(m)")
    >>> print(diagram(net.counts, "mermaid").partition("\\n")[2])
    flowchart TB
      i1["<b>Input</b><br/>(n,)"]
      n1["<b>Dense</b>(m)<br/>(m,)<br/>m#42;(n + 1) params"]
      i1 --> n1
      classDef input fill:none,stroke:none
      class i1 input
    <BLANKLINE>

    Raises UnknownNameError for another kind, SymparamError for an SVG without Graphviz.
    """
    if kind not in KINDS:
        raise UnknownNameError(
            f"there is no diagram of the kind {shorten(kind)}",
            hint=did_you_mean(kind, [*KINDS]) or f"the kinds are {', '.join(KINDS)}",
        )
    drawn = graph(counts)
    if kind == "tikz":
        return tikz(drawn, symbols)
    return {"svg": svg, "dot": dot, "mermaid": mermaid}[kind](drawn)
