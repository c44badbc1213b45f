"""The judge: random networks, given to real Keras and to symparam."""
