"""What a network can print of itself, in every format."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symparam.algebra.sizes import Shape, Tensors
from symparam.costs.steps import CountedStep, Counts
from symparam.display import content, data, papers, records_table, text
from symparam.model.program import Model
from symparam.trace.nodes import Trace

if TYPE_CHECKING:
    from symparam.display import rich_repr


class Printable:
    """The side of a ``Network`` that prints."""

    trace: Trace
    counts: Counts
    _model: Model
    _free: tuple[str, ...]  # of those that the network has
    _names: tuple[str, ...]  # of all its symbols
    sizes: Mapping[str, Any]  # the numbers substituted

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of the sizes that are free, in the order they are met."""
        return tuple(name for name in self._free if name not in self.sizes)

    @property
    def glossary(self) -> dict[str, str]:
        """What the script says of its symbols, ``where d = "model width"``."""
        return dict(self._model.glossary)

    @property
    def description(self) -> str:
        """The comment at the head of the script."""
        return self._model.description

    @property
    def outputs(self) -> dict[str, Shape | Tensors]:
        """The shapes that leave the network, by the names that the script gives them.

        >>> import symparam
        >>> net = symparam.parse("h = Input(n) -> Dense(9); a = h -> Dense(2); b = h -> Dense(3)")
        >>> net.outputs
        {'a': (2,), 'b': (3,)}

        Outputs without a name are called ``output``, or ``output_0``, ``output_1``, ...
        """
        shape = self.trace.output
        if not isinstance(shape, Tensors):
            return {"output": shape}
        names = self._model.outputs or [f"output_{place}" for place in range(len(shape))]
        return dict(zip(names, shape, strict=True))

    def _at_configs(self) -> dict[str, content.Config]:
        """The network at each of its configs."""
        raise NotImplementedError

    def summary(self) -> str:
        """The table of layers with shapes, formulas and counts, as plain text."""
        return text.table(self.summary_content())

    def summary_content(self) -> content.Table:
        """The same for a printer; below it stands what a script says of itself."""
        table = content.layers(self.counts)
        notes = content.explained(self.glossary, self.symbols)
        if self.symbols and self._model.configs:
            names = content.joined((content.Written(name),) for name in self._model.configs)
            notes.append(("Configs: ", *names, "."))
        if self._model.outputs:
            outputs = content.joined(
                (content.Written(name), " ", content.Dims(shape))
                for name, shape in self.outputs.items()
            )
            notes.insert(0, ("Outputs: ", *outputs, "."))
        return table._replace(notes=[*table.notes[:-1], *notes, table.notes[-1]])

    def explain(self, width: int | None = None) -> str:
        """The derivation: for each layer its rule, the rule in the layer's sizes, the value.

        >>> import symparam
        >>> print(symparam.parse("Input(8, 8, 1) -> Conv2D(32, 3x2)").explain(width=80))
        Input (8, 8, 1)
        <BLANKLINE>
        conv2d: Conv2D(32, (3, 2))
        (8, 8, 1) -> (6, 7, 32)
        params = (kernel_height*kernel_width*in_channels + 1)*filters
               = (3*2*1 + 1)*32
               = 224
        <BLANKLINE>
        total = 224
        <BLANKLINE>
        Keras 3 counts, moving statistics included; shapes without the batch axis.

        An equation wider than ``width`` is broken at its equals signs.
        """
        return text.explain(content.derivation(self.counts), width)

    def to_json(self) -> dict[str, Any]:
        """The network as JSON values, in the schema of docs/interface.md."""
        return data.document(
            self.counts, self.symbols, self.outputs, self._model.configs, self.glossary
        )

    def config_content(self) -> content.Table:
        """The configs of the script with their sizes and counts, one row each, for a printer.

        A config that leaves sizes free has formulas in its row.
        """
        return content.configs(self._at_configs(), self.glossary)

    def table(self) -> list[dict[str, Any]]:
        """The layers as records, one a row, for example for pandas.

        >>> import symparam
        >>> for row in symparam.parse("Input(n) -> Dense(m)").table():
        ...     print(row["layer"], row["output_shape"], row["params"])
        dense (m,) m*(n + 1)
        """
        return records_table.layers(self.counts)

    def config_table(self) -> list[dict[str, Any]]:
        """The configs as records, one a row: name, sizes and counts.

        >>> import symparam
        >>> symparam.parse("Input(n) -> Dense(m); config a: n=4, m=2").config_table()[0]["params"]
        10
        """
        return records_table.configs(self._at_configs())

    def latex(self, part: str = "total", siunitx: bool = False) -> str:
        r"""LaTeX of the total, or of another part, or a whole document.

        >>> import symparam
        >>> print(symparam.parse("Input(n) -> Dense(m)").latex())
        \begin{equation}
          P = m (n + 1)
        \end{equation}

        The parts are total, table, derivation, configs, glossary, macros and document. Raises
        UnknownNameError for another, ArgumentError for one that the script does not have.
        With ``siunitx`` the configs stand in columns of that package.
        """
        return papers.printed(self._material(part), "latex", part, siunitx)

    def markdown(self, part: str = "total") -> str:
        """The same as Markdown; it has no macros."""
        return papers.printed(self._material(part), "markdown", part)

    def html(self, part: str = "document") -> str:
        """The same as HTML, of which a document needs no other file and no script."""
        return papers.printed(self._material(part), "html", part)

    def diagram(self, kind: str = "svg") -> str:
        """The network as a picture: svg, dot, mermaid or tikz.

        Raises UnknownNameError for another kind, SymparamError for an SVG without Graphviz.
        """
        from symparam.display.diagram import diagram

        return diagram(self.counts, kind, self._model.latex)

    def _material(self, part: str) -> papers.Material:
        """What there is to print; the configs are run only where they are wanted."""
        columns = self._at_configs() if part in ("configs", "macros", "document") else {}
        return papers.Material(
            counts=self.counts,
            summary=self.summary_content(),
            configs=content.configs(columns, self.glossary) if columns else None,
            totals={name: content.totals(column.counts) for name, column in columns.items()},
            glossary=self.glossary,
            latex=self._model.latex,
            symbols=self._names,
            sizes=self.sizes,
            description=self.description,
        )

    def _rich(self) -> "rich_repr.Rich":
        from symparam.display import rich_repr

        return rich_repr.network(
            self.summary_content(), self.counts.params, self._model.latex, self._names
        )

    def _repr_html_(self) -> str:
        return self._rich().html

    def _repr_latex_(self) -> str:
        return self._rich().latex

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self._rich()._repr_mimebundle_(include, exclude)


def _rich_step(step: CountedStep) -> "rich_repr.Rich":
    from symparam.display import rich_repr

    return rich_repr.step(step)


CountedStep.rich = _rich_step
