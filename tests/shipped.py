"""The networks of the zoo, each read once."""

from functools import cache

import symparam
from symparam.network import Network


@cache
def zoo_network(name: str) -> Network:
    return symparam.load(f"zoo:{name}")
