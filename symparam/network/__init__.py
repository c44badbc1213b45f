"""What users hold: a network, its counts and everything that it prints."""

from symparam.network.network import Network as Network
from symparam.network.network import load as load
from symparam.network.network import parse as parse
