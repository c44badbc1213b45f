"""Measured PyTorch configurations as programs of the language, in numbers and in symbols."""

import json
from typing import Any

from keras_records import Lift, written
from places import DATA

# Arguments that are sizes: each number of theirs can be a symbol instead.
SIZES = {
    *("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups"),
    *("output_padding", "output_size", "size", "scale_factor", "downscale_factor"),
    *("in_features", "in1_features", "in2_features", "out_features", "unflattened_size"),
    *("num_features", "num_groups", "num_channels", "normalized_shape"),
    *("num_embeddings", "embedding_dim", "input_size", "hidden_size", "proj_size"),
    *("embed_dim", "num_heads", "kdim", "vdim", "d_model", "nhead", "dim_feedforward"),
}
RECURRENT = {"RNN", "LSTM", "GRU"}
SEQUENCES = RECURRENT | {
    *("MultiheadAttention", "Transformer", "TransformerEncoderLayer", "TransformerDecoderLayer"),
}
BATCH = 2


class SameLift(Lift):
    """Equal numbers become one symbol."""

    def __call__(self, number: int) -> str:
        known = {size: name for name, size in self.numbers.items()}
        return known.get(number) or super().__call__(number)


def torch_records() -> list[dict[str, Any]]:
    text = (DATA / "torch_layers.json").read_text(encoding="utf-8")
    records: list[dict[str, Any]] = json.loads(text)["records"]
    return records


def label(record: dict[str, Any]) -> str:
    """A readable test id."""
    arguments = ",".join(f"{k}={v}" for k, v in record["kwargs"].items())
    return f"{record['module']}({arguments}) on {record['input_shapes']}".replace(" ", "")


def batch_axis(record: dict[str, Any]) -> int | None:
    """Where the batch stands in the inputs; the first axis where it is not known to be elsewhere."""
    if record["module"] in SEQUENCES and record.get("note") != "unbatched":
        return 0 if record["kwargs"].get("batch_first") else 1
    return 0 if record["input_shapes"][0][0] == BATCH else None


def without(axis: int | None, shape: list[Any]) -> list[Any]:
    """A shape, or nested shapes, without the batch axis."""
    if shape and isinstance(shape[0], list):
        return [without(axis, entry) for entry in shape]
    if axis is None:
        return shape
    assert shape[axis] == BATCH
    return [*shape[:axis], *shape[axis + 1 :]]


def output_shape(record: dict[str, Any]) -> list[Any]:
    """What leaves; states keep the batch in the middle, attention weights in front."""
    axis, shape = batch_axis(record), record["output_shape"]
    if axis is not None and record["module"] in RECURRENT:
        return [without(axis, shape[0]), without(1, shape[1])]
    if axis is not None and record["module"] == "MultiheadAttention":
        return [without(axis, shape[0]), without(0, shape[1])]
    return without(axis, shape)


def program(record: dict[str, Any], lift: Lift | None = None) -> str:
    """The record as a chain of its inputs and its module."""
    arguments = [
        f"{name}={written(value, lift if name in SIZES else None)}"
        for name, value in record["kwargs"].items()
    ]
    axis = batch_axis(record)
    inputs = [f"Input({written(without(axis, s), lift)})" for s in record["input_shapes"]]
    start = inputs[0] if len(inputs) == 1 else f"({', '.join(inputs)})"
    return f"{start} -> nn.{record['module']}({', '.join(arguments)})"
