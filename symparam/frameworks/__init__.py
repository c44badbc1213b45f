"""Real frameworks held beside symparam; nothing here is imported by ``import symparam``."""
