"""Formulas of docstrings, `mu <- b1 * mu + (1 - b1) * g`, as MathML, which browsers draw without a script."""

import re
from collections.abc import Callable, Collection
from html import escape
from typing import NamedTuple

_LETTERS = "alpha beta gamma delta epsilon eta theta kappa lambda mu nu pi rho sigma tau phi psi omega"
_GREEK = {name: f"&{name};" for name in _LETTERS.split()}
_SIGNS = {
    "<-": "←", "=": "=", "<=": "≤", ">=": "≥", "<": "&lt;", ">": "&gt;",
    "-+": "∓", "+-": "±", "+": "+", "-": "&minus;", "*": "·", "/": "/",
}  # fmt: skip
_RELATIONS = ("<-", "=", "<=", ">=", "<", ">")
_SUMS = ("+", "-", "-+", "+-")
_TOKEN = re.compile(
    r"(?P<space>\s*)(?:(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)|(?P<name>[A-Za-z]\w*'?)|"
    r"(?P<sign><-|<=|>=|\.\.\.|-\+|\+-|[-+*/^=<>()|,]))"
)


class NoFormulaError(ValueError):
    """The text is code, or prose."""


def mathml(text: str, arguments: Collection[str] = (), code: Collection[str] = (), block: bool = False) -> str | None:
    """A formula as MathML. None: the text is no formula.

    `arguments` keep their names. What calls one of `code` is no formula.
    """
    try:
        parser = _Parser(_tokens(text), arguments, code)
        body = parser.whole()
    except NoFormulaError:
        return None
    if not parser.operators:
        return None
    sort = "block" if block else "inline"  # numbers in a fraction stay as large as those beside it
    return f'<math display="{sort}"><mstyle displaystyle="true">{body}</mstyle></math>'


def _tokens(text: str) -> list[tuple[str, str, bool]]:
    """Sort, text, and whether a space comes before it."""
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NoFormulaError(text)
        sort = match.lastgroup or ""
        found.append((sort, match[sort], bool(match["space"])))
        at = match.end()
    return [*found, ("end", "", True)]


class _Piece(NamedTuple):
    """A part of a formula, and the same without the parentheses that a fraction or a root makes needless."""

    full: str
    bare: str


def _large(part: str) -> str:
    return f'<mstyle displaystyle="true" scriptlevel="0">{part}</mstyle>'


class _Parser:
    """Relations of sums of products of powers. A product needs no sign: `2 L`, `(a - b) (c + d)`."""

    def __init__(self, tokens: list, arguments: Collection[str], code: Collection[str]):
        self.tokens, self.at, self.bars = tokens, 0, 0
        self.arguments, self.code, self.operators, self.angles = arguments, code, 0, 0

    @property
    def sort(self) -> str:
        return self.tokens[self.at][0]

    @property
    def text(self) -> str:
        return self.tokens[self.at][1]

    def take(self, *texts: str) -> str:
        if texts and self.text not in texts:
            raise NoFormulaError(self.text)
        self.at += 1
        return self.tokens[self.at - 1][1]

    def whole(self) -> str:
        body = self.listed(self.relation)
        if self.sort != "end":
            raise NoFormulaError(self.text)
        return body

    def listed(self, item: Callable[[], str]) -> str:
        parts = [item()]
        while self.text == ",":
            self.take()
            parts += ['<mo separator="true">,</mo><mspace width="0.3em"/>', item()]
        return "".join(parts)

    def operator(self, needs_space: bool = True) -> str:
        """Formulas have spaces around their signs; `layers/kernel` is a path, and `b1=0.9` is code."""
        if needs_space and not (self.tokens[self.at][2] and self.tokens[self.at + 1][2]):
            raise NoFormulaError(self.text)
        self.operators += 1
        return f"<mo>{_SIGNS[self.take()]}</mo>"

    def relation(self) -> str:
        body = self.sum()
        while self.text in _RELATIONS and not (self.text == ">" and self.angles):
            body += self.operator() + self.sum()
        return body

    def sum(self) -> str:
        body = f"<mo>{_SIGNS[self.take()]}</mo>" if self.text in ("-", "+") else ""
        body += self.product()
        while self.text in _SUMS:
            body += self.operator() + self.product()
        return f"<mrow>{body}</mrow>"

    def product(self) -> str:
        left = self.power()
        while True:
            if self.text == "/":
                self.operator(needs_space=self.tokens[self.at - 1][0] != "number")
                left = _Piece(*[f"<mfrac>{_large(left.bare)}{_large(self.power().bare)}</mfrac>"] * 2)
            elif self.text == "*":
                left = _Piece(*[left.full + self.operator() + self.power().full] * 2)
            elif self.sort in ("number", "name") or self.text == "(" or (self.text == "|" and not self.bars):
                if not self.tokens[self.at][2]:
                    raise NoFormulaError(self.text)
                left = _Piece(*[f'{left.full}<mspace width="0.17em"/>{self.power().full}'] * 2)
            else:
                return left.full

    def power(self) -> _Piece:
        base = self.atom()
        if self.text != "^":
            return base
        self.take()
        self.operators += 1
        sign = self.operator(False) if self.text == "-" else ""
        return _Piece(*[f"<msup><mrow>{base.full}</mrow><mrow>{sign}{self.atom().bare}</mrow></msup>"] * 2)

    def atom(self) -> _Piece:
        if self.sort == "number":
            return _Piece(*[f"<mn>{self.take()}</mn>"] * 2)
        if self.sort == "name":
            return self.named()
        opening = self.take("(", "|", "<", "...")
        if opening == "...":
            return _Piece(*["<mo>…</mo>"] * 2)
        if opening == "(":
            bare = self.listed(self.relation)
            self.take(")")
            return _Piece(f"<mrow><mo>(</mo>{bare}<mo>)</mo></mrow>", bare)
        return _Piece(*[self.bars_or_angles(opening)] * 2)

    def bars_or_angles(self, opening: str) -> str:
        """A length `|h|`, or an inner product `<a, b>`."""
        self.operators += 1
        self.bars, self.angles = self.bars + (opening == "|"), self.angles + (opening == "<")
        inside = self.listed(self.sum)
        self.bars, self.angles = self.bars - (opening == "|"), self.angles - (opening == "<")
        self.take("|" if opening == "|" else ">")
        left, right = ("|", "|") if opening == "|" else ("⟨", "⟩")
        return f"<mrow><mo>{left}</mo>{inside}<mo>{right}</mo></mrow>"

    def named(self) -> _Piece:
        """A symbol, or a function of something: then no space stands before its parenthesis."""
        name = self.take()
        if self.text != "(" or self.tokens[self.at][2]:
            return _Piece(*[self.symbol(name)] * 2)
        if name in self.code:
            raise NoFormulaError(name)
        self.take()
        self.operators += name == "sqrt"
        inside = "" if self.text == ")" else self.listed(self.relation)
        self.take(")")
        if name == "sqrt":
            return _Piece(*[f"<msqrt>{inside}</msqrt>"] * 2)
        return _Piece(*[f"{self.symbol(name)}<mo>&#x2061;</mo><mo>(</mo>{inside}<mo>)</mo>"] * 2)

    def symbol(self, name: str) -> str:
        """An argument keeps its name. Else `theta` is a letter, and `x_0` has an index."""
        stem, _, index = name.partition("_")
        if name in self.arguments or not stem:
            return f'<mi mathvariant="normal">{escape(name)}</mi>'
        if index and len(index) <= 3 and len(stem) <= 5:
            return (
                f"<msub>{self.symbol(stem)}{self.symbol(index) if index[0].isalpha() else f'<mn>{index}</mn>'}</msub>"
            )
        if len(name) == 1 or name in _GREEK:
            return f"<mi>{_GREEK.get(name, name)}</mi>"
        return f'<mi mathvariant="normal">{escape(name)}</mi>'
