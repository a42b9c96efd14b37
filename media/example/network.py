"""A small convolutional network in plain NumPy: forward, backward by hand, and the optimiser."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Conv:
    """A convolution (and ReLU, unless `relu` is off), computed as one matrix product over patches ("im2col").

    Takes (N, H, W, inputs), gives (N, H / stride, W / stride, outputs). Its weights are a matrix with a row
    for each value of a patch, and a last row for the bias.
    """

    def __init__(self, inputs, outputs, size=3, stride=1, relu=True):
        self.inputs, self.outputs, self.size, self.stride, self.relu = inputs, outputs, size, stride, relu
        self.rows = size * size * inputs + 1
        self.weights = self.gradient = None  # (rows, outputs) each: views that the network hands out

    def forward(self, x):
        edge = self.size // 2
        padded = np.pad(x, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
        windows = sliding_window_view(padded, (self.size, self.size), axis=(1, 2))
        windows = windows[:, :: self.stride, :: self.stride].transpose(0, 1, 2, 4, 5, 3)
        self.padded_shape, self.windows_shape = padded.shape, windows.shape
        self.patches = windows.reshape(-1, self.rows - 1)
        self.out = self.patches @ self.weights[:-1] + self.weights[-1]
        if self.relu:
            np.maximum(self.out, 0, out=self.out)
        return self.out.reshape(windows.shape[:3] + (self.outputs,))

    def backward(self, slope):
        """The loss's slope by the input, from that by the output. That by the weights goes to `gradient`."""
        slope = slope.reshape(self.out.shape)
        if self.relu:
            slope = slope * (self.out > 0)
        self.gradient[:-1] = self.patches.T @ slope
        self.gradient[-1] = slope.sum(axis=0)

        windows = (slope @ self.weights[:-1].T).reshape(self.windows_shape)
        padded = np.zeros(self.padded_shape, slope.dtype)
        height, width = self.windows_shape[1:3]
        for i in range(self.size):
            for j in range(self.size):
                rows = slice(i, i + self.stride * height, self.stride)
                columns = slice(j, j + self.stride * width, self.stride)
                padded[:, rows, columns] += windows[:, :, :, i, j]
        edge = self.size // 2
        return padded[:, edge : padded.shape[1] - edge, edge : padded.shape[2] - edge]


class Network:
    """Convolutions in a row. All weights live in one flat vector, and so does their gradient."""

    def __init__(self, layers, rng, dtype=np.float32):
        self.layers = layers
        ends = np.cumsum([layer.rows * layer.outputs for layer in layers])
        self.weights, self.gradient = np.zeros(ends[-1], dtype), np.zeros(ends[-1], dtype)
        for layer, weights, gradient in zip(
            layers, np.split(self.weights, ends[:-1]), np.split(self.gradient, ends[:-1])
        ):
            layer.weights = weights.reshape(layer.rows, layer.outputs)
            layer.gradient = gradient.reshape(layer.rows, layer.outputs)
            spread = math.sqrt(2 / layer.rows)  # He et al. 2015: keeps the signal's size from layer to layer
            layer.weights[:-1] = rng.normal(0, spread, (layer.rows - 1, layer.outputs))

    def forward(self, pictures):
        """Pictures (N, size, size, 3) of 0..255 to the last layer's output."""
        x = pictures.astype(self.weights.dtype) / 128 - 1
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, slope):
        """Fills `gradient` from the loss's slope by the last forward's output."""
        for layer in reversed(self.layers):
            slope = layer.backward(slope)


class Adam:
    """Kingma and Ba 2015: steps of about the learning rate, against the running mean of the gradient."""

    def __init__(self, weights):
        self.steps, self.mean, self.square = 0, np.zeros_like(weights), np.zeros_like(weights)

    def step(self, weights, gradient, rate, keep_mean=0.9, keep_square=0.999):
        """Changes `weights` in place."""
        self.steps += 1
        self.mean += (1 - keep_mean) * (gradient - self.mean)
        self.square += (1 - keep_square) * (gradient**2 - self.square)
        mean = self.mean / (1 - keep_mean**self.steps)  # both started at 0: make up for it
        square = self.square / (1 - keep_square**self.steps)
        weights -= rate * mean / (np.sqrt(square) + 1e-8)
