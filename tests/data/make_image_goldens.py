#!/usr/bin/env python3
"""Makes tests/data/image: small pictures of every kind the core decodes, and the RGB that Pillow makes of them.

Run with Pillow 12.3, numpy and libjpeg-turbo's cjpeg and jpegtran (Debian: libjpeg-turbo-progs):
python3 tests/data/make_image_goldens.py. Every picture is computed here; none is anyone's.

cases.tsv, a case a line, tab-separated:
  file, fit (`whole` keeps the size), size, interpolation, background (`-` or r,g,b), comparison, expected
    exact: expected is the 64-bit FNV-1a hash of the RGB bytes
    max:N: expected names a file of RGB bytes; the largest difference of a byte is at most that
"""
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

assert PIL.__version__.startswith('12.'), f'goldens are of Pillow 12, this is {PIL.__version__}'

OUT = Path(__file__).parent / 'image'
RANDOM = np.random.default_rng(20)
FILTERS = {'bicubic': Image.Resampling.BICUBIC, 'bilinear': Image.Resampling.BILINEAR}
GREEN = (12, 200, 99)
cases = []


# Content

def picture(width, height, channels, noise=12):
    """Waves, an edge and some noise: every channel, row and column differs. uint8[height, width, channels]."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    planes = [128 + 90 * np.sin(x / (3 + c) + c) * np.cos(y / (5 - c / 2)) + 40 * (x > y * (c + 1) / 2) for c in range(channels)]
    planes = np.stack(planes, -1) + RANDOM.normal(0, noise, (height, width, channels))
    return np.clip(planes, 0, 255).astype(np.uint8)


def with_alpha(pixels):
    """Alpha of all values, with whole areas of 0 and of 255."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width]
    pixels[..., -1] = np.clip((x * 400 // max(width, 1) + y * 200 // max(height, 1)) - 100, 0, 255)
    return pixels


# Files

def png(path, samples, bits, colour, palette=b'', transparency=b'', interlaced=False, orientation=None):
    """samples: int[height, width, channels] of `bits` bits; colour: PNG's colour type."""
    height, width = samples.shape[:2]

    def rows(part):
        data = b''
        for row in part:
            if bits == 16:
                packed = row.astype('>u2').tobytes()
            elif bits == 8:
                packed = row.astype(np.uint8).tobytes()
            else:
                digits = ((row.reshape(-1, 1) >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
                packed = np.packbits(digits.ravel()).tobytes()
            data += b'\0' + packed
        return data

    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in passes]
        data = b''.join(rows(part) for part in parts if part.size)
    else:
        data = rows(samples)

    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))

    file = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits, colour, 0, 0, int(interlaced)))
    if orientation:
        order = '<>'[orientation % 2]
        file += chunk(b'eXIf', (b'II*\0' if order == '<' else b'MM\0*') + struct.pack(
            order + 'IHHHIHHI', 8, 1, 0x0112, 3, 1, orientation, 0, 0))
    if palette:
        file += chunk(b'PLTE', palette)
    if transparency:
        file += chunk(b'tRNS', transparency)
    (OUT / path).write_bytes(file + chunk(b'IDAT', zlib.compress(data, 9)) + chunk(b'IEND', b''))


def psd(path, pixels, packed):
    """An RGB PSD with nothing but its merged picture, plain or in PackBits."""
    height, width = pixels.shape[:2]
    head = b'8BPS' + struct.pack('>H6xHIIHH', 1, 3, height, width, 8, 3) + struct.pack('>III', 0, 0, 0)
    planes = np.moveaxis(pixels, -1, 0)
    if not packed:
        (OUT / path).write_bytes(head + struct.pack('>H', 0) + planes.tobytes())
        return
    lines = [b''.join(bytes([len(part) - 1]) + part for part in (line[i:i + 100] for i in range(0, width, 100)))
             for line in (row.tobytes() for row in planes.reshape(-1, width))]
    lengths = struct.pack(f'>{len(lines)}H', *map(len, lines))
    (OUT / path).write_bytes(head + struct.pack('>H', 1) + lengths + b''.join(lines))


# Expectations

def fitted(image, fit, size, interpolation, background):
    """What the reference image processors make of an open picture. uint8[height, width, 3]."""
    image = ImageOps.exif_transpose(image)
    if background:
        below = Image.new('RGBA', image.size, background + (255,))
        image = Image.alpha_composite(below, image.convert('RGBA'))
    image = image.convert('RGB')
    width, height = image.size
    if fit == 'letterbox':
        side = max(width, height)
        square = Image.new('RGB', (side, side), background or (0, 0, 0))
        square.paste(image, ((side - width) // 2, (side - height) // 2))
        image = square
    if fit in ('letterbox', 'squash'):
        image = image.resize((size, size), FILTERS[interpolation])
    if fit == 'shortest-crop':
        shortest = min(width, height)
        width, height = int(size * width / shortest), int(size * height / shortest)
        image = image.resize((width, height), FILTERS[interpolation])
        left, top = (width - size) // 2, (height - size) // 2
        image = image.crop((left, top, left + size, top + size))
    return np.asarray(image)


def fnv1a(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f'{value:016x}'


def case(path, fit, size=0, interpolation='bicubic', background=None, compare='exact', image=None):
    """`image` stands in where Pillow's own reading of the file is no reference."""
    rgb = fitted(image or Image.open(OUT / path), fit, size, interpolation, background).tobytes()
    if compare == 'exact':
        expected = fnv1a(rgb)
    else:
        expected = f'{path}.{fit}.rgb'
        (OUT / expected).write_bytes(rgb)
    colour = ','.join(map(str, background)) if background else '-'
    cases.append(f'{path}\t{fit}\t{size}\t{interpolation}\t{colour}\t{compare}\t{expected}')


def every_fit(path, sizes=(16, 33)):
    for fit in ('shortest-crop', 'letterbox', 'squash'):
        for interpolation in FILTERS:
            for background in (None, GREEN):
                for size in sizes:
                    case(path, fit, size, interpolation, background)


def whole_and_fitted(path, compare='exact', image=None):
    """The decoder on its own, then with one fit."""
    case(path, 'whole', 0, 'bicubic', None if compare != 'exact' else GREEN, compare, image)
    case(path, 'shortest-crop', 20, 'bicubic', None, compare, image)


def orientations():
    for orientation in range(1, 9):
        png(f'rgb-{orientation}.png', picture(37, 23, 3), 8, 2, orientation=orientation)
        png(f'rgba-{orientation}.png', with_alpha(picture(19, 41, 4)), 8, 6, orientation=orientation)
        every_fit(f'rgb-{orientation}.png')
        every_fit(f'rgba-{orientation}.png')


def odd_sizes():
    for width, height in ((1, 1), (1, 500), (500, 1), (5000, 1), (2, 3), (33, 33), (16, 40), (301, 200), (31, 400)):
        name = f'size-{width}x{height}.png'
        png(name, picture(width, height, 3, noise=3), 8, 2, orientation=6 if width == 301 else None)
        every_fit(name, sizes=(33,))


def png_kinds():
    grey, colours = picture(27, 18, 1), picture(27, 18, 3)
    palette, opacity = RANDOM.integers(0, 256, 48, dtype=np.uint8).tobytes(), bytes(range(0, 256, 16))
    indices = RANDOM.integers(0, 16, (18, 27, 1))
    for bits in (1, 2, 4):
        png(f'grey-{bits}-bit.png', grey.astype(int) >> (8 - bits), bits, 0)
        png(f'palette-{bits}-bit.png', indices % (1 << bits), bits, 3, palette[:3 << bits])
    png('grey.png', grey, 8, 0)
    png('grey-alpha.png', with_alpha(picture(27, 18, 2)), 8, 4)
    png('palette.png', indices, 8, 3, palette)
    png('palette-transparency.png', indices, 8, 3, palette, opacity)
    png('palette-transparency-4-bit.png', indices, 4, 3, palette, opacity)
    png('colour-key.png', colours, 8, 2, transparency=struct.pack('>3H', *map(int, colours[5, 5])))
    png('interlaced.png', colours, 8, 2, interlaced=True)
    png('interlaced-alpha.png', with_alpha(picture(13, 9, 4)), 8, 6, interlaced=True)
    png('interlaced-palette-2-bit.png', indices % 4, 2, 3, palette[:12], interlaced=True)
    for name in sorted(path.name for path in OUT.glob('*.png')):
        if not name.startswith(('rgb', 'size')):
            whole_and_fitted(name)

    for name, channels, colour, mode in (('grey', 1, 0, 'L'), ('grey-alpha', 2, 4, 'LA'), ('rgb', 3, 2, 'RGB'), ('rgba', 4, 6, 'RGBA')):
        high = picture(27, 18, channels)
        deep = high.astype(int) * 256 + RANDOM.integers(0, 256, high.shape)
        png(f'{name}-16-bit.png', deep, 16, colour)
        high_bytes = Image.fromarray(high if channels > 1 else high[..., 0])
        assert high_bytes.mode == mode
        whole_and_fitted(f'{name}-16-bit.png', 'max:1', high_bytes)


def other_lossless():
    colours = picture(27, 18, 3)
    rgb, grey = Image.fromarray(colours), Image.fromarray(picture(27, 18, 1)[..., 0])
    few = rgb.quantize(11)
    rgb.save(OUT / 'rgb.bmp')
    few.save(OUT / 'palette.bmp')
    grey.convert('1').save(OUT / '1-bit.bmp')
    rgb.save(OUT / 'rgb.ppm')
    grey.save(OUT / 'grey.pgm')
    few.save(OUT / 'palette.gif', interlace=0)
    few.save(OUT / 'interlaced.gif', interlace=1)
    few.save(OUT / 'transparent.gif', transparency=3)
    few.save(OUT / 'animated.gif', save_all=True, append_images=[few.transpose(Image.Transpose.ROTATE_180)])
    psd('rgb.psd', colours, packed=False)
    psd('packed.psd', colours, packed=True)
    for name in ('rgb.bmp', 'palette.bmp', '1-bit.bmp', 'rgb.ppm', 'grey.pgm', 'palette.gif', 'interlaced.gif', 'transparent.gif',
                 'animated.gif', 'rgb.psd', 'packed.psd'):
        whole_and_fitted(name)


def jpegs():
    colours = picture(61, 43, 3, noise=4)
    image = Image.fromarray(colours)
    for name, options in (('444', dict(subsampling=0)), ('422', dict(subsampling=1)), ('420', dict(subsampling=2)),
                          ('progressive', dict(progressive=True)), ('progressive-444', dict(progressive=True, subsampling=0)),
                          ('restarts', dict(restart_marker_blocks=2)), ('progressive-restarts', dict(progressive=True, restart_marker_rows=1)),
                          ('quality-30', dict(quality=30))):
        image.save(OUT / f'{name}.jpg', **{'quality': 85, **options})
        whole_and_fitted(f'{name}.jpg')
    image.convert('L').save(OUT / 'grey.jpg', quality=85)
    whole_and_fitted('grey.jpg')
    # What Pillow cannot write.
    with tempfile.NamedTemporaryFile('w') as scans:
        print('0; 1; 2;', file=scans, flush=True)
        for name, command, source in (('411', ['cjpeg', '-sample', '4x1'], 'rgb.ppm'), ('440', ['cjpeg', '-sample', '1x2'], 'rgb.ppm'),
                                      ('scan-each', ['cjpeg', '-scans', scans.name], 'rgb.ppm'),
                                      ('arithmetic', ['jpegtran', '-arithmetic'], '420.jpg'),
                                      ('arithmetic-progressive', ['jpegtran', '-arithmetic'], 'progressive.jpg')):
            made = subprocess.run([*command, OUT / source], check=True, capture_output=True)
            (OUT / f'{name}.jpg').write_bytes(made.stdout)
            whole_and_fitted(f'{name}.jpg')
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        image.save(OUT / f'oriented-{orientation}.jpg', quality=85, exif=exif)
        case(f'oriented-{orientation}.jpg', 'shortest-crop', 20)

    inks = picture(29, 22, 4, noise=0)
    Image.fromarray(inks, 'CMYK').save(OUT / 'cmyk.jpg', quality=95, subsampling=0)
    whole_and_fitted('cmyk.jpg')
    # libjpeg writes what it is given as four components; told that the first three are luma and chroma, a reader sees YCCK.
    luma = np.asarray(Image.fromarray(255 - inks[..., :3]).convert('YCbCr'))
    stored = np.dstack([luma, inks[..., 3]])
    Image.fromarray(stored, 'CMYK').save(OUT / 'ycck.jpg', quality=95, subsampling=0)
    file = (OUT / 'ycck.jpg').read_bytes()
    transform = file.index(b'Adobe') + 11
    (OUT / 'ycck.jpg').write_bytes(file[:transform] + b'\2' + file[transform + 1:])
    whole_and_fitted('ycck.jpg')


OUT.mkdir(exist_ok=True)
for old in OUT.iterdir():
    old.unlink()
orientations()
odd_sizes()
png_kinds()
other_lossless()
jpegs()
(OUT / 'cases.tsv').write_text('\n'.join(cases) + '\n')
print(f'{len(cases)} cases, {sum(path.stat().st_size for path in OUT.iterdir())} bytes, Pillow {PIL.__version__}')
