"""The command line, run as a user runs it: streams, exit codes, golden output."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import warm

CNN = (
    "Input(8, 8, 1) -> Conv2D(32, 3x2) -> ReLU -> Conv2D(64, 2x3, relu) -> Conv2D(64, 2x2, relu)"
    " -> MaxPooling2D(2x2) -> Dropout(0.25) -> Flatten -> Dense(128, relu) -> Dropout(0.5)"
    " -> Dense(10, softmax)"
)
HEAD = "Input(h, w, c) -> Conv2D(f, 3x2) -> Flatten -> Dense(n)"


def symparam(
    *arguments: str, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Some variables are for Python itself, so that with any it is a new interpreter."""
    return subprocess.run(
        [*(warm.COLD if environment else warm.command()), *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
    )


def output(*arguments: str, stdin: bytes = b"") -> str:
    done = symparam(*arguments, stdin=stdin)
    assert done.stderr == b""
    assert done.returncode == 0
    return done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["params", CNN], "63210\n"),
        (["params", "Dense(7) -> Conv2D(32,3x2)"], "7*c + 1383\n"),
        (["params", HEAD, "--at", "h=8,w=8", "--at", "c=1, f=32, n=10"], "13674\n"),
        (["params", "--at", "h=8,w=8,c=1,f=32,n=10", HEAD], "13674\n"),
        (["shape", HEAD], "(n,)\n"),
        (["shape", "Input(h, w, 3) -> MaxPooling2D(3, 2, same)"], "(ceil(h/2), ceil(w/2), 3)\n"),
        (["shape", "Input(h, 3) -> Conv1DTranspose(f, k, s)"], "(h*s + max(0, k - s), f)\n"),
        (["macs", HEAD], "6*c*f*(h - 2)*(w - 1) + f*n*(h - 2)*(w - 1) MACs (convention macs)\n"),
        (
            ["macs", "Input(d) -> Dense(a**i) for i in 0..L-1"],
            "a*(a**(2*L - 2) - 1)/(a**2 - 1) + d MACs (convention macs)\n"
            "Formula holds for L >= 2, a != 1.\n",
        ),
        (["flops", HEAD, "--at", "h=8,w=8,c=1,f=32,n=10"], "43008 FLOPs (convention flops)\n"),
        (
            ["macs", "Input(4) -> Dense(2)", "--convention", "ptflops-aten"],
            "10 MACs (convention ptflops-aten)\n",
        ),
        (["params", "-5 -> Dense(3)"], None),
        (["params", "--", "Dense(3)"], "3*n + 3\n"),
    ],
)
def test_one_line(arguments: list[str], printed: str | None) -> None:
    if printed is None:
        assert symparam(*arguments).returncode == 2
    else:
        assert output(*arguments) == printed


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cnn.summary.txt", [CNN]),
        ("cnn.explain.txt", ["explain", CNN]),
        ("head.summary.txt", [HEAD]),
        ("head.explain.txt", ["explain", HEAD, "--at", "c=1"]),
        ("open.summary.txt", ["Dense(7) -> Conv2D(32,3x2)"]),
        ("head.json", [HEAD, "--at", "c=3", "--json"]),
        ("layers.txt", ["layers"]),
        ("layer.txt", ["layers", "Conv2D"]),
        ("norm.explain.txt", ["explain", "Input(h, w, c) -> BN -> SeparableConv2D(f, k x k) -> PReLU"]),
    ],
)  # fmt: skip
def test_golden(golden: Callable[[str, str], None], name: str, arguments: list[str]) -> None:
    golden(f"tests/goldens/{name}", output(*arguments))


@pytest.mark.parametrize("command", ["params", "shape", "explain", "summary"])
def test_json_is_one_document_for_every_command(command: str) -> None:
    assert json.loads(output(command, HEAD, "--json")) == json.loads(output(HEAD, "--json"))


def test_json_of_operations() -> None:
    """With a convention: what it is, the total and the layers."""
    document = json.loads(output("macs", "Input(n) -> Dense(2, relu) -> Dense(3)", "--json"))
    assert document["convention"] == "macs"
    assert document["unit"] == "MACs"
    assert document["total"] == "2*n + 6"
    assert document["layers"] == [
        {"name": "dense", "count": "2*n"},
        {"name": "dense_1", "count": 6},
    ]
    rows = json.loads(output("conventions", "Input(4) -> Dense(2)", "--json"))
    assert {row["convention"]: row["total"] for row in rows} == {
        **{"macs": 8, "flops": 16},
        **{"fvcore": 8, "ptflops-aten": 10, "torch": 16},
    }


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["flops", HEAD, "--convention", "fvcore"], "ask for symparam macs --convention fvcore"),
        (["macs", HEAD, "--convention", "fvcor"], "did you mean fvcore?"),
    ],
)
def test_conventions_that_do_not_fit(arguments: list[str], printed: str) -> None:
    done = symparam(*arguments)
    assert done.returncode == 1
    assert printed in done.stderr.decode()


def test_json_escapes_words_of_python() -> None:
    document = json.loads(output("Input(lambda) -> Dense(E)", "--json"))
    assert document["symbols"] == {"lambda_": "lambda", "E": "E"}
    assert document["totals"]["params"] == "E*(lambda_ + 1)"
    document = json.loads(output("Input(lambda) -> Dense(lambda_)", "--json"))
    assert document["symbols"] == {"lambda__": "lambda", "lambda_": "lambda_"}
    assert document["totals"]["params"] == "lambda_*(lambda__ + 1)"


def test_sources(tmp_path: Path) -> None:
    file = tmp_path / "net.sym"
    file.write_text("# a network\nd = 64\nInput(n) -> Dense(d)\n  -> Dense(2*d)\n")
    assert output("params", str(file), "--at", "n=2") == "8512\n"
    assert output("params", "-", stdin=file.read_bytes()) == "64*n + 8384\n"
    file.write_bytes(b"\xef\xbb\xbfInput(4) -> Dense(3)\r\n")
    assert output("params", str(file)) == "15\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["params", "nowhere.sym"], 2, "SourceError: there is no file nowhere.sym"),
        (["params", "some/where"], 2, "SourceError: there is no file some/where"),
        (["params", "{folder}"], 2, "is a directory"),
        (["params", "{binary}"], 2, "is not UTF-8 text: byte 6"),
        (["params", "/dev/zero"], 2, "is longer than any source"),
        (["params", "/dev/null"], 1, "there is nothing to read"),
        (["params", ""], 1, "there is nothing to read"),
        (["params", "Dense("], 1, "never closed"),
        (["params", "Input(4) -> Dense(3) -> Conv2D(3, 3)"], 1, "needs a rank-3 input"),
        (["params", HEAD, "--at", "hh=3"], 1, "did you mean h?"),
        (["params", HEAD, "--at", "h=0"], 1, "Conv2D: a window of height 3 does not fit"),
        (["params", HEAD, "--at", "h=-3"], 1, "h must be a whole number of at least 0, got -3"),
        (
            ["params", HEAD, "--at", "h=8.5"],
            1,
            "Input: shape must be a tuple of sizes, got (h, w, c) (at h=17/2)",
        ),
        (["params", HEAD, "--at", "h=w"], 1, "h must be a whole number of at least 0, got w"),
        (["params", HEAD, "--at", "h=2"], 1, "Conv2D: a window of height 3 does not fit"),
        (["params", HEAD, "--at", "h=" + "9" * 3000], 1, "a number with more than 1000 digits"),
        (["params", HEAD, "--at", "h"], 2, "is not NAME=SIZE"),
        (["params", HEAD, "--at", ""], 2, "is not NAME=SIZE"),
        (["params", HEAD, "--at", "=3"], 2, "is not NAME=SIZE"),
        (["params", HEAD, "--at", "h=3,"], 2, "is not NAME=SIZE"),
        (["params", HEAD, "--at", "h=3=4"], 2, "is not NAME=SIZE"),
        (["params", HEAD, "--at", "h="], 2, "is not NAME=SIZE"),
        (["params", HEAD, "--at", "h=3,h=4"], 2, "--at names h twice"),
        (["params", HEAD, "--at", "h=3", "--at", "h=4"], 2, "--at names h twice"),
        (["params"], 2, "Missing argument 'SOURCE'"),
        (["params", HEAD, "--frobnicate"], 2, "No such option"),
        (["layers", "Conv2"], 1, "did you mean Conv2D?"),
    ],
)
def test_refusals(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"Dense(\xff)")
    places = {"folder": tmp_path, "binary": binary}
    done = symparam(*(argument.format(**places) for argument in arguments))
    assert done.returncode == code
    assert done.stdout == b""
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_number_needs_no_sympy() -> None:
    program = (
        "import sys, symparam\n"
        f"net = symparam.parse({CNN!r})\n"
        "net.summary(), net.macs, net.counted('fvcore')\n"
        "assert 'sympy' not in sys.modules and 'rich' not in sys.modules, 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_names_that_a_narrow_terminal_cannot_show() -> None:
    done = symparam("params", "Input(日) -> Dense(3)", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert done.stdout == b"3*\\u65e5 + 3\n"


def test_bytes_that_are_no_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "symparam", "params", b"Dense(\xff)"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("content", [None, b"", b"garbage\nmore garbage", b"folder"])
def test_the_parser_cache_is_no_trap(tmp_path: Path, content: bytes | None) -> None:
    """Absent, empty, broken or in the way: the answer is the same."""
    tables = tmp_path / "symparam" / "parser.json"
    tables.parent.mkdir()
    if content == b"folder":
        tables.mkdir()
    elif content is not None:
        tables.write_bytes(content)
    for _ in range(2):
        done = symparam("params", "Input(4) -> Dense(3)", XDG_CACHE_HOME=str(tmp_path))
        assert (done.stdout, done.stderr, done.returncode) == (b"15\n", b"", 0)


def test_the_parser_cache_is_plain_data_of_this_user_alone(tmp_path: Path) -> None:
    """What others may write, a link and a FIFO are not read; no file can make anything run."""
    tables = tmp_path / "symparam" / "parser.json"

    def answers() -> bool:
        done = symparam("params", "Input(4) -> Dense(3)", XDG_CACHE_HOME=str(tmp_path))
        return (done.stdout, done.stderr, done.returncode) == (b"15\n", b"", 0)

    assert answers()
    kept = json.loads(tables.read_bytes())
    assert tables.stat().st_mode & 0o077 == 0
    kept["data"]["parser"]["parser"]["states"] = {}  # tables that say something else
    tables.write_text(json.dumps(kept))
    tables.chmod(0o666)
    assert answers()
    assert tables.stat().st_mode & 0o077 == 0
    tables.rename(tmp_path / "elsewhere")
    tables.symlink_to(tmp_path / "elsewhere")
    assert answers()
    tables.unlink()
    os.mkfifo(tables)
    assert answers()
    tables.unlink()
    for planted in (b"cos\nsystem\n(S'touch planted'\ntR.", b"[" * 100_000, b'{"made_of": 3}'):
        tables.write_bytes(planted)
        assert answers()


@pytest.mark.parametrize("home", ["relative", "/proc/nowhere", "/dev/null"])
def test_no_place_for_a_cache(tmp_path: Path, home: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "symparam", "params", "Input(4) -> Dense(3)"],
        capture_output=True, check=False, cwd=tmp_path, env={"XDG_CACHE_HOME": home},
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == (b"15\n", b"", 0)
    assert list(tmp_path.iterdir()) == []


def test_version_and_help() -> None:
    from symparam import __version__

    assert output("--version") == f"symparam, version {__version__}\n"
    assert "SOURCE is a network" in output("--help")
    assert "--at" in output("explain", "--help")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell: str) -> None:
    done = symparam(_SYMPARAM_COMPLETE=f"{shell}_source")
    assert done.returncode == 0
    assert b"_SYMPARAM_COMPLETE" in done.stdout


def test_layer_names_are_completed() -> None:
    done = symparam(
        _SYMPARAM_COMPLETE="bash_complete", COMP_WORDS="symparam layers Conv2", COMP_CWORD="2"
    )
    assert done.stdout.decode().split() == ["plain,Conv2D", "plain,Conv2DTranspose"]


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")
def test_on_a_terminal(golden: Callable[[str, str], None]) -> None:
    """What an 80-column terminal shows, bold and colours left out."""
    import pty

    def run(*arguments: str) -> str:
        parent, child = pty.openpty()
        environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}
        process = subprocess.Popen(
            [sys.executable, "-m", "symparam", *arguments],
            stdout=child, stdin=child, stderr=child, env=environment,
        )  # fmt: skip
        os.close(child)
        chunks = []
        while True:
            try:
                chunk = os.read(parent, 65536)
            except OSError:  # the other end has closed
                break
            if not chunk:
                break
            chunks.append(chunk)
        os.close(parent)
        assert process.wait(timeout=60) == 0
        shown = b"".join(chunks).decode().replace("\r\n", "\n")
        return re.sub(r"\x1b\[[0-9;]*m| +$", "", shown, flags=re.MULTILINE)

    shown = "\n".join([run(CNN), run(HEAD), run("explain", HEAD, "--at", "c=1")])
    assert max(map(len, shown.splitlines())) <= 80
    golden("tests/goldens/terminal.txt", shown)
