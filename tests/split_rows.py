"""Tensors that Split cuts: the shape, the sections, and the axis, counted without the batch."""

ROWS: list[tuple[tuple[int, ...], int | tuple[int, ...], int]] = [
    ((6,), 3, -1),
    ((5, 12), 3, -1),
    ((5, 12), 1, -1),
    ((4, 12), 2, 1),
    ((4, 6, 8), 2, 2),
    ((4, 6, 8), 4, -3),
    ((5, 12), (4, 8), -1),
    ((5, 12), (1, 2, 9), -1),
    ((5, 12), (2, 3), 1),
    ((5, 12), (3, -1), -1),
    ((5, 12), (-1, 3, 4), -1),
    ((6, 6, 6), (5, -1), 3),
]
