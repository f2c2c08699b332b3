import { eleventyImageTransformPlugin } from '@11ty/eleventy-img'

/** Every picture of a page becomes a `<picture>` of two formats in two widths, as Eleventy's own guide has it. */
export default function configure(site) {
  site.addPlugin(eleventyImageTransformPlugin, {
    formats: ['webp', 'jpeg'],
    widths: [320, 'auto'],
    htmlOptions: { imgAttributes: { sizes: '(max-width: 40em) 100vw, 640px' } },
  })
}
