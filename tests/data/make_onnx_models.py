#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the models of tests/data/onnx, an input for each and the output that onnxruntime computes.

    python3 -m venv venv && venv/bin/pip install onnx onnxruntime numpy torch==2.6.0
    venv/bin/python tests/data/make_onnx_models.py [FOLDER]

The same versions of these packages give the same files. Without torch the models called torch_* are left out.
"""
import io
import pathlib
import sys
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "onnx")
IR_OF_OPSET = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9}


def generator(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def inputs_for(name, shapes):
    rng = generator(name + " input")
    return [rng.uniform(-2, 2, shape).astype(np.float32) for shape in shapes]


def save(name, model, inputs):
    """Writes the model, the inputs and what onnxruntime makes of them, which it returns."""
    data = model.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    feeds = {each.name: value for each, value in zip(session.get_inputs(), inputs, strict=True)}
    outputs = session.run(None, feeds)
    (FOLDER / f"{name}.onnx").write_bytes(data)
    for what, arrays in (("input", inputs), ("output", outputs)):
        for i, array in enumerate(arrays):
            number = "" if len(arrays) == 1 else str(i)
            np.save(FOLDER / f"{name}.{what}{number}.npy", array)
    return outputs


def build(name, nodes, shapes, opset, constants, outputs, symbolic=False):
    names = ["x"] if len(shapes) == 1 else [f"x{i}" for i in range(len(shapes))]
    initializers = [numpy_helper.from_array(np.asarray(value, order="C"), key) for key, value in constants.items()]
    inputs = [
        helper.make_tensor_value_info(key, TensorProto.FLOAT, ["batch", *shape[1:]] if symbolic else shape)
        for key, shape in zip(names, shapes)
    ]
    if IR_OF_OPSET[opset] < 4:  # initializers had to be inputs
        for each in initializers:
            inputs.append(helper.make_tensor_value_info(each.name, each.data_type, each.dims))
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_OF_OPSET[opset],
                             producer_name="koi tests")


def case(name, nodes, shapes, opset, constants=None, outputs=("y",), symbolic=False):
    """One model of nodes [(op, inputs, outputs, attributes), ...]."""
    made = [helper.make_node(op, ins, outs, name=f"{op.lower()}_{i}", **attributes)
            for i, (op, ins, outs, attributes) in enumerate(nodes)]
    inputs = inputs_for(name, shapes)
    unknown = [onnx.ValueInfoProto(name=each) for each in outputs]
    found = save(name, build(name, made, shapes, opset, constants or {}, unknown), inputs)
    known = [helper.make_tensor_value_info(each, helper.np_dtype_to_tensor_dtype(array.dtype),
                                           ["batch", *array.shape[1:]] if symbolic else array.shape)
             for each, array in zip(outputs, found)]
    model = build(name, made, shapes, opset, constants or {}, known, symbolic)
    onnx.checker.check_model(model)
    save(name, model, inputs)


def single(name, op, shape, opset, constants=(), outputs=("y",), **attributes):
    """One operator on x and constants c0, c1, ..."""
    named = {f"c{i}": value for i, value in enumerate(constants) if value is not None}
    inputs = ["x"] + [f"c{i}" if value is not None else "" for i, value in enumerate(constants)]
    case(name, [(op, inputs, list(outputs), attributes)], [shape], opset, named, outputs)


def f32(rng, *shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def i64(*values):
    return np.array(values, dtype=np.int64)


def scalar(value):
    return np.array(value, dtype=np.float32)


def batch_norm(rng, channels):
    return [rng.uniform(0.5, 1.5, channels).astype(np.float32), f32(rng, channels, scale=0.2),
            f32(rng, channels, scale=0.2), rng.uniform(0.5, 1.5, channels).astype(np.float32)]


def elementwise():
    rng = generator("elementwise")
    row = f32(rng, 4)
    single("add_7", "Add", [2, 3, 4], 7, [row])
    single("add_13", "Add", [2, 3, 4], 13, [f32(rng, 3, 1)])
    single("sub_7", "Sub", [2, 5], 7, [scalar(0.75)])
    single("sub_14", "Sub", [2, 5], 14, [f32(rng, 1, 5)])
    single("mul_7", "Mul", [2, 3, 4], 7, [row])
    single("mul_13", "Mul", [2, 3, 2, 2], 13, [f32(rng, 3, 1, 1)])
    single("div_7", "Div", [2, 5], 7, [scalar(3.0)])
    single("div_14", "Div", [2, 5], 14, [rng.uniform(0.5, 2, 5).astype(np.float32)])
    case("sub_constant_first", [("Sub", ["c", "x"], ["y"], {})], [[2, 5]], 13, {"c": row[:1]})
    case("add_two_inputs", [("Add", ["x0", "x1"], ["y"], {})], [[2, 3], [2, 3]], 13)
    case("mul_two_inputs", [("Mul", ["x0", "x1"], ["y"], {})], [[2, 3], [2, 3]], 13)
    case("square", [("Mul", ["x", "x"], ["y"], {})], [[2, 3]], 13)
    single("neg_13", "Neg", [2, 5], 13)
    single("relu_7", "Relu", [2, 8], 7)
    single("relu_14", "Relu", [2, 8], 14)
    single("leaky_relu_7", "LeakyRelu", [2, 8], 7, alpha=0.1)
    single("leaky_relu_16", "LeakyRelu", [2, 8], 16)
    single("clip_7", "Clip", [2, 8], 7, min=-0.5, max=1.0)
    single("clip_10_no_max", "Clip", [2, 8], 10, min=0.0)
    single("clip_11", "Clip", [2, 8], 11, [scalar(0.0), scalar(1.5)])
    single("clip_13_no_min", "Clip", [2, 8], 13, [None, scalar(1.0)])
    single("tanh_7", "Tanh", [2, 8], 7)
    single("tanh_13", "Tanh", [2, 8], 13)
    single("sigmoid_7", "Sigmoid", [2, 8], 7)
    single("sigmoid_13", "Sigmoid", [2, 8], 13)
    single("softmax_7", "Softmax", [2, 8], 7)
    single("softmax_11_axis", "Softmax", [2, 3, 4], 11, axis=2)
    single("softmax_13", "Softmax", [2, 8], 13)
    single("softmax_13_axis", "Softmax", [2, 3, 4], 13, axis=1)
    single("dropout_7", "Dropout", [2, 8], 7, ratio=0.5)
    single("dropout_12", "Dropout", [2, 8], 12, [scalar(0.5)])
    single("identity_7", "Identity", [2, 8], 7)
    single("identity_16", "Identity", [2, 8], 16)
    value = numpy_helper.from_array(row, "v")
    case("constant_9", [("Constant", [], ["c"], {"value": value}), ("Add", ["x", "c"], ["y"], {})], [[2, 4]], 9)
    case("constant_13_float", [("Constant", [], ["c"], {"value_float": 0.25}), ("Mul", ["x", "c"], ["y"], {})], [[2, 4]], 13)
    case("constant_13_floats", [("Constant", [], ["c"], {"value_floats": [0.5, -1.0, 2.0, 0.125]}),
                                ("Mul", ["x", "c"], ["y"], {})], [[2, 4]], 13)
    half = numpy_helper.from_array(row.astype(np.float16), "h")
    case("constant_13_half", [("Constant", [], ["h"], {"value": half}), ("Cast", ["h"], ["c"], {"to": TensorProto.FLOAT}),
                              ("Add", ["x", "c"], ["y"], {})], [[2, 4]], 13)


def products():
    rng = generator("products")
    w, b = f32(rng, 6, 4, scale=0.4), f32(rng, 4)
    single("gemm_7", "Gemm", [2, 6], 7, [w, b])
    single("gemm_9_trans_b", "Gemm", [2, 6], 9, [np.ascontiguousarray(w.T), b], transB=1)
    single("gemm_11_scaled", "Gemm", [2, 6], 11, [w, f32(rng, 2, 4)], alpha=0.5, beta=2.0)
    single("gemm_13_trans_a", "Gemm", [6, 2], 13, [w, b], transA=1)
    single("gemm_13_no_c", "Gemm", [2, 6], 13, [w])
    single("matmul_7", "MatMul", [2, 6], 7, [w])
    single("matmul_9_batched", "MatMul", [2, 3, 6], 9, [w])
    single("matmul_13_batched_both", "MatMul", [2, 3, 6], 13, [f32(rng, 2, 6, 4, scale=0.4)])
    single("matmul_13_broadcast", "MatMul", [2, 1, 3, 6], 13, [f32(rng, 2, 6, 4, scale=0.4)])
    case("matmul_constant_first", [("MatMul", ["c", "x"], ["y"], {})], [[6, 2]], 13, {"c": np.ascontiguousarray(w.T)})
    case("matmul_two_inputs", [("MatMul", ["x0", "x1"], ["y"], {})], [[2, 3, 4], [2, 4, 2]], 13)
    norm = batch_norm(rng, 3)
    single("batch_norm_7", "BatchNormalization", [2, 3, 4, 4], 7, norm)
    single("batch_norm_9_epsilon", "BatchNormalization", [2, 3, 4], 9, norm, epsilon=0.01)
    single("batch_norm_15", "BatchNormalization", [2, 3], 15, norm)


def shapes():
    rng = generator("shapes")
    image, table = [2, 2, 4, 5], [2, 3, 4]
    single("pad_7", "Pad", image, 7, pads=[0, 0, 1, 2, 0, 0, 2, 1], value=0.5)
    single("pad_11", "Pad", image, 11, [i64(0, 0, 1, 2, 0, 0, 2, 1), scalar(0.5)])
    single("pad_13_no_value", "Pad", image, 13, [i64(0, 0, 1, 1, 0, 0, 1, 1)])
    single("pad_18_axes", "Pad", image, 18, [i64(1, 2, 0, 1), None, i64(2, -1)])
    single("reshape_7_zero", "Reshape", table, 7, [i64(0, -1)])
    single("reshape_13", "Reshape", table, 13, [i64(2, 2, -1, 2)])
    single("reshape_14_flat", "Reshape", table, 14, [i64(-1)])
    single("flatten_7", "Flatten", image, 7)
    single("flatten_9_axis0", "Flatten", table, 9, axis=0)
    single("flatten_13_axis2", "Flatten", image, 13, axis=2)
    single("flatten_13_negative", "Flatten", image, 13, axis=-1)
    single("transpose_7", "Transpose", table, 7)
    single("transpose_13", "Transpose", image, 13, perm=[0, 2, 3, 1])
    single("squeeze_7", "Squeeze", [2, 1, 3, 1], 7, axes=[1, 3])
    single("squeeze_11_all", "Squeeze", [2, 1, 3, 1], 11)
    single("squeeze_13", "Squeeze", [2, 1, 3, 1], 13, [i64(-1)])
    single("unsqueeze_7", "Unsqueeze", [2, 3], 7, axes=[0, 3])
    single("unsqueeze_13", "Unsqueeze", [2, 3], 13, [i64(-1, 1)])
    case("concat_7", [("Concat", ["x0", "x1"], ["y"], {"axis": 1})], [[2, 3, 2], [2, 1, 2]], 7)
    case("concat_13_constant", [("Concat", ["x", "c", "x"], ["y"], {"axis": -1})], [[2, 3]], 13, {"c": f32(rng, 2, 2)})
    single("space_to_depth_7", "SpaceToDepth", [2, 3, 4, 6], 7, blocksize=2)
    single("space_to_depth_13", "SpaceToDepth", [1, 2, 6, 3], 13, blocksize=3)
    single("depth_to_space_7", "DepthToSpace", [2, 8, 2, 3], 7, blocksize=2)
    single("depth_to_space_11_dcr", "DepthToSpace", [2, 18, 1, 2], 11, blocksize=3, mode="DCR")
    single("depth_to_space_13_crd", "DepthToSpace", [2, 8, 2, 3], 13, blocksize=2, mode="CRD")
    single("split_7", "Split", [2, 6], 7, outputs=("y0", "y1", "y2"), axis=1)
    single("split_11_uneven", "Split", [2, 6], 11, outputs=("y0", "y1"), axis=-1, split=[4, 2])
    single("split_13_uneven", "Split", [2, 6], 13, [i64(1, 2, 3)], outputs=("y0", "y1", "y2"), axis=1)
    single("split_18_count", "Split", [2, 7], 18, outputs=("y0", "y1", "y2"), axis=1, num_outputs=3)
    single("slice_9", "Slice", [2, 3, 6], 9, axes=[1, 2], starts=[1, -4], ends=[3, -1])
    single("slice_9_no_axes", "Slice", [2, 3, 6], 9, starts=[0, 1], ends=[2, 1000])
    single("slice_10", "Slice", [2, 3, 6], 10, [i64(1, -4), i64(3, -1), i64(1, 2)])
    single("slice_13_steps", "Slice", [2, 3, 6], 13, [i64(0, 0), i64(3, 2**63 - 1), i64(1, -1), i64(2, 2)])
    single("slice_13_backwards", "Slice", [2, 3, 6], 13, [i64(-1), i64(-2**63), i64(2), i64(-2)])
    single("gather_7", "Gather", [2, 5], 7, [i64(3, 0, 3)], axis=1)
    single("gather_13_scalar", "Gather", table, 13, [np.array(-1, dtype=np.int64)], axis=1)
    single("gather_13_matrix", "Gather", table, 13, [i64(0, 2, 1, 1).reshape(2, 2)], axis=2)
    single("reduce_mean_7", "ReduceMean", image, 7, axes=[2, 3])
    single("reduce_mean_13_flat", "ReduceMean", image, 13, axes=[-1], keepdims=0)
    single("reduce_mean_18", "ReduceMean", image, 18, [i64(2, 3)], keepdims=0)
    single("reduce_sum_11", "ReduceSum", table, 11, axes=[1], keepdims=0)
    single("reduce_sum_13", "ReduceSum", table, 13, [i64(-1)])
    single("reduce_sum_13_all", "ReduceSum", table, 13, keepdims=0)


def windows():
    rng = generator("windows")
    image = [2, 3, 7, 6]
    single("global_average_pool", "GlobalAveragePool", image, 7)
    single("average_pool_7", "AveragePool", image, 7, kernel_shape=[2, 2], strides=[2, 2])
    single("average_pool_10_pads", "AveragePool", image, 10, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    single("average_pool_11_include", "AveragePool", image, 11, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[1, 2],
           count_include_pad=1)
    single("average_pool_19_same", "AveragePool", image, 19, kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    single("average_pool_ceil", "AveragePool", image, 11, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    single("max_pool_7", "MaxPool", image, 7, kernel_shape=[2, 2], strides=[2, 2])
    single("max_pool_8_pads", "MaxPool", image, 8, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    single("max_pool_10_dilations", "MaxPool", image, 10, kernel_shape=[2, 2], dilations=[2, 3])
    single("max_pool_12_overlap", "MaxPool", image, 12, kernel_shape=[3, 2], strides=[1, 1])
    single("max_pool_ceil", "MaxPool", image, 11, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    w, b = f32(rng, 4, 3, 3, 3, scale=0.3), f32(rng, 4)
    single("conv_7", "Conv", image, 7, [w, b])
    single("conv_11_pads_strides", "Conv", image, 11, [w, b], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2])
    single("conv_11_uneven_pads", "Conv", image, 11, [w], kernel_shape=[3, 3], pads=[0, 1, 2, 0], strides=[1, 2])
    single("conv_11_dilations", "Conv", image, 11, [w, b], dilations=[2, 1])
    single("conv_1x1", "Conv", image, 13, [f32(rng, 5, 3, 1, 1)])
    single("conv_groups", "Conv", [2, 4, 5, 5], 11, [f32(rng, 6, 2, 3, 3, scale=0.3), f32(rng, 6)], group=2)
    single("conv_depthwise", "Conv", [2, 4, 5, 5], 11, [f32(rng, 4, 1, 3, 3), f32(rng, 4)], group=4, pads=[1, 1, 1, 1])
    single("conv_same_upper", "Conv", image, 11, [w, b], auto_pad="SAME_UPPER", strides=[2, 2])
    single("conv_same_lower", "Conv", image, 11, [f32(rng, 2, 3, 2, 2)], auto_pad="SAME_LOWER")
    single("conv_valid", "Conv", image, 11, [w, b], auto_pad="VALID")
    single("conv_1d", "Conv", [2, 3, 8], 11, [f32(rng, 2, 3, 3), f32(rng, 2)], pads=[1, 1])


def functions():
    """Functions of each element, reductions by comparison, and operators on two computed values."""
    rng = generator("functions")

    def of_positive(name, op, opset):
        half = numpy_helper.from_array(scalar(0.5), "half")
        case(name, [("Constant", [], ["half"], {"value": half}), ("Mul", ["x", "x"], ["s"], {}), ("Add", ["s", "half"], ["p"], {}),
                    (op, ["x", "p"] if op == "Div" else ["p"], ["y"], {})], [[2, 8]], opset)

    for name, op in (("log_13", "Log"), ("sqrt_13", "Sqrt"), ("reciprocal_13", "Reciprocal"), ("div_13_two_values", "Div")):
        of_positive(name, op, 13)
    single("abs_13", "Abs", [2, 8], 13)
    single("exp_13", "Exp", [2, 8], 13)
    single("erf_13", "Erf", [2, 8], 13)
    single("gelu_20", "Gelu", [2, 8], 20)
    single("gelu_20_tanh", "Gelu", [2, 8], 20, approximate="tanh")
    single("clip_13_no_max", "Clip", [2, 8], 13, [scalar(-0.75)])
    single("log_softmax_13", "LogSoftmax", [2, 8], 13)
    single("log_softmax_11_axis", "LogSoftmax", [2, 3, 4], 11, axis=1)
    single("reduce_max_13", "ReduceMax", [2, 3, 4], 13, axes=[1], keepdims=0)
    single("reduce_min_18", "ReduceMin", [2, 3, 4], 18, [i64(2, 1)])
    single("arg_max_7", "ArgMax", [2, 3, 4], 7, axis=1)
    single("arg_max_12_flat", "ArgMax", [2, 7], 12, axis=-1, keepdims=0, select_last_index=0)
    single("arg_min_13", "ArgMin", [2, 3, 4], 13, axis=2, keepdims=0)
    single("arg_min_13_first_axis", "ArgMin", [5, 3], 13)
    case("arg_max_13_equal", [("Relu", ["x"], ["r"], {}), ("Neg", ["r"], ["n"], {}),
                              ("ArgMax", ["n"], ["i"], {"axis": 1, "keepdims": 0}), ("Cast", ["i"], ["y"], {"to": TensorProto.FLOAT})],
         [[4, 6]], 13, symbolic=True)
    single("global_max_pool", "GlobalMaxPool", [2, 3, 5, 4], 7)
    single("max_pool_1d", "MaxPool", [2, 3, 8], 12, kernel_shape=[3], strides=[2], pads=[1, 1])
    single("average_pool_1d", "AveragePool", [2, 3, 8], 11, kernel_shape=[2], strides=[2])
    single("pad_11_crop", "Pad", [2, 3, 5], 11, [i64(0, 0, -1, 0, 1, -2), scalar(0.25)])
    case("sum_8", [("Sum", ["x", "c", "x"], ["y"], {})], [[2, 3]], 8, {"c": f32(rng, 3)})
    case("gemm_13_two_inputs", [("Gemm", ["x0", "x1", "c"], ["y"], {"transB": 1, "alpha": 0.5, "beta": 2.0})],
         [[2, 3], [4, 3]], 13, {"c": f32(rng, 4)})
    case("matmul_13_vector", [("MatMul", ["x", "c"], ["y"], {})], [[2, 3]], 13, {"c": f32(rng, 3)})
    case("matmul_13_vector_first", [("MatMul", ["c", "x"], ["y"], {})], [[2, 3]], 13, {"c": f32(rng, 2)})
    case("cast_13_constant", [("Constant", [], ["i"], {"value_int": 3}), ("Cast", ["i"], ["c"], {"to": TensorProto.FLOAT}),
                              ("Div", ["x", "c"], ["y"], {})], [[2, 3]], 13)
    case("shape_15_reshape", [("Shape", ["x"], ["s"], {"end": 1}), ("Shape", ["x"], ["t"], {"start": 1}),
                              ("Gather", ["t", "one"], ["last"], {}), ("Concat", ["s", "rest", "last"], ["to"], {"axis": 0}),
                              ("Reshape", ["x", "to"], ["y"], {})], [[2, 3, 4]], 15, {"one": i64(1), "rest": i64(-1)}, symbolic=True)
    case("slice_13_all_samples", [("Slice", ["x", "from", "to", "axes"], ["y"], {})], [[2, 3, 4]], 13,
         {"from": i64(0, 1), "to": i64(2**63 - 1, 3), "axes": i64(0, 1)}, symbolic=True)


def networks():
    """Networks as a hand would write them; batch is symbolic in some."""
    rng = generator("networks")
    c = {"w0": f32(rng, 12, 16, scale=0.3), "b0": f32(rng, 16, scale=0.3), "w1": f32(rng, 16, 8, scale=0.3),
         "b1": f32(rng, 8, scale=0.3), "w2": f32(rng, 8, 4, scale=0.3), "b2": f32(rng, 4, scale=0.3)}
    case("mlp_gemm_relu", [("Gemm", ["x", "w0", "b0"], ["h0"], {}), ("Relu", ["h0"], ["h1"], {}),
                           ("Gemm", ["h1", "w1", "b1"], ["h2"], {}), ("Relu", ["h2"], ["h3"], {}),
                           ("Gemm", ["h3", "w2", "b2"], ["y"], {})], [[2, 12]], 13, c, symbolic=True)
    case("mlp_matmul_smooth", [("MatMul", ["x", "w0"], ["m0"], {}), ("Add", ["m0", "b0"], ["a0"], {}),
                               ("Sigmoid", ["a0"], ["h0"], {}), ("MatMul", ["h0", "w1"], ["m1"], {}),
                               ("Add", ["b1", "m1"], ["a1"], {}), ("Tanh", ["a1"], ["h1"], {}),
                               ("MatMul", ["h1", "w2"], ["m2"], {}), ("Add", ["m2", "b2"], ["a2"], {}),
                               ("Softmax", ["a2"], ["y"], {"axis": 1})], [[2, 12]], 9, c, symbolic=True)

    c = {"w0": f32(rng, 4, 1, 5, 5, scale=0.2), "b0": f32(rng, 4, scale=0.1), "w1": f32(rng, 8, 4, 3, 3, scale=0.2),
         "b1": f32(rng, 8, scale=0.1), "w2": f32(rng, 32, 16, scale=0.2), "b2": f32(rng, 16, scale=0.1),
         "w3": f32(rng, 16, 10, scale=0.3), "b3": f32(rng, 10, scale=0.1)}
    for i, channels in enumerate((4, 8)):
        c |= dict(zip((f"s{i}", f"o{i}", f"m{i}", f"v{i}"), batch_norm(rng, channels)))
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    case("lenet", [("Conv", ["x", "w0", "b0"], ["c0"], {"kernel_shape": [5, 5]}),
                   ("BatchNormalization", ["c0", "s0", "o0", "m0", "v0"], ["n0"], {}), ("Relu", ["n0"], ["r0"], {}),
                   ("MaxPool", ["r0"], ["p0"], pool), ("Conv", ["p0", "w1", "b1"], ["c1"], {"kernel_shape": [3, 3]}),
                   ("BatchNormalization", ["c1", "s1", "o1", "m1", "v1"], ["n1"], {}), ("Relu", ["n1"], ["r1"], {}),
                   ("MaxPool", ["r1"], ["p1"], pool), ("Flatten", ["p1"], ["f"], {}),
                   ("Gemm", ["f", "w2", "b2"], ["g0"], {}), ("Relu", ["g0"], ["g1"], {}),
                   ("Gemm", ["g1", "w3", "b3"], ["y"], {})], [[2, 1, 16, 16]], 11, c, symbolic=True)

    c = {"w0": f32(rng, 4, 3, 3, 3, scale=0.2), "w1": f32(rng, 4, 4, 3, 3, scale=0.2), "w2": f32(rng, 4, 4, 3, 3, scale=0.2),
         "w3": f32(rng, 4, 3), "b3": f32(rng, 3), "shape": i64(0, -1)}
    for i in range(3):
        c |= dict(zip((f"s{i}", f"o{i}", f"m{i}", f"v{i}"), batch_norm(rng, 4)))
    same = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    case("residual", [("Conv", ["x", "w0"], ["c0"], same), ("BatchNormalization", ["c0", "s0", "o0", "m0", "v0"], ["n0"], {}),
                      ("Relu", ["n0"], ["r0"], {}), ("Conv", ["r0", "w1"], ["c1"], same),
                      ("BatchNormalization", ["c1", "s1", "o1", "m1", "v1"], ["n1"], {}), ("Relu", ["n1"], ["r1"], {}),
                      ("Conv", ["r1", "w2"], ["c2"], same),
                      ("BatchNormalization", ["c2", "s2", "o2", "m2", "v2"], ["n2"], {}),
                      ("Add", ["n2", "r0"], ["sum"], {}), ("Relu", ["sum"], ["r2"], {}),
                      ("GlobalAveragePool", ["r2"], ["g"], {}), ("Reshape", ["g", "shape"], ["f"], {}),
                      ("Gemm", ["f", "w3", "b3"], ["y"], {})], [[2, 3, 8, 8]], 13, c, symbolic=True)

    c = {"w0": f32(rng, 6, 3, 3, 3, scale=0.3), "b0": f32(rng, 6), "w1": f32(rng, 6, 1, 3, 3, scale=0.4), "b1": f32(rng, 6),
         "w2": f32(rng, 8, 6, 1, 1, scale=0.4), "b2": f32(rng, 8), "w3": f32(rng, 5, 8), "b3": f32(rng, 5),
         "low": scalar(0), "high": scalar(6)}
    case("separable", [("Conv", ["x", "w0", "b0"], ["c0"], {**same, "strides": [2, 2]}),
                       ("Clip", ["c0", "low", "high"], ["r0"], {}), ("Conv", ["r0", "w1", "b1"], ["c1"], {**same, "group": 6}),
                       ("Clip", ["c1", "low", "high"], ["r1"], {}), ("Conv", ["r1", "w2", "b2"], ["c2"], {}),
                       ("Clip", ["c2", "low", "high"], ["r2"], {}),
                       ("AveragePool", ["r2"], ["p"], {"kernel_shape": [4, 4]}), ("Flatten", ["p"], ["f"], {}),
                       ("Gemm", ["f", "w3", "b3"], ["y"], {"transB": 1})], [[2, 3, 8, 8]], 12, c)


    # A dilated convolution as TensorFlow writes it, between SpaceToBatchND and BatchToSpaceND: samples become channels.
    case("space_to_batch", [("Transpose", ["x"], ["t0"], {"perm": [3, 0, 1, 2]}), ("SpaceToDepth", ["t0"], ["d"], {"blocksize": 2}),
                            ("Transpose", ["d"], ["t1"], {"perm": [1, 0, 2, 3]}), ("Conv", ["t1", "w"], ["c"], {}),
                            ("Transpose", ["c"], ["t2"], {"perm": [1, 0, 2, 3]}), ("DepthToSpace", ["t2"], ["s"], {"blocksize": 2}),
                            ("Transpose", ["s"], ["y"], {"perm": [1, 2, 3, 0]})], [[2, 8, 8, 2]], 13,
         {"w": f32(rng, 3, 2, 3, 3, scale=0.3)}, symbolic=True)


def torch_networks():
    import torch
    from torch import nn

    class residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
            self.block = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                                       nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4))
            self.last = nn.Linear(4, 3)

        def forward(self, x):
            x = self.first(x)
            x = torch.relu(x + self.block(x))
            return self.last(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))

    class viewed(nn.Module):
        """Its view() makes exporters write Shape, Gather, Unsqueeze, Concat and Reshape."""

        def __init__(self):
            super().__init__()
            self.conv, self.last = nn.Conv2d(1, 2, 3), nn.Linear(2 * 3 * 3, 4)

        def forward(self, x):
            x = nn.functional.max_pool2d(torch.relu(self.conv(x)), 2)
            return torch.softmax(self.last(x.view(x.size(0), -1)), 1)

    def lenet():
        return nn.Sequential(nn.Conv2d(1, 4, 5), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3),
                             nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 16), nn.ReLU(),
                             nn.Dropout(0.5), nn.Linear(16, 10))

    def separable():
        return nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU6(), nn.Conv2d(6, 6, 3, padding=1, groups=6),
                             nn.ReLU6(), nn.Conv2d(6, 8, 1), nn.ReLU6(), nn.AvgPool2d(4), nn.Flatten(), nn.Linear(8, 5))

    def mlp():
        return nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 8), nn.Sigmoid(), nn.Linear(8, 8), nn.Tanh(),
                             nn.Linear(8, 4), nn.Softmax(dim=1))

    def export(name, make, shape, opset, dynamic, keep_norms=False):
        torch.manual_seed(zlib.crc32(name.encode()))
        module = make().eval()
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.uniform_(-0.2, 0.2)
                part.running_var.uniform_(0.5, 1.5)
        file = io.BytesIO()
        torch.onnx.export(module, torch.zeros(shape), file, opset_version=opset, dynamo=False, input_names=["input"],
                          output_names=["output"], dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}} if dynamic else None,
                          training=torch.onnx.TrainingMode.PRESERVE if keep_norms else torch.onnx.TrainingMode.EVAL)
        save(name, onnx.load_from_string(file.getvalue()), inputs_for(name, [shape]))

    export("torch_mlp", mlp, [2, 12], 17, True)
    export("torch_lenet", lenet, [2, 1, 16, 16], 17, True)
    export("torch_lenet_norms", lenet, [2, 1, 16, 16], 11, False, keep_norms=True)
    export("torch_residual", residual, [2, 3, 8, 8], 13, True, keep_norms=True)
    export("torch_separable", separable, [2, 3, 8, 8], 18, False)
    export("torch_view", viewed, [2, 1, 8, 8], 12, True)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make in (elementwise, products, shapes, windows, functions, networks):
        make()
    try:
        import torch
        versions = f", torch {torch.__version__.split('+')[0]}"
    except ImportError:
        return print("no torch: the models called torch_* are not made")
    torch_networks()
    print(f"numpy {np.__version__}, onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}{versions}")


if __name__ == "__main__":
    main()
