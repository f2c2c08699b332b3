/** Line icons on a 20 × 20 grid, drawn with the colour of the text around them; decorative, so hidden from screen readers. */
import { svg, type TemplateResult } from 'lit'

export function icon(path: TemplateResult): TemplateResult {
  return svg`<svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`
}

export const lens = icon(svg`<circle cx="9" cy="9" r="5.5" /><path d="m13.2 13.2 4 4" />`)
export const camera = icon(
  svg`<path d="M3 7.5A1.5 1.5 0 0 1 4.5 6h2L8 4h4l1.5 2h2A1.5 1.5 0 0 1 17 7.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5Z" /><circle cx="10" cy="10.8" r="2.7" />`,
)
export const cross = icon(svg`<path d="m5 5 10 10M15 5 5 15" />`)
export const similar = icon(
  svg`<rect x="3" y="3" width="9" height="9" rx="1.5" /><path d="M15 8h.5A1.5 1.5 0 0 1 17 9.500v6a1.5 1.5 0 0 1-1.5 1.500h-6A1.5 1.5 0 0 1 8 15.500V15" />`,
)
