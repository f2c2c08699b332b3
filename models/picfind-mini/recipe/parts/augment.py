"""Cut-out drawings put on backdrops with the colours and spectra of photographs."""
import numpy as np
from PIL import Image, ImageFilter

SIZE = 224


def backdrop(random):
    """float [224, 224, 3], 0–255: white, one colour, a gradient, or coloured noise with the spectrum of photographs."""
    kind = random.integers(7)
    if kind <= 1:
        return np.full((SIZE, SIZE, 3), 255.)
    if kind == 2:
        return np.ones((SIZE, SIZE, 3)) * random.uniform(0, 255, 3)
    if kind == 3:
        start, end = random.uniform(0, 255, (2, 3))
        ramp = np.linspace(0, 1, SIZE)[:, None, None] * np.ones((1, SIZE, 1))
        ramp = ramp if random.random() < .7 else ramp.transpose(1, 0, 2)
        return start * (1 - ramp) + end * ramp
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.fftfreq(SIZE)[None])
    frequency[0, 0] = 1
    gain = 1 / frequency ** random.uniform(.8, 1.5)
    channels = [np.fft.ifft2(np.fft.fft2(random.normal(size=(SIZE, SIZE))) * gain).real for _ in range(3)]
    mix = np.eye(3) * random.uniform(.1, .6) + random.uniform(.5, 1)
    noise = np.stack([(c - c.mean()) / c.std() for c in channels], -1) @ mix
    return np.clip(noise / noise.std() * random.uniform(15, 60) + random.uniform(40, 215, 3), 0, 255)


def picture(path, random, plain):
    """float32 [224, 224, 3], 0–255: the drawing large on white if plain, else flipped, turned, shrunk and placed at random
    on a backdrop, then blurred and with its tones changed."""
    drawing, share = Image.open(path).convert('RGBA'), .93 if plain else random.uniform(.5, 1)
    canvas = (np.full((SIZE, SIZE, 3), 255.) if plain else backdrop(random)).astype(np.float32)
    drawing = drawing.crop(drawing.getbbox()) if drawing.getbbox() else drawing
    if not plain and random.random() < .5:
        drawing = drawing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if not plain and random.random() < .5:
        drawing = drawing.rotate(random.uniform(-15, 15), Image.Resampling.BICUBIC)
    scale = share * SIZE / max(drawing.size)
    drawing = drawing.resize([max(1, round(side * scale)) for side in drawing.size], Image.Resampling.BICUBIC)
    w, h = drawing.size
    x, y = ((SIZE - w) // 2, (SIZE - h) // 2) if plain else (random.integers(0, SIZE - w + 1), random.integers(0, SIZE - h + 1))
    rgba = np.asarray(drawing, np.float32)
    canvas[y:y + h, x:x + w] += (rgba[..., :3] - canvas[y:y + h, x:x + w]) * (rgba[..., 3:] / 255)
    if plain:
        return canvas
    if random.random() < .3:
        blur = ImageFilter.GaussianBlur(random.uniform(.3, 1.5))
        canvas = np.asarray(Image.fromarray(canvas.astype(np.uint8)).filter(blur), np.float32)
    contrast, brightness = random.uniform(.7, 1.2), random.uniform(-20, 20)
    grain = random.normal(size=canvas.shape) * random.uniform(0, 8)
    return np.clip((canvas - 128) * contrast + 128 + brightness + grain, 0, 255).astype(np.float32)
