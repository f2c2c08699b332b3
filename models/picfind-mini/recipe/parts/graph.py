"""Writing an ONNX graph node by node."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from parts.numbers import to_int8

OPSET, IR_VERSION = 17, 8      # what onnxruntime-web reads without its newest release


class Graph:
    """Values are named by strings; every method that adds nodes returns the name of its result.
    With `int8` weights are stored as int8 and DequantizeLinear, which a runtime folds into float32 when it loads."""

    def __init__(self, int8=False):
        self.nodes, self.constants, self.count, self.int8 = [], [], 0, int8

    def fresh(self):
        self.count += 1
        return f't{self.count}'

    def const(self, value, dtype=np.float32):
        name = self.fresh()
        self.constants.append(numpy_helper.from_array(np.array(value, dtype, order='C'), name))
        return name

    def ints(self, value):
        return self.const(value, np.int64)

    def op(self, kind, *inputs, out=None, **attributes):
        out = out or self.fresh()
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def weight(self, w, axis):
        """A matrix or filter bank; as int8 it has one scale for each index of `axis`."""
        if not self.int8:
            return self.const(w)
        q, scale = to_int8(w, axis)
        zero = self.const(np.zeros(scale.size), np.int8)
        return self.op('DequantizeLinear', self.const(q, np.int8), self.const(scale.ravel()), zero, axis=axis)

    def rows(self, table, index):
        """Rows of a table. As int8 they are looked up before they become floats: a runtime must not unfold all of it."""
        if not self.int8:
            return self.op('Gather', self.const(table), index)
        q, scale = to_int8(table, 0)
        picked = self.op('Cast', self.op('Gather', self.const(q, np.int8), index), to=TensorProto.FLOAT)
        return self.op('Mul', picked, self.op('Gather', self.const(scale), index))

    def matmul(self, x, w, axis=1):
        return self.op('MatMul', x, self.weight(np.asarray(w, np.float32), axis))

    def linear(self, x, w, b):
        return self.op('Add', self.matmul(x, w), self.const(b))

    def unit(self, x, length=1.0, out=None):
        """Rows of [N, D] scaled to `length`."""
        norm = self.op('Max', self.op('ReduceL2', x, axes=[1], keepdims=1), self.const(1e-12))
        return self.op('Mul', self.op('Div', x, norm), self.const(length), out=out)

    def model(self, name, inputs, outputs):
        """inputs, outputs: [(name, element type, shape)]"""
        infos = lambda specs: [helper.make_tensor_value_info(*spec) for spec in specs]
        graph = helper.make_graph(self.nodes, name, infos(inputs), infos(outputs), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION,
                                  producer_name='picfind-mini')
        onnx.checker.check_model(model, full_check=True)
        return model
