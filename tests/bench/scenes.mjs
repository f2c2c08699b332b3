/** JPEGs about as hard to compress as photographs, each another file. */
import { core } from './core.mjs'
import { random } from './measure.mjs'

/** Smooth shapes with grain: RGBA uint8[width·height·4]. */
function scene({ width, height, seed }) {
  const next = random(seed)
  const waves = Array.from({ length: 12 }, () => [next() * 0.02, next() * 0.02, next() * 6, Math.floor(next() * 3)])
  const rgba = new Uint8Array(width * height * 4).fill(255)
  const columns = waves.map(([x, , phase]) => Float32Array.from({ length: width }, (_, i) => Math.sin(i * x + phase)))
  for (let y = 0; y < height; y++) {
    const rows = waves.map(([, factor, phase]) => Math.cos(y * factor + phase))
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4
      const grain = (next() - 0.5) * 24
      const sums = [128, 128, 128]
      for (let w = 0; w < waves.length; w++) sums[waves[w][3]] += columns[w][x] * rows[w] * 30
      for (let channel = 0; channel < 3; channel++)
        rgba[at + channel] = Math.min(255, Math.max(0, sums[channel] + grain))
    }
  }
  return rgba
}

/** Files of one scene, each with a strip of its own shade. */
export async function jpegScenes({ width, height, count }) {
  const { pictureFromPixels } = await core()
  const rgba = scene({ width, height, seed: 3 })
  return Array.from({ length: count }, (_, i) => {
    rgba.fill((i * 8) % 256, 0, width * 64 * 4)
    const picture = pictureFromPixels(rgba, width, height, 1, 'image/jpeg')
    const jpeg = picture.thumbnail(width, 85)
    picture.delete()
    return jpeg
  })
}
