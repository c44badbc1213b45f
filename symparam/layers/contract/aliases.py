"""Other names for layers, keywords and words: the only place that has them."""

LAYERS = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "BN": "BatchNormalization",
    "BatchNorm": "BatchNormalization",
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "Deconvolution1D": "Conv1DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "InputLayer": "Input",
    "LayerNorm": "LayerNormalization",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "RMSNorm": "RMSNormalization",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}

# What may stand before the dot in a layer's name, and what it means.
NAMESPACES = {
    "keras.layers": "",
    "layers": "",
    "nn": "nn.",
    "tf.keras.layers": "",
    "torch.nn": "nn.",
}

# A keyword alone holds for every layer that has what it stands for.
KEYWORDS = {
    "LeakyReLU.alpha": "negative_slope",
    "bias": "use_bias",
    "dilation": "dilation_rate",
    "stride": "strides",
}

WORDS = {
    "nobias": ("use_bias", False),
}
