#!/usr/bin/env python3
"""Make the graphs of `models/` from an export with weights: structure without weights.

Usage: strip.py GRAPH CHECKPOINT OUTPUT TITLE

Every weight of GRAPH (ONNX) loses its data and gets, as its doc_string, a recipe
that says from which tensors of CHECKPOINT (torch.save's zip format) it is made.
A recipe is only written after its result was compared with the weight, so a
structure that this script wrote is right by construction. `voixoff models import`
follows the recipes; the same arithmetic stands in `src/models/recipe.rs`.

    copy T                  the tensor T
    transpose T             T of two dimensions, turned
    lstm T...               first half of the T forward, second half backward; rows of
                            each reordered from gates i f g o to i o f c
    sinc LOW BAND N WINDOW  band-pass filters of SincNet
    fold_weight T NORM      convolution T scaled by the batch normalization NORM
    fold_bias NORM          what NORM adds after a convolution without bias

What PyTorch's exporter writes roundabout is written straight, which makes the file
five times smaller: names, padding by zero, LSTM states of zero, and the shape
arithmetic around the pooling of CAM++. Needs numpy and onnx, only here.
"""
import itertools
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parent))
from torch_zip import load

KEPT_BYTES = 64
EPSILON = np.float32(1e-5)
# Attributes left out when they are ONNX's defaults. Not those of convolutions and
# pooling: rten 0.27 takes the missing padding of a one-dimensional one for an error.
DEFAULTS = {
    "BatchNormalization": {"epsilon": float(EPSILON), "momentum": None, "training_mode": 0},
    "Reshape": {"allowzero": 0},
    "LeakyRelu": {"alpha": float(np.float32(0.01))},
}


# --- recipes -----------------------------------------------------------------

def gates(tensor):
    """Rows of PyTorch's gates i f g o in ONNX's order i o f c."""
    i, f, g, o = np.split(tensor, 4)
    return np.concatenate([i, o, f, g])


def lstm(*tensors):
    half = len(tensors) // 2
    return np.stack([np.concatenate([gates(t) for t in side]) for side in (tensors[:half], tensors[half:])])


def sinc(low_hz, band_hz, n, window):
    """Filters as of asteroid-filterbanks' ParamSincFB: 50 Hz at least for the lower
    edge and for the band, 16 kHz. Sines are taken in f64 of the f32 angle."""
    low = np.float32(50) + np.abs(low_hz)
    high = np.clip(low + np.float32(50) + np.abs(band_hz), np.float32(50), np.float32(8000))
    band = (high - low)[:, 0]

    def wave(function, edge):
        return function((edge * n).astype(np.float64)).astype(np.float32)

    def filters(left, middle, sign):
        left = left / (n / np.float32(2)) * window
        return np.concatenate([left, middle[:, None], np.float32(sign) * left[:, ::-1]], 1) / (np.float32(2) * band[:, None])

    even = filters(wave(np.sin, high) - wave(np.sin, low), np.float32(2) * band, 1)
    odd = filters(wave(np.cos, low) - wave(np.cos, high), np.zeros_like(band), -1)
    return np.concatenate([even, odd])[:, None, :]


def norm_scale(state, norm):
    return state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + EPSILON)


def fold_weight(state, weight, norm):
    weight = state[weight]
    return weight * norm_scale(state, norm).reshape(-1, *[1] * (weight.ndim - 1))


def fold_bias(state, norm):
    return (np.float32(0) - state[f"{norm}.running_mean"]) * norm_scale(state, norm) + state[f"{norm}.bias"]


def candidates(state):
    """All recipes that make sense for this checkpoint, with their results."""
    for name, tensor in state.items():
        yield f"copy {name}", tensor
        if tensor.ndim == 2:
            yield f"transpose {name}", tensor.T
    for layer in itertools.count():
        if f"lstm.weight_ih_l{layer}" not in state:
            break
        for parts in (["weight_ih"], ["weight_hh"], ["bias_ih", "bias_hh"]):
            names = [f"lstm.{part}_l{layer}{side}" for side in ("", "_reverse") for part in parts]
            yield " ".join(["lstm", *names]), lstm(*(state[name] for name in names))
    banks = [name.removesuffix("low_hz_") for name in state if name.endswith("low_hz_")]
    for bank in banks:
        names = [bank + part for part in ("low_hz_", "band_hz_", "n_", "window_")]
        yield " ".join(["sinc", *names]), sinc(*(state[name] for name in names))
    norms = [n.removesuffix(".running_var") for n in state if n.endswith(".running_var")]
    norms = [norm for norm in norms if f"{norm}.weight" in state]
    for norm in norms:
        yield f"fold_bias {norm}", fold_bias(state, norm)
        for name, tensor in state.items():
            # Only neighbours: a convolution and the norm that follows it share a parent.
            shared = norm.rsplit(".", 2)[0]
            if tensor.ndim >= 3 and name.startswith(shared) and len(tensor) == len(state[f"{norm}.bias"]):
                yield f"fold_weight {name} {norm}", fold_weight(state, name, norm)


def find_recipe(name, weight, made):
    """The recipe whose result is the closest to `weight`; it must be very close."""
    error = lambda tensor: np.abs(tensor - weight).max() / max(np.abs(weight).max(), 1e-30)
    found = [(error(tensor), recipe) for recipe, tensor in made if tensor.shape == weight.shape]
    best, recipe = min(found)
    if best > 1e-5:
        sys.exit(f"{name} {weight.shape}: nothing in the checkpoint gives it; closest is `{recipe}`, {best:.1e}")
    twins = [other for value, other in found if value <= best and other != recipe]
    if twins:
        print(f"{name}: {recipe} and also {twins}")
    return recipe, best


# --- graph -------------------------------------------------------------------

def is_default(op, attribute):
    if attribute.name not in DEFAULTS.get(op, {}):
        return False
    default, value = DEFAULTS[op][attribute.name], helper.get_attribute_value(attribute)
    return default is None or all(v == default for v in (value if isinstance(value, list) else [value]))


def constants_of(graph):
    """{name: array} of the initializers and of the Constant nodes."""
    found = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            found[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return found


def straighten(graph, constants):
    """The nodes without the detours listed at the top, in a valid order."""
    maker = {output: node for node in graph.node for output in node.output}
    constants |= {"repeat": np.array([1, 1, 1, 100]), "joined": np.array([0, 0, -1]), "zero": np.array([0]),
                  "minus1": np.array([-1]), "last": np.array([2]), "length": np.array(2)}
    frames = None
    nodes = []
    for node in graph.node:
        if node.op_type == "Constant":
            continue
        if node.op_type == "Pad" and not constants[node.input[1]].any():
            for other in graph.node:
                other.input[:] = [node.input[0] if name == node.output[0] else name for name in other.input]
            continue
        if node.op_type == "LSTM":
            zeros = maker[maker[node.input[5]].input[0]]
            assert zeros.op_type == "ConstantOfShape" and not numpy_helper.to_array(zeros.attribute[0].t).any()
            del node.input[4:]
            del node.output[1:]
        if node.op_type == "Expand":
            # Every pooled value is repeated over the 100 frames it is the mean of.
            target = maker[maker[maker[node.input[1]].input[2]].input[0]]
            assert constants[target.input[-1]].tolist() == [100], target
            node.input[1] = "repeat"
        if node.op_type == "Reshape" and maker[node.input[0]].op_type == "Expand":
            assert constants[maker[node.input[1]].input[2]].tolist() == [-1]
            node.input[1] = "joined"
        if node.op_type == "Slice" and maker[node.input[0]].op_type == "Reshape":
            if frames is None:
                # All blocks have the frame rate that the first layer leaves.
                source = maker[maker[maker[node.input[2]].input[0]].input[0]].input[0]
                frames = "frames"
                nodes.append(helper.make_node("Shape", [source], ["shape"]))
                nodes.append(helper.make_node("Gather", ["shape", "last"], [frames], axis=0))
            node.input[2] = frames
        nodes.append(node)
    alive, kept = {output.name for output in graph.output}, []
    for node in reversed(nodes):
        if alive & set(node.output):
            alive |= set(node.input)
            kept.append(node)
    return kept[::-1]


def shorten(nodes, graph, constants):
    """Gives values short names, equal small constants one name, and drops defaults."""
    public = {value.name for value in [*graph.input, *graph.output]}
    names, shared = {"": ""}, {}
    number = itertools.count()

    def short(name):
        if name in public:
            return name
        if name not in names:
            constant = constants.get(name)
            if constant is not None and constant.nbytes <= KEPT_BYTES:
                key = (constant.dtype.str, constant.shape, constant.tobytes())
                names[name] = shared.setdefault(key, f"k{len(shared)}")
            else:
                names[name] = f"{'v' if constant is None else 'w'}{next(number)}"
        return names[name]

    for node in nodes:
        node.ClearField("name")
        attributes = [a for a in node.attribute if not is_default(node.op_type, a)]
        del node.attribute[:]
        node.attribute.extend(attributes)
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
    return {short_name: constants[name] for name, short_name in names.items() if name in constants}


def strip(graph_path, checkpoint_path, output_path, title):
    graph = onnx.load(graph_path).graph
    state = load(checkpoint_path)
    state = {k: v for k, v in state.get("state_dict", state).items() if v.dtype == np.float32}
    constants = constants_of(graph)
    nodes = straighten(graph, constants)
    constants = shorten(nodes, graph, constants)
    made, worst, initializers = list(candidates(state)), 0, []
    for name, value in constants.items():
        if value.dtype != np.float32 or value.nbytes <= KEPT_BYTES and name.startswith("k") or len(set(value.flat)) == 1 and value.size > 1:
            initializers.append(numpy_helper.from_array(value, name))
            continue
        recipe, error = find_recipe(name, value, made)
        worst = max(worst, error)
        initializers.append(onnx.TensorProto(name=name, dims=value.shape, data_type=onnx.TensorProto.FLOAT, doc_string=recipe))
    model = helper.make_model(
        helper.make_graph(nodes, title, graph.input, graph.output, initializers),
        producer_name="voixoff", opset_imports=[helper.make_opsetid("", 14)], ir_version=7)
    Path(output_path).write_bytes(model.SerializeToString(deterministic=True))
    print(f"{output_path}: {len(nodes)} nodes, {len(initializers)} initializers, {model.ByteSize()} bytes, worst relative error {worst:.1e}")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    strip(*sys.argv[1:])
