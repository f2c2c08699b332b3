/** Line icons on a 20 × 20 grid, drawn with the colour of the text around them; decorative, so hidden from screen readers. */
import { svg } from 'lit'
import { icon } from '../element/icons.ts'

export { camera, cross, lens, similar } from '../element/icons.ts'

export const plus = icon(svg`<path d="M10 4v12M4 10h12" />`)
export const folder = icon(
  svg`<path d="M2.5 5.5A1.5 1.5 0 0 1 4 4h3.5l2 2H16a1.5 1.5 0 0 1 1.5 1.500v7A1.5 1.5 0 0 1 16 16H4a1.5 1.5 0 0 1-1.5-1.500Z" />`,
)
export const picture = icon(
  svg`<rect x="3" y="3.5" width="14" height="13" rx="1.5" /><circle cx="7.3" cy="7.8" r="1.3" /><path d="m3.5 15 4.5-4 2.5 2 3-3.5 3.5 4" />`,
)
export const down = icon(svg`<path d="m5.5 8 4.5 4.500L14.5 8" />`)
export const left = icon(svg`<path d="m12 4.5-5.5 5.5 5.5 5.5" />`)
export const right = icon(svg`<path d="m8 4.5 5.5 5.500L8 15.5" />`)
export const tick = icon(svg`<path d="m4.5 10.5 3.5 3.5 7.5-8" />`)
export const pause = icon(svg`<path d="M7.5 5v10M12.5 5v10" />`)
export const mark = svg`<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
  <rect width="32" height="32" rx="8" fill="var(--accent)" />
  <g fill="none" stroke="var(--on-accent)" stroke-width="2" stroke-linecap="round">
    <path d="M22 9.500v-1A1.5 1.5 0 0 0 20.5 7h-12A1.5 1.5 0 0 0 7 8.500v12A1.5 1.5 0 0 0 8.5 22h1.5" />
    <circle cx="18" cy="18" r="5" />
    <path d="m21.7 21.7 3.3 3.3" />
  </g>
</svg>`
