"""Text to records: the only file that knows the parser."""

import os.path
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar
from unicodedata import normalize

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken

from symparam.errors import ParseError, Span, SymparamError
from symparam.language.mistakes import Mistake, explained
from symparam.language.records import (
    Arithmetic,
    Assumption,
    Attribute,
    Call,
    Chain,
    Config,
    Definition,
    Fact,
    Glossary,
    Index,
    Indexed,
    Keyword,
    Label,
    Listing,
    Meaning,
    Name,
    Number,
    Pair,
    Parallel,
    Power,
    Script,
    Signed,
    Text,
    Use,
    UseNetwork,
)
from symparam.language.tables import parser

MAX_LENGTH = 10_000_000  # characters of one source
MAX_NESTING = 100  # records inside records; brackets that only group do not count

_SETTINGS = "config at: "  # what settings without a config are read behind


def parse(source: str, offset: int = 0) -> Script:
    """The records of a source text, whose offsets count from ``offset`` on.

    >>> print(parse("Input(h,w,c)->Conv2D(f,3x2)  # a comment"))
    Input(h, w, c) -> Conv2D(f, 3 x 2)

    Raises ParseError with the place and, for common mistakes, a hint. Sources are at most
    ``MAX_LENGTH`` characters and nest at most ``MAX_NESTING`` deep.
    """
    try:
        if len(source) > MAX_LENGTH:
            raise ParseError(f"the source is longer than {MAX_LENGTH} characters")
        try:
            script: Script = _parser().parse("\n" * offset + source)  # type: ignore[assignment]
        except UnexpectedInput as error:
            raise explained(source, _plain(source, error)) from None
        _check_nesting(script)
    except ParseError as error:
        if offset:  # once more, for the places as this text counts them
            return parse(source)
        raise error.locate(source) from None
    return script


def settings(text: str) -> tuple[Keyword, ...]:
    """The settings of a text such as ``d=768, w=[64, 128]``, as a config has them.

    >>> [str(setting) for setting in settings("f = 4*d, d=1_000")]
    ['f=4 * d', 'd=1_000']

    Raises ParseError for anything else. ``located`` finds the places of the records in the text.
    """
    try:
        statements = parse(_SETTINGS + text).statements
    except ParseError as error:
        raise located(error, text) from None
    if len(statements) != 1 or not isinstance(statements[0], Config):
        raise ParseError("settings are separated by commas").locate(text)
    return statements[0].settings


def located(error: SymparamError, text: str) -> SymparamError:
    """An error about settings, with its place in their text."""
    if error.span is not None:
        begin, end = (max(place - len(_SETTINGS), 0) for place in error.span)
        error.span, error.source = Span(begin, end), text
    return error


@cache
def _parser() -> Lark:
    here = os.path.dirname(os.path.dirname(__file__))
    path = os.path.join(here, "symparam.lark")
    if not os.path.exists(path):  # a checkout keeps the grammar beside the package
        path = os.path.join(os.path.dirname(here), "grammar", "symparam.lark")
    with open(path, encoding="utf-8") as file:
        return parser(file.read(), postlex=_Brackets(), transformer=_Records())


class _Brackets:
    """Drops the ends of statements that end none: in brackets, behind commas, before the first."""

    always_accept: ClassVar[tuple[str, ...]] = ()

    def process(self, tokens: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        before = "COMMA"
        for token in tokens:
            kind = token.type
            if kind == "_END":
                if depth or before == "COMMA":
                    continue
            elif kind in ("LPAR", "LSQB"):
                depth += 1
            elif kind in ("RPAR", "RSQB"):
                depth -= 1
            before = kind
            yield token


class _Records(Transformer[Token, Any]):
    """One record a grammar rule, made while parsing."""

    def script(self, statements: list[Any]) -> Script:
        return Script(tuple(statements), _around(statements))

    def definition(self, parts: list[Any]) -> Definition:
        target, value = parts
        return Definition(target, value, _around(parts))

    def assumption(self, conditions: list[Any]) -> Assumption:
        return Assumption(tuple(conditions), _around(conditions))

    def config(self, parts: list[Any]) -> Config:
        title, *settings = parts
        read = self.name if title.type == "NAME" else self.text
        return Config(read([title]), tuple(settings), Span(title.start_pos, parts[-1].span.end))

    def glossary(self, entries: list[Any]) -> Glossary:
        return Glossary(tuple(entries), _around(entries))

    def meaning(self, parts: list[Token]) -> Meaning:
        name, *texts = parts
        text, latex = self.text(texts[:1]), self.text(texts[1:]) if texts[1:] else None
        return Meaning(_name(name), text, latex, _span(name, parts[-1]))

    def names_used(self, parts: list[Token]) -> Use:
        names = tuple(self.name([part]) for part in parts[:-1])
        return Use(names, self.text(parts[-1:]), _span(parts[0], parts[-1]))

    def network_used(self, parts: list[Token]) -> UseNetwork:
        source, name = parts
        return UseNetwork(self.text([source]), self.name([name]), _span(source, name))

    def fact(self, parts: list[Any]) -> Fact:
        left, comparison, right = parts
        return Fact(left, str(comparison), right, _around(parts))

    def setting(self, parts: list[Any]) -> Keyword:
        return Keyword(_name(parts[0]), parts[1], Span(parts[0].start_pos, parts[1].span.end))

    def chain(self, stages: list[Any]) -> Chain:
        return Chain(tuple(stages), _around(stages))

    def indexed(self, parts: list[Any]) -> Indexed:
        body, index, first, last = parts
        return Indexed(body, _name(index), first, last, _around(parts))

    def label(self, parts: list[Any]) -> Label:
        body, name = parts[:2]
        number = parts[2] if len(parts) > 2 else None
        end = name.end_pos if number is None else number.span.end
        return Label(body, _name(name), number, Span(body.span.start, end))

    def pair(self, sizes: list[Any]) -> Pair:
        return Pair(tuple(sizes), _around(sizes))

    def sum(self, parts: list[Any]) -> Arithmetic:
        return Arithmetic(tuple(parts[::2]), tuple(map(str, parts[1::2])), _around(parts))

    term = sum

    def signed(self, parts: list[Any]) -> Signed:
        return Signed(str(parts[0]), parts[1], Span(parts[0].start_pos, parts[1].span.end))

    def power(self, parts: list[Any]) -> Power:
        base, _, exponent = parts
        return Power(base, exponent, _around(parts))

    def name(self, parts: list[Token]) -> Name:
        return Name(_name(parts[0]), _span(parts[0], parts[0]))

    def number(self, parts: list[Token]) -> Number:
        return Number(str(parts[0]), _span(parts[0], parts[0]))

    def text(self, parts: list[Token]) -> Text:
        return Text(parts[0][1:-1], _span(parts[0], parts[0]))

    def call(self, parts: list[Any]) -> Call:
        function, _, *arguments, close = parts
        return Call(function, tuple(arguments), Span(function.span.start, close.end_pos))

    def index(self, parts: list[Any]) -> Index:
        base, _, *indices, close = parts
        return Index(base, tuple(indices), Span(base.span.start, close.end_pos))

    def attribute(self, parts: list[Any]) -> Attribute:
        base, _, name = parts
        return Attribute(base, _name(name), Span(base.span.start, name.end_pos))

    def group(self, parts: list[Any]) -> Any:
        return parts[1]

    def parallel(self, parts: list[Any]) -> Parallel:
        return Parallel(tuple(parts[1:-1]), _span(parts[0], parts[-1]))

    def listing(self, parts: list[Any]) -> Listing:
        return Listing(tuple(parts[1:-1]), _span(parts[0], parts[-1]))


def _name(token: Token) -> str:
    """A name in the normal form that Python gives identifiers too."""
    text = str(token)
    return text if text.isascii() else normalize("NFKC", text)


def _span(first: Token, last: Token) -> Span:
    return Span(first.start_pos or 0, last.end_pos or 0)


def _around(records: list[Any]) -> Span:
    return Span(records[0].span.start, records[-1].span.end)


def _check_nesting(script: Script) -> None:
    """Refuse what would be too deep to walk; itself a walk without recursion."""
    stack: list[tuple[Any, int]] = [(script, 0)]
    while stack:
        record, depth = stack.pop()
        if type(record) is tuple:
            stack.extend((child, depth) for child in record if isinstance(child, tuple))
        elif type(record) is not Span:
            if depth > MAX_NESTING:
                raise ParseError(f"nested more than {MAX_NESTING} deep", record.span)
            stack.extend((child, depth + 1) for child in record if isinstance(child, tuple))


def _plain(source: str, error: UnexpectedInput) -> Mistake:
    """What the parser did not expect, without the parser's own types."""
    token = error.token if isinstance(error, UnexpectedToken) else None
    start = len(source) if error.pos_in_stream is None else error.pos_in_stream
    if token is not None and token.type == "$END":
        return Mistake(len(source), len(source), "$END", _expected(error))
    end, kind = start + len(token or "?"), token.type if token else None
    return Mistake(start, end, kind, _expected(error))


def _expected(error: UnexpectedInput) -> frozenset[str]:
    return frozenset(getattr(error, "accepts", None) or getattr(error, "expected", None) or ())
