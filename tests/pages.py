"""Networks and whole documents for the tests of the formats; one has names that mean harm."""

from symparam.network import Network, parse

CNN = "Input(8, 8, 1) -> Conv2D(32, 3x2) -> ReLU -> MaxPooling2D(2x2) -> Flatten -> Dense(10)"
BLOCK = """# A block with repeats
# Two layers and a shared head.
where d_model = "model width", L = "layers", V = "vocabulary"
emb = Embedding(V, d_model)
Input(s) -> emb -> (_ + (BN -> Dense(d_model))) * (L - 1) -> emb.T
config small: V=50257, d_model=768, L=12, s=1024
config large: V=50257, d_model=1280, L=36, s=1024
"""

MARK = "document.title='hit'"
HARMFUL = f"</title></style><script>{MARK}</script><img src=x onerror={MARK}>"
STEERING = "a|b `c` $d$ *e* _f_ [g](h) \\ <i> & ~~j~~ https://k.l www.m.n o@p.q \x1b[1m\u202e"
HOSTILE = f"""# {HARMFUL}
# - {STEERING}
where größe = "{HARMFUL}", α = "{STEERING}", d = "{{}}" as "\\mathbf{{D}}_{{\\text{{a b}}}}"
Input(größe, α) -> Dense(d) -> Dense(x_hat) -> Dense(sigma_1) -> Dense(vocab_size)
  -> Dense(n1) -> Dense(n_1) -> Dense(w[q_prime]**2)
config "{HARMFUL}": größe=3, α=5, d=3, x_hat=2, sigma_1=2, vocab_size=3, n1=2, n_1=3, w=[2, 3], q_prime=1
config "{STEERING}": größe=3, α=5, d=3, x_hat=2, sigma_1=2, vocab_size=3, n1=2, n_1=3, w=[2, 3], q_prime=1
"""


def parts(net: Network, form: str) -> dict[str, str]:
    """All parts of a network in a format, by name."""
    wanted = ["total", "table", "derivation"]
    wanted += ["glossary"] if net.glossary else []
    wanted += ["configs"] if net.configs else []
    return {part: getattr(net, form)(part) for part in wanted}


def document(net: Network, form: str) -> str:
    """A whole file."""
    written: str = getattr(net, form)("document")
    return written


def hostile() -> Network:
    return parse(HOSTILE)
