#pragma once
#include "picture.h"
#include "resample.h"
#include <array>
#include <optional>

namespace picfind {

using Rgb = std::array<std::uint8_t, 3>;

/// How a picture becomes the model's square.
enum class Fit {
  /// Shortest side to `size`, then the centre (Hugging Face's CLIPImageProcessor).
  shortest_crop,
  /// Padded to a square with `background`, then resized.
  letterbox,
  /// Resized without regard to its shape.
  squash,
};

/// Preprocess as the model manifest states it; the same words as in web/engine/core.ts.
struct Preprocess {
  Fit fit = Fit::shortest_crop;
  /// Side of the square, pixels, 1–4096.
  int size = 224;
  Interpolation interpolation = Interpolation::bicubic;
  /// What transparency is flattened on and letterboxes are filled with. None: alpha is dropped, letterboxes are black.
  std::optional<Rgb> background = std::nullopt;
  /// Of each channel of RGB/255.
  std::array<float, 3> mean{};
  std::array<float, 3> std{1, 1, 1};
};

/// The picture as the model sees it: RGB uint8[size·size·3], rows from the top. Byte for byte what Pillow 12 gives for
/// exif_transpose, flatten (alpha_composite) or drop alpha, then resize, crop and pad in RGB.
std::vector<std::uint8_t> fit(const Picture& picture, const Preprocess& preprocess);

/// `fit`, normalised as (value/255 − mean)/std in float32, channels first: float32[3·size·size].
std::vector<float> tensor(const Picture& picture, const Preprocess& preprocess);

/// The whole picture, flattened on `background`, at width × height: RGB uint8[width·height·3].
std::vector<std::uint8_t> resize(const Picture& picture, int width, int height, Interpolation interpolation,
                                 std::optional<Rgb> background);

}  // namespace picfind
