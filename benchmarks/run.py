"""Speed, measured side by side: ``make bench`` prints the table.

Each row compares two things in one run, alternating between them so that a busy machine
slows both. Times are medians; ratios are medians of the ratios of neighbouring runs.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import unittest.mock
from collections.abc import Callable

import symparam
from symparam.language import syntax

CNN = (
    "Input(8, 8, 1) -> Conv2D(32, 3x2) -> ReLU -> Conv2D(64, 2x3, relu) -> Conv2D(64, 2x2, relu)"
    " -> MaxPooling2D(2x2) -> Dropout(0.25) -> Flatten -> Dense(128, relu) -> Dropout(0.5)"
    " -> Dense(10, softmax)"
)
SYMBOLIC = (
    "Input(h, w, c) -> Conv2D(f, 3x2) -> ReLU -> Conv2D(2*f, 2x3, relu) -> Conv2D(2*f, k x k, relu)"
    " -> MaxPooling2D(2x2) -> Dropout(0.25) -> Flatten -> Dense(d, relu) -> Dropout(0.5)"
    " -> Dense(n, softmax)"
)
WIDTHS = [("c", 2), ("2*c", 2), ("4*c", 3), ("8*c", 3), ("8*c", 3)]
VGG16 = (
    "Input(h, w, 3) -> "
    + " -> ".join(
        " -> ".join([f"Conv2D({width}, 3, same, relu)"] * times + ["MaxPooling2D(2)"])
        for width, times in WIDTHS
    )
    + " -> Flatten -> Dense(4096, relu) -> Dense(4096, relu) -> Dense(1000, softmax)"
)

Run = Callable[[], object]


def process(*arguments: str) -> Run:
    """A whole process of this interpreter."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def compare(measured: Run, against: Run, times: int) -> tuple[float, float, float]:
    """Median seconds of both, and the median ratio of neighbouring runs."""
    pairs = [(seconds(measured), seconds(against)) for _ in range(times + 1)][1:]
    first, second = zip(*pairs, strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(first), statistics.median(second), ratio


def seconds(run: Run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def derive(source: str) -> Run:
    return lambda: symparam.parse(source).params


def zoo(name: str) -> Run:
    """Read a script of the zoo and derive its formula."""
    return lambda: symparam.load(f"zoo:{name}").params


def repeated(passes: str) -> Run:
    return derive(f"Input(s, d) -> (_ + (LayerNormalization -> Dense(4*d) -> Dense(d))) * {passes}")


def growing(passes: str) -> Run:
    """The layers of a DenseNet, each of which adds k channels."""
    return derive(f"Input(h, w, c) -> ((_, BN -> Conv2D(k, 3, same)) -> Concatenate) * {passes}")


def parse(source: str) -> Run:
    return lambda: syntax.parse(source)


def first_run(run: Run) -> Run:
    """The same without the tables of an earlier run."""

    def fresh() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            unittest.mock.patch.dict(os.environ, XDG_CACHE_HOME=folder),
        ):
            run()

    return fresh


def both(work: Callable[[str], Run], size: str) -> tuple[Run, Run]:
    """The work on a chain of 10,000 layers, and of 1,000."""
    return work(chain(10_000, size)), work(chain(1_000, size))


def chain(layers: int, size: str = "7") -> str:
    return f"Input({size})" + f" -> Dense({size}, relu)" * layers


def main() -> None:
    lark = process("-c", "import lark")
    sympy = process("-c", "import sympy, lark")
    numbers, symbols = process("-m", "symparam", CNN), process("-m", "symparam", SYMBOLIC)
    rows = [
        ("process: CNN in numbers", "import lark", numbers, lark, 15),
        ("process: the same, first run", "import lark", first_run(numbers), lark, 9),
        ("process: CNN in symbols", "import sympy, lark", symbols, sympy, 9),
        ("derive: CNN in symbols", "CNN in numbers", derive(SYMBOLIC), derive(CNN), 15),
        ("derive: VGG-16 in symbols", "CNN in symbols", derive(VGG16), derive(SYMBOLIC), 9),
        ("derive: 10,000 layers in numbers", "1,000 layers", *both(derive, "7"), 5),
        ("derive: 10,000 layers in symbols", "1,000 layers", *both(derive, "n"), 5),
        ("derive: GPT-2, depth a symbol", "CNN in symbols", zoo("gpt2"), derive(SYMBOLIC), 9),
        ("derive: DenseNet-BC in n, k", "CNN in symbols", zoo("densenet_bc"), derive(SYMBOLIC), 9),
        ("derive: ResNet in H, W, w, n[j]", "CNN in symbols", zoo("resnet"), derive(SYMBOLIC), 9),
        ("derive: Block(d) * 10**9", "Block(d) * L", repeated("10**9"), repeated("L"), 15),
        ("derive: growing, 10**9 passes", "L passes", growing("10**9"), growing("L"), 15),
        ("parse: 10,000 layers", "1,000 layers", *both(parse, "7"), 5),
    ]
    print(f"{'measured':34}{'ms':>9}   {'against':20}{'ms':>9}{'ratio':>8}")
    for name, other, measured, against, times in rows:
        first, second, ratio = compare(measured, against, times)
        print(f"{name:34}{first * 1000:9.1f}   {other:20}{second * 1000:9.1f}{ratio:8.2f}")
    rate = 10_000 / statistics.median(
        seconds(lambda: syntax.parse(chain(10_000))) for _ in range(5)
    )
    print(f"parse rate: {rate:,.0f} layers/s")
    network = symparam.parse(VGG16)
    values = {symparam.symbol(name): size for name, size in [("c", 64), ("h", 224), ("w", 224)]}
    assert network.params.subs(values) == network.at(c=64, h=224, w=224).params == 138357544
    at = statistics.median(seconds(lambda: network.at(c=64, h=224, w=224)) for _ in range(9))
    print(f"net.at on VGG-16: {at * 1000:.2f} ms")


if __name__ == "__main__":
    main()
