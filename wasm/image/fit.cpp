#include "fit.h"
#include <algorithm>

namespace picfind {
namespace {

/// A resize of a picture as it is shown: what to do along x and along y, and the colour of padding.
struct Plan {
  Axis x;
  Axis y;
  Interpolation interpolation;
  std::optional<Rgb> background;
};

/// Value over 255, rounded, of something that carries `flatten_bits` bits more precision (Pillow's AlphaComposite.c).
constexpr int flatten_bits = 7;
std::uint8_t over_255(std::uint32_t value) {
  value += 0x80u << flatten_bits;
  return std::uint8_t(((value >> 8) + value) >> 8 >> flatten_bits);
}

/// alpha_composite of a row onto an opaque colour, as Pillow computes it.
void flatten_row(const std::uint8_t* row, int pixels, Rgb background, std::uint8_t* out) {
  for (int i = 0; i < pixels; i++, row += 4, out += 4) {
    const std::uint32_t source = std::uint32_t{row[3]} << flatten_bits, below = (255u << flatten_bits) - source;
    for (std::size_t c = 0; c < 3; c++)
      out[c] = over_255(row[c] * source + background[c] * below);
    out[3] = 255;
  }
}

struct Range {
  int begin;
  int end;

  int size() const { return end - begin; }
};

/// Some columns of a picture's rows as stored, flattened if asked for. Each row stays valid until `kept` others have
/// been asked for in order.
class Rows {
public:
  Rows(const Picture& picture, std::optional<Rgb> background, Range columns, int kept)
      : picture_(picture), columns_(columns) {
    if (!background || picture.opaque) return;
    flattens_ = true;
    background_ = *background;
    held_.assign(std::size_t(kept), -1);
    flattened_.resize(held_.size() * std::size_t(columns.size()) * 4);
  }

  const std::uint8_t* row(int y) {
    const auto* stored =
        picture_.rgba.get() +
        (std::size_t(y) * std::size_t(picture_.scaled(picture_.width)) + std::size_t(columns_.begin)) * 4;
    if (!flattens_) return stored;
    const auto slot = std::size_t(y) % held_.size();
    auto* flat = flattened_.data() + slot * std::size_t(columns_.size()) * 4;
    if (held_[slot] != y) flatten_row(stored, columns_.size(), background_, flat);
    held_[slot] = y;
    return flat;
  }

private:
  const Picture& picture_;
  Range columns_;
  bool flattens_ = false;
  Rgb background_{};
  /// Which row each slot of `flattened_` holds, −1 for none.
  std::vector<int> held_;
  std::vector<std::uint8_t> flattened_;
};

/// Makes the windows count from the first source pixel that any of them reads; gives the range that they read.
Range rebase(Kernel& kernel) {
  Range range{0, 0};
  for (const auto& window : kernel.windows) {
    if (window.count == 0) continue;
    const int end = window.first + window.count;
    range = range.end == 0 ? Range{window.first, end}
                           : Range{std::min(range.begin, window.first), std::max(range.end, end)};
  }
  for (auto& window : kernel.windows)
    window.first = window.count == 0 ? 0 : window.first - range.begin;
  return range;
}

int longest_window(const Kernel& kernel) {
  return std::max(1, std::ranges::max_element(kernel.windows, {}, &Window::count)->count);
}

std::vector<std::uint8_t> bytes_of(const std::vector<Rgba>& pixels) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(pixels.size() * 4);
  for (const auto& pixel : pixels)
    bytes.insert(bytes.end(), pixel.begin(), pixel.end());
  return bytes;
}

void copy_rgb(const std::uint8_t* rgba, std::uint8_t* rgb) { std::copy_n(rgba, 3, rgb); }

/// Orientations 1–4: a shown row is a stored row. y: rebased to the rows in `range`.
std::vector<std::uint8_t> resample_upright(const Picture& picture, std::optional<Rgb> background, const Kernel& x,
                                           const Kernel& y, Range range, Rgba padding) {
  const auto width = x.windows.size(), height = y.windows.size();
  Rows source(picture, background, {0, picture.scaled(picture.width)}, 1);
  const RowKernel row_kernel(x);
  std::vector<std::uint8_t> narrow(std::size_t(range.size()) * width * 4);
  for (int row = range.begin; row < range.end; row++)
    resample_row(source.row(row), row_kernel, padding, narrow.data() + std::size_t(row - range.begin) * width * 4);

  const auto padding_row = bytes_of(resample_padding(x, padding));
  std::vector<std::uint8_t> rgb(width * height * 3), line(width * 4);
  std::vector<const std::uint8_t*> rows;
  for (std::size_t i = 0; i < height; i++) {
    const auto& window = y.windows[i];
    rows.clear();
    for (int k = 0; k < window.count; k++)
      rows.push_back(narrow.data() + std::size_t(window.first + k) * width * 4);
    combine_rows(rows, y.of(window), padding_row.data(), window.padding, int(width), line.data());
    for (std::size_t j = 0; j < width; j++)
      copy_rgb(&line[j * 4], &rgb[(i * width + j) * 3]);
  }
  return rgb;
}

/// Orientations 5–8: a shown row is a stored column. Pillow turns the picture and then resamples along x first; the
/// same bytes come of combining stored rows first. y: rebased to the columns in `range`.
std::vector<std::uint8_t> resample_transposed(const Picture& picture, std::optional<Rgb> background, const Kernel& x,
                                              const Kernel& y, Range range, Rgba padding) {
  const auto width = x.windows.size(), height = y.windows.size();
  const auto narrow_bytes = std::size_t(range.size()) * 4;
  std::vector<std::uint8_t> narrow(width * narrow_bytes);

  // In strips of columns whose windows stay in the cache while neighbouring ones read them again.
  constexpr int strip = 256;
  const auto padding_row = bytes_of(std::vector<Rgba>(strip, padding));
  std::vector<const std::uint8_t*> rows;
  for (int begin = range.begin; begin < range.end; begin += strip) {
    const Range columns{begin, std::min(begin + strip, range.end)};
    Rows source(picture, background, columns, longest_window(x));
    for (std::size_t j = 0; j < width; j++) {
      const auto& window = x.windows[j];
      rows.clear();
      for (int k = 0; k < window.count; k++)
        rows.push_back(source.row(window.first + k));
      combine_rows(rows, x.of(window), padding_row.data(), window.padding, columns.size(),
                   narrow.data() + j * narrow_bytes + std::size_t(begin - range.begin) * 4);
    }
  }

  const auto padding_column = resample_padding(x, padding);
  const RowKernel column_kernel(y);
  std::vector<std::uint8_t> rgb(width * height * 3), column(height * 4);
  for (std::size_t j = 0; j < width; j++) {
    resample_row(narrow.data() + j * narrow_bytes, column_kernel, padding_column[j], column.data());
    for (std::size_t i = 0; i < height; i++)
      copy_rgb(&column[i * 4], &rgb[(i * width + j) * 3]);
  }
  return rgb;
}

/// RGB uint8[y.count·x.count·3].
std::vector<std::uint8_t> resample(const Picture& picture, const Plan& plan) {
  const auto x = make_kernel(plan.x, plan.interpolation);
  auto y = make_kernel(plan.y, plan.interpolation);
  const auto range = rebase(y);
  const auto colour = plan.background.value_or(Rgb{0, 0, 0});
  const Rgba padding{colour[0], colour[1], colour[2], 255};
  const auto resample_stored = picture.transposed() ? resample_transposed : resample_upright;
  return resample_stored(picture, plan.background, x, y, range, padding);
}

/// Whether what is shown from left to right, or from the top down, is stored the other way round.
bool mirrored_x(int orientation) {
  return orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
}
bool mirrored_y(int orientation) {
  return orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
}

/// One of the sides as it is shown.
struct Side {
  int length;
  bool mirrored;
  int eighths;
};

Side shown_x(const Picture& picture) {
  return {picture.shown_width(), mirrored_x(picture.orientation), picture.eighths};
}
Side shown_y(const Picture& picture) {
  return {picture.shown_height(), mirrored_y(picture.orientation), picture.eighths};
}

Axis whole_axis(Side side, int resized) {
  return {side.length, 0, side.length, resized, 0, resized, side.mirrored, side.eighths};
}

Axis cropped_axis(Side side, int shortest, int size) {
  const auto resized = std::int64_t{size} * side.length / shortest;
  return {side.length, 0, side.length, resized, (resized - size) / 2, size, side.mirrored, side.eighths};
}

Axis padded_axis(Side side, int longest, int size) {
  return {longest, (longest - side.length) / 2, side.length, size, 0, size, side.mirrored, side.eighths};
}

}  // namespace

std::vector<std::uint8_t> fit(const Picture& picture, const Preprocess& preprocess) {
  const auto [shortest, longest] = std::minmax({picture.width, picture.height});
  const auto axis = [&](Side side) {
    switch (preprocess.fit) {
    case Fit::shortest_crop:
      return cropped_axis(side, shortest, preprocess.size);
    case Fit::letterbox:
      return padded_axis(side, longest, preprocess.size);
    case Fit::squash:
      break;
    }
    return whole_axis(side, preprocess.size);
  };
  return resample(picture,
                  {axis(shown_x(picture)), axis(shown_y(picture)), preprocess.interpolation, preprocess.background});
}

std::vector<float> tensor(const Picture& picture, const Preprocess& preprocess) {
  const auto rgb = fit(picture, preprocess);
  const auto pixels = rgb.size() / 3;
  std::vector<float> values(rgb.size());
  for (std::size_t c = 0; c < 3; c++) {
    std::array<float, 256> normalised;
    for (std::size_t v = 0; v < 256; v++)
      normalised[v] = (float(v) / 255.0f - preprocess.mean[c]) / preprocess.std[c];
    for (std::size_t i = 0; i < pixels; i++)
      values[c * pixels + i] = normalised[rgb[i * 3 + c]];
  }
  return values;
}

std::vector<std::uint8_t> resize(const Picture& picture, int width, int height, Interpolation interpolation,
                                 std::optional<Rgb> background) {
  return resample(
      picture, {whole_axis(shown_x(picture), width), whole_axis(shown_y(picture), height), interpolation, background});
}

}  // namespace picfind
