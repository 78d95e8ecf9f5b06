"""ONNX files as torch networks that are explained like any other."""

from .network import OnnxNetwork, onnx_network

__all__ = ["OnnxNetwork", "onnx_network"]
