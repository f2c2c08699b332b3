/** Draws the page's PNG icons from icon.svg; run after it has changed: `node web/tools/icons.mjs`. */
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { inRoot } from './places.mjs'

const folder = 'web/app/public'
const drawing = readFileSync(inRoot(folder, 'icon.svg'), 'utf8')
/** Systems cut these to a shape of their own: the ground fills the square, what is drawn stays within the inner 80 %. */
const maskable = drawing
  .replace('viewBox="0 0 32 32"', 'viewBox="-4 -4 40 40"')
  .replace('<rect width="32" height="32" rx="8"', '<rect x="-4" y="-4" width="40" height="40"')

async function draw(svg, side, name) {
  // Drawn large enough before it is rendered, not enlarged after.
  const density = (72 * side) / 32
  await sharp(Buffer.from(svg), { density })
    .resize(side, side)
    .png({ palette: true, compressionLevel: 9 })
    .toFile(inRoot(folder, name))
}

await draw(drawing, 192, 'icon-192.png')
await draw(drawing, 512, 'icon-512.png')
await draw(maskable, 512, 'icon-maskable-512.png')
await draw(maskable, 180, 'icon-180.png')
