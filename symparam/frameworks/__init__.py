"""Real frameworks compared with symparam; nothing here is imported by ``import symparam``."""
